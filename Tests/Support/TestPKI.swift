public import DossierCrypto

/// Organisations with a CA each, made in memory, and certificates from them.
///
/// Nothing is kept: each test makes its own, and no private key is ever committed.
public struct TestPKI: Sendable {
    /// A certificate, its chain and its private key.
    public struct Credential: Sendable {
        /// The end-entity certificate.
        public let certificate: Certificate
        /// The private key.
        public let privateKey: PrivateKey
        /// The certificate that issued it.
        public let issuer: Certificate

        /// Creates a credential.
        public init(certificate: Certificate, privateKey: PrivateKey, issuer: Certificate) {
            self.certificate = certificate
            self.privateKey = privateKey
            self.issuer = issuer
        }

        /// The end-entity certificate in PEM form.
        public var certificatePEM: [UInt8] { get throws { try self.certificate.pem } }

        /// The private key in PEM form.
        public var privateKeyPEM: [UInt8] { get throws { try self.privateKey.pem() } }
    }

    /// The trust domain of all identities.
    public let trustDomain: String
    /// Each organisation's CA.
    public let authorities: [String: CertificateAuthority]
    /// The anchors of all organisations.
    public let anchors: TrustAnchors
    /// The algorithm of all keys.
    public let algorithm: KeyAlgorithm

    /// Makes a CA for each organisation.
    public init(
        organisations: [String] = ["kr", "us", "jp"], trustDomain: String = "msmt.example",
        algorithm: KeyAlgorithm = .ecdsaP256
    ) throws {
        var authorities: [String: CertificateAuthority] = [:]
        for organisation in organisations {
            authorities[organisation] = try CertificateAuthority.selfSigned(
                organisation: organisation, algorithm: algorithm)
        }
        self.trustDomain = trustDomain
        self.algorithm = algorithm
        self.authorities = authorities
        self.anchors = try TrustAnchors(
            trustDomain: trustDomain, anchors: authorities.mapValues { [$0.certificate] })
    }

    /// An organisation's CA.
    public func authority(of organisation: String) throws -> CertificateAuthority {
        guard let authority = self.authorities[organisation] else {
            throw TestSupportError("no CA of \(organisation)")
        }
        return authority
    }

    /// The DER of all organisations' anchors, as a TLS context takes them.
    public var anchorCertificates: [[UInt8]] { self.authorities.values.map(\.certificate.der) }

    /// A node's credential, valid for loopback connections.
    public func node(
        _ organisation: String, name: String = "node-1",
        hosts: [String] = ["localhost", "127.0.0.1"]
    ) throws -> Credential {
        try self.credential(organisation, .node, name, hosts: hosts)
    }

    /// A person's credential.
    public func person(_ organisation: String, name: String = "analyst") throws -> Credential {
        try self.credential(organisation, .person, name)
    }

    /// A service's credential.
    public func service(_ organisation: String, name: String = "feeder") throws -> Credential {
        try self.credential(organisation, .service, name)
    }

    /// The usual profile of a certificate of one organisation, to be changed and issued by any CA.
    public func profile(
        _ organisation: String, _ kind: PeerIdentity.Kind, _ name: String = "somebody",
        hosts: [String] = []
    ) throws -> CertificateProfile {
        let identity = try PeerIdentity(
            trustDomain: self.trustDomain, organisation: organisation, kind: kind, name: name)
        return .endEntity(identity, hosts: hosts)
    }

    /// Has the CA of one organisation issue whatever a profile says, also for another organisation.
    public func issue(
        _ profile: CertificateProfile, by organisation: String
    ) throws -> Credential {
        let authority = try self.authority(of: organisation)
        let key = try PrivateKey.generate(self.algorithm)
        return Credential(
            certificate: try authority.issue(profile, for: key.publicKey), privateKey: key,
            issuer: authority.certificate)
    }

    private func credential(
        _ organisation: String, _ kind: PeerIdentity.Kind, _ name: String, hosts: [String] = []
    ) throws -> Credential {
        try self.issue(
            self.profile(organisation, kind, name, hosts: hosts), by: organisation)
    }
}
