/// What a certificate is to contain.
///
/// The functions make the four profiles that `Certs/` describes; whoever issues changes nothing
/// but names and times. All times are in seconds since 1970 in UTC.
public struct CertificateProfile: Hashable, Sendable {
    /// How long a CA's certificate is valid: ten years.
    public static let authorityLifetimeSeconds: Int64 = 3650 * 86_400
    /// How long a node's certificate is valid: 90 days.
    public static let nodeLifetimeSeconds: Int64 = 90 * 86_400
    /// How long a person's certificate is valid: one year.
    public static let personLifetimeSeconds: Int64 = 365 * 86_400
    /// How long a service's certificate is valid: 90 days.
    public static let serviceLifetimeSeconds: Int64 = 90 * 86_400
    /// How far back a certificate's start is set, for clocks that lag: five minutes.
    public static let backdatingSeconds: Int64 = 300

    /// What a key may be used for (RFC 5280, section 4.2.1.3).
    public enum KeyUsage: String, Hashable, Sendable {
        /// To sign anything but certificates: handshakes, attestations.
        case digitalSignature
        /// To sign certificates.
        case keyCertSign
        /// To sign revocation lists.
        case cRLSign
    }

    /// What a key may be used for, by protocol (RFC 5280, section 4.2.1.12).
    public enum ExtendedKeyUsage: String, Hashable, Sendable {
        /// As a TLS client.
        case clientAuth
        /// As a TLS server.
        case serverAuth
    }

    /// Whether the certificate is a CA's.
    public enum Role: Hashable, Sendable {
        /// It signs no certificates.
        case endEntity
        /// It signs certificates, with at most so many intermediates below it, or any number.
        case authority(maximumIntermediates: Int?)
    }

    /// The subject's organisation name; empty for none.
    public var organisationName: String
    /// The subject's common name, for people to read.
    public var commonName: String
    /// CA or not.
    public var role: Role
    /// What the key is for.
    public var keyUsages: [KeyUsage]
    /// What the key is for, by protocol; none leaves the extension out.
    public var extendedKeyUsages: [ExtendedKeyUsage] = []
    /// The URIs among the alternative names: an end entity's one SPIFFE ID.
    public var uniformResourceIdentifiers: [String] = []
    /// The host names and IP addresses among the alternative names.
    public var hosts: [String] = []
    /// The beginning of validity.
    public var notBefore: Int64
    /// The end of validity.
    public var notAfter: Int64

    /// Creates a profile of names and times alone, for an end entity that may sign.
    public init(organisationName: String, commonName: String, notBefore: Int64, notAfter: Int64) {
        self.organisationName = organisationName
        self.commonName = commonName
        self.role = .endEntity
        self.keyUsages = [.digitalSignature]
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}

extension CertificateProfile {
    /// A CA: signs certificates and revocation lists.
    ///
    /// An organisation's own root permits one level of intermediates unless told otherwise.
    public static func authority(
        organisation: String, commonName: String? = nil, maximumIntermediates: Int? = 1,
        issuedAt time: Int64 = UnixTime.now
    ) -> CertificateProfile {
        var profile = CertificateProfile(
            organisationName: organisation,
            commonName: commonName ?? "Dossier CA of \(organisation)",
            notBefore: time - self.backdatingSeconds,
            notAfter: time + self.authorityLifetimeSeconds)
        profile.role = .authority(maximumIntermediates: maximumIntermediates)
        profile.keyUsages = [.keyCertSign, .cRLSign]
        return profile
    }

    /// A node, a person or a service, as the identity says.
    ///
    /// A node is server and client, at the host names and IP addresses given, by which official
    /// gRPC clients check it; persons and services are clients and have no hosts.
    public static func endEntity(
        _ identity: PeerIdentity, hosts: [String] = [], issuedAt time: Int64 = UnixTime.now
    ) -> CertificateProfile {
        let (lifetime, usages): (Int64, [ExtendedKeyUsage]) =
            switch identity.kind {
            case .node: (self.nodeLifetimeSeconds, [.serverAuth, .clientAuth])
            case .person: (self.personLifetimeSeconds, [.clientAuth])
            case .service: (self.serviceLifetimeSeconds, [.clientAuth])
            }
        var profile = CertificateProfile(
            organisationName: identity.organisation, commonName: identity.name,
            notBefore: time - self.backdatingSeconds, notAfter: time + lifetime)
        profile.extendedKeyUsages = usages
        profile.uniformResourceIdentifiers = [identity.spiffeID]
        profile.hosts = hosts
        return profile
    }
}
