public import DossierCrypto
internal import FoundationEssentials

/// The organisations that take part, as `members.json` lists them.
///
/// It says which trust anchors, log, node address and roles each organisation has. Roles come
/// from here, never from a certificate.
public struct Members: Sendable {
    /// Trust domain of every member's certificates, such as `msmt.example`.
    public let trustDomain: String
    /// The members, in the order of the file.
    public let organisations: [Organisation]
    private let byID: [String: Organisation]
    private let groups: [String: [String]]

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
        /// Origin of its node's log.
        public let logOrigin: String
        /// Address of its node, `host:port`; empty when it cannot be dialled.
        public let nodeAddress: String
        /// Who of its people and services may do what.
        public let grants: [Grant]
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

    /// The roles of a peer: what the grants of its own organisation give its kind and name.
    public func roles(of peer: PeerIdentity) -> Set<Role> {
        guard let organisation = self.byID[peer.organisation] else { return [] }
        let exact = "\(peer.kind.rawValue)/\(peer.name)"
        let any = "\(peer.kind.rawValue)/*"
        return organisation.grants.reduce(into: []) { roles, grant in
            if grant.path == exact || grant.path == any { roles.formUnion(grant.roles) }
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

extension Members {
    /// Reads `members.json`.
    ///
    /// - Throws: ``CoreError`` with code `invalidMembers`, naming the organisation, the field and
    ///   the rule.
    public init(json: [UInt8]) throws {
        let file: MembersFile
        do {
            file = try JSONDecoder().decode(MembersFile.self, from: Data(json))
        } catch {
            throw CoreError(
                code: .invalidMembers, message: MembersFile.explain(error), cause: error)
        }
        try self.init(file)
    }

    private init(_ file: MembersFile) throws {
        var byID: [String: Organisation] = [:]
        var origins: Set<String> = []
        for entry in file.organisations {
            let organisation = try Organisation(entry)
            guard byID.updateValue(organisation, forKey: organisation.id) == nil else {
                throw CoreError.member(entry.id, "stands in the file twice; keep one entry")
            }
            guard origins.insert(organisation.logOrigin).inserted else {
                throw CoreError.member(
                    entry.id, "shares log origin \(entry.log.origin) with another member")
            }
        }
        for (name, organisations) in file.groups ?? [:] {
            guard OrganisationID.isValid(name), name != Self.everyone else {
                throw CoreError.group(
                    name, "the name must match \(OrganisationID.pattern) and not be all")
            }
            if let stranger = organisations.first(where: { byID[$0] == nil }) {
                throw CoreError.group(name, "\(stranger) is not a member")
            }
        }
        self.trustDomain = file.trustDomain
        self.groups = file.groups ?? [:]
        self.organisations = file.organisations.compactMap { byID[$0.id] }
        self.byID = byID
    }
}

extension Members.Organisation {
    fileprivate init(_ entry: MembersFile.Organisation) throws {
        guard OrganisationID.isValid(entry.id) else {
            throw CoreError.member(entry.id, "id must match \(OrganisationID.pattern)")
        }
        guard !entry.log.origin.isEmpty, entry.log.origin.utf8.count <= 256 else {
            throw CoreError.member(entry.id, "log.origin must have 1 to 256 bytes")
        }
        self.id = entry.id
        self.names = entry.names
        self.country = entry.country
        self.anchorPaths = entry.anchors
        self.logOrigin = entry.log.origin
        self.nodeAddress = entry.node?.address ?? ""
        self.grants = try (entry.roles ?? []).map { role in
            let parts = role.path.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, PeerIdentity.Kind(rawValue: String(parts[0])) != nil,
                !parts[1].isEmpty
            else {
                throw CoreError.member(
                    entry.id, "role path \(role.path) must be node/…, person/… or service/…")
            }
            return Members.Grant(path: role.path, roles: Set(role.roles))
        }
    }
}

/// `members.json` as it is written.
private struct MembersFile: Codable {
    var trustDomain: String
    var organisations: [Organisation]
    var groups: [String: [String]]?

    enum CodingKeys: String, CodingKey {
        case trustDomain = "trust_domain"
        case organisations
        case groups
    }

    struct Organisation: Codable {
        var id: String
        var names: [Members.Name]
        var country: String
        var anchors: [String]
        var log: Log
        var node: Node?
        var roles: [Roles]?
    }

    struct Log: Codable {
        var origin: String
    }

    struct Node: Codable {
        var address: String
    }

    struct Roles: Codable {
        var path: String
        var roles: [Members.Role]
    }

    static func explain(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "not JSON" }
        switch error {
        case .keyNotFound(let key, let context):
            return "\(self.path(context.codingPath)): \(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            return "\(self.path(context.codingPath)): \(context.debugDescription)"
        @unknown default:
            return "not a members file"
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        keys.isEmpty
            ? "members"
            : keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
}

extension CoreError {
    fileprivate static func group(_ name: String, _ message: String) -> CoreError {
        CoreError(code: .invalidMembers, message: "group \(name): \(message)")
    }

    fileprivate static func member(_ id: String, _ message: String) -> CoreError {
        CoreError(code: .invalidMembers, message: "member \(id): \(message)")
    }
}
