internal import DossierCrypto
internal import FoundationEssentials
internal import MerkleLog

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
        self.log = try LogIdentity(entry.log, of: entry.id)
        self.revocations = try (entry.revokedKeys ?? []).map { revoked in
            guard let keyID = Digest(hexadecimal: revoked.keyID) else {
                throw CoreError.member(
                    entry.id, "revoked_keys: key_id must be 64 lower-case hex digits")
            }
            return Members.Revocation(keyID: keyID, leafIndex: revoked.leafIndex)
        }
        guard Set(self.revocations.map(\.keyID)).count == self.revocations.count else {
            throw CoreError.member(entry.id, "revoked_keys: a key stands there twice; keep one")
        }
        self.nodeAddress = entry.node?.address ?? ""
        self.grants = try (entry.roles ?? []).map { role in
            let parts = role.path.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, PeerIdentity.Kind(rawValue: String(parts[0])) != nil,
                !parts[1].isEmpty
            else {
                throw CoreError.member(
                    entry.id, "role path \(role.path) must be node/…, person/… or service/…")
            }
            let until = role.until.flatMap { Moment($0) }
            guard role.until == nil || until != nil else {
                throw CoreError.member(
                    entry.id, "until of role path \(role.path) must be a moment, such as 2026-01-31"
                )
            }
            return Members.Grant(path: role.path, roles: Set(role.roles), until: until)
        }
    }
}

extension LogIdentity {
    fileprivate init(_ log: MembersFile.Log, of organisation: String) throws {
        let key = try log.key.map { try Self.key($0, "log.key", of: log.origin, organisation) }
        self.init(
            origin: log.origin, key: key,
            formerKeys: try (log.formerKeys ?? []).map { former in
                FormerKey(
                    key: try Self.key(former.key, "log.former_keys", of: log.origin, organisation),
                    treeSize: former.treeSize)
            }, formerOrigins: log.formerOrigins ?? [])
        let keys = [self.key].compactMap { $0 } + self.formerKeys.map(\.key)
        guard Set(keys).count == keys.count else {
            throw CoreError.member(organisation, "log: a key stands there twice; keep one")
        }
    }

    private static func key(
        _ text: String, _ field: String, of origin: String, _ organisation: String
    ) throws -> VerifierKey {
        let key: VerifierKey
        do {
            key = try VerifierKey(text)
        } catch {
            throw CoreError.member(organisation, "\(field): \(error.message)")
        }
        guard key.name == origin else {
            throw CoreError.member(
                organisation, "\(field) is named \(key.name), expected the log's origin \(origin)")
        }
        return key
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
        var revokedKeys: [RevokedKey]?

        enum CodingKeys: String, CodingKey {
            case id, names, country, anchors, log, node, roles
            case revokedKeys = "revoked_keys"
        }
    }

    struct Log: Codable {
        var origin: String
        var key: String?
        var formerKeys: [FormerKey]?
        var formerOrigins: [String]?

        enum CodingKeys: String, CodingKey {
            case origin, key
            case formerKeys = "former_keys"
            case formerOrigins = "former_origins"
        }
    }

    struct FormerKey: Codable {
        var key: String
        var treeSize: UInt64

        enum CodingKeys: String, CodingKey {
            case key
            case treeSize = "tree_size"
        }
    }

    struct RevokedKey: Codable {
        var keyID: String
        var leafIndex: UInt64

        enum CodingKeys: String, CodingKey {
            case keyID = "key_id"
            case leafIndex = "leaf_index"
        }
    }

    struct Node: Codable {
        var address: String
    }

    struct Roles: Codable {
        var path: String
        var roles: [Members.Role]
        var until: String?
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
