/// A CA: a certificate that may sign others, and its private key.
///
/// It is what `dossier pki` and the tests issue with. An agency's real CA is its own; `Certs/`
/// says what its certificates must contain.
public final class CertificateAuthority: Sendable {
    /// The CA's own certificate.
    public let certificate: Certificate

    private let privateKey: PrivateKey

    /// Creates a CA from its certificate and key.
    ///
    /// Throws `keyMismatch` if they do not belong together, `wrongUsage` if the certificate is not a
    /// CA's.
    public init(certificate: Certificate, privateKey: PrivateKey) throws {
        guard try certificate.subjectPublicKeyInfo == privateKey.publicKey.subjectPublicKeyInfo
        else {
            throw CryptoError(code: .keyMismatch, message: "private key is not the certificate's")
        }
        guard certificate.isAuthority else {
            throw CryptoError(code: .wrongUsage, message: "certificate is no CA's")
        }
        self.certificate = certificate
        self.privateKey = privateKey
    }

    /// Makes a CA that signs its own certificate.
    ///
    /// Throws `invalidProfile` for a profile that is no CA's.
    public static func selfSigned(
        _ profile: CertificateProfile, key: PrivateKey
    ) throws -> CertificateAuthority {
        guard case .authority = profile.role else {
            throw CryptoError(code: .invalidProfile, message: "profile is no CA's")
        }
        let certificate = try CertificateBuilder.build(
            profile, for: key.publicKey, issuer: nil, signedBy: key)
        return try CertificateAuthority(certificate: certificate, privateKey: key)
    }

    /// Makes an organisation's own self-signed CA, with a new key.
    public static func selfSigned(
        organisation: String, algorithm: KeyAlgorithm = .ecdsaP256,
        issuedAt time: Int64 = UnixTime.now
    ) throws -> CertificateAuthority {
        try self.selfSigned(
            .authority(organisation: organisation, issuedAt: time), key: .generate(algorithm))
    }

    /// Issues a certificate for a public key.
    ///
    /// Throws `invalidProfile` for names or times that cannot stand in a certificate.
    public func issue(_ profile: CertificateProfile, for key: PublicKey) throws -> Certificate {
        try CertificateBuilder.build(
            profile, for: key, issuer: self.certificate, signedBy: self.privateKey)
    }

    /// Calls `body` with an `EVP_MD_CTX` ready to sign with the CA's key, which must not outlive
    /// the call.
    func withSigningContext<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
        try self.privateKey.withSigningContext(body)
    }

    /// The CA's private key as PEM, to be kept where only the CA's owner can read it.
    public func privateKeyPEM() throws -> [UInt8] { try self.privateKey.pem() }

    /// Writes the CA's private key to a new file that only its owner may read.
    public func writePrivateKey(toNewFile path: String) throws {
        try self.privateKey.write(toNewFile: path)
    }
}
