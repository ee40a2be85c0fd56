public import DossierCrypto

/// The organisations that take part, as `members.json` lists them.
///
/// It says which trust anchors, log, node address and roles each organisation has. Roles come
/// from here, never from a certificate.
public struct Members: Sendable {
    /// Trust domain of every member's certificates, such as `msmt.example`.
    public let trustDomain: String
    /// The members, in the order of the file.
    public let organisations: [Organisation]
    let byID: [String: Organisation]
    let groups: [String: [String]]

    /// Name of the group of all members; it needs no entry in the file.
    public static let everyone = "all"

    /// One organisation.
    public struct Organisation: Sendable {
        /// Organisation id.
        public let id: String
        /// Display names, in one or more languages.
        public let names: [Name]
        /// ISO 3166-1 alpha-2 code.
        public let country: String
        /// Paths of PEM files with its trust anchors, relative to `members.json`.
        public let anchorPaths: [String]
        /// Its node's log, and the keys that sign it.
        public let log: LogIdentity
        /// Keys whose attestations count no more from some leaf of the log on.
        public let revocations: [Revocation]
        /// Address of its node, `host:port`; empty when it cannot be dialled.
        public let nodeAddress: String
        /// Who of its people and services may do what.
        public let grants: [Grant]

        /// Origin of its node's log.
        public var logOrigin: String { self.log.origin }
    }

    /// An attestation key that was given up.
    public struct Revocation: Hashable, Sendable {
        /// SHA-256 of its SubjectPublicKeyInfo.
        public let keyID: Digest
        /// What it signed counts below this leaf index of the organisation's log.
        public let leafIndex: UInt64
    }

    /// A display name in a language.
    public struct Name: Hashable, Sendable, Codable {
        /// The name.
        public let text: String
        /// BCP 47 language tag.
        public let language: String
    }

    /// Roles given to the certificates that a path names.
    public struct Grant: Hashable, Sendable {
        /// `kind/name` of a SPIFFE id, or `kind/*` for every name of the kind.
        public let path: String
        /// The roles.
        public let roles: Set<Role>
        /// Until when they were held; nil while they are.
        public let until: Moment?
    }

    /// What a peer may do.
    public enum Role: String, Hashable, Sendable, CaseIterable, Codable {
        /// Submit the organisation's own records.
        case submitter
        /// Get and list what is released to the organisation.
        case reader
        /// Mirror logs.
        case node
        /// Read audit material of the organisation.
        case auditor
        /// Administer the organisation's node; not a right to read.
        case admin
    }

    /// Whether an organisation takes part.
    public func contains(_ organisation: String) -> Bool {
        self.byID[organisation] != nil
    }

    /// The organisation with an id.
    public subscript(organisation: String) -> Organisation? {
        self.byID[organisation]
    }

    /// The members of a group, by organisation id; nil when there is no such group.
    public func group(_ name: String) -> [String]? {
        name == Self.everyone ? self.organisations.map(\.id) : self.groups[name]
    }

    /// The names of all groups, sorted.
    public var groupNames: [String] {
        ([Self.everyone] + self.groups.keys).sorted()
    }

    /// The roles of a peer at a time, in seconds since 1970: what the grants of its own organisation
    /// give its kind and name.
    public func roles(of peer: PeerIdentity, at time: Int64) -> Set<Role> {
        guard let organisation = self.byID[peer.organisation] else { return [] }
        let exact = "\(peer.kind.rawValue)/\(peer.name)"
        let any = "\(peer.kind.rawValue)/*"
        return organisation.grants.reduce(into: []) { roles, grant in
            guard grant.path == exact || grant.path == any else { return }
            if grant.until.map({ time < $0.firstSecond }) ?? true { roles.formUnion(grant.roles) }
        }
    }

    /// Reads the trust anchors of every member that has any.
    ///
    /// - Parameter readFile: gives the bytes of a file named by an anchor path.
    /// - Throws: what `readFile` throws; ``DossierCrypto/CryptoError`` for a file that holds no
    ///   certificates, or an anchor that stands under two organisations.
    public func trustAnchors(readFile: (String) throws -> [UInt8]) throws -> TrustAnchors {
        var anchors: [String: [Certificate]] = [:]
        for organisation in self.organisations {
            for path in organisation.anchorPaths {
                anchors[organisation.id, default: []] += try Certificate.chain(pem: readFile(path))
            }
        }
        return try TrustAnchors(trustDomain: self.trustDomain, anchors: anchors)
    }
}
