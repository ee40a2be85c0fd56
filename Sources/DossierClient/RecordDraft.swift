public import DossierCore
import DossierCrypto

/// What a client adds to a record before it is signed.
///
/// The analyst gives what is known of the finding; the client fills in the rest of the header,
/// expands groups, makes account keys canonical, and derives the salt, so that the same input
/// makes the same record again.
public struct RecordDraft: Sendable {
    /// Length of a salt, in bytes.
    public static let saltBytes = 16

    /// Organisation id of the originator.
    public let originator: String
    /// Traffic Light Protocol marking of records that have none.
    public let tlp: TLP
    /// Releasability of records that name neither organisations nor groups.
    public let releaseTo: Releasability
    private let members: Members
    private let saltSecret: [UInt8]

    /// Organisations and groups, before they are expanded.
    public struct Releasability: Hashable, Sendable {
        /// Organisation ids.
        public var organisations: [String]
        /// Names of groups.
        public var groups: [String]

        /// Nobody but the originator.
        public static let nobody = Releasability(organisations: [], groups: [])

        /// Organisations and groups.
        public init(organisations: [String], groups: [String]) {
            self.organisations = organisations
            self.groups = groups
        }
    }

    /// A way to finish records.
    ///
    /// - Parameter saltSecret: at least 32 secret bytes of the profile, the same each time.
    public init(
        originator: String, members: Members, saltSecret: [UInt8], tlp: TLP = .unspecified,
        releaseTo: Releasability = .nobody
    ) {
        self.originator = originator
        self.members = members
        self.saltSecret = saltSecret
        self.tlp = tlp
        self.releaseTo = releaseTo
    }

    /// Finishes a record and encodes it.
    ///
    /// - Throws: ``DossierCore/CoreError`` with code `unknownGroup` for a group that is not in the
    ///   members file; account spellings that cannot be made canonical are left for the check.
    public func encode(_ record: Record) throws -> [UInt8] {
        var record = record
        if record.header.formatVersion == 0 {
            record.header.formatVersion = RecordCheck.formatVersion
        }
        if record.header.originator.isEmpty { record.header.originator = self.originator }
        if record.header.version == 0 { record.header.version = 1 }
        if record.header.operation == .unspecified { record.header.operation = .assert }
        if record.header.kind == .unspecified, let content = record.content {
            record.header.kind = content.kind
        }
        record.header.marking = try self.marking(
            record.header.marking, isNotice: record.header.operation.isNotice)
        record.makeAccountsCanonical()
        if record.header.salt.isEmpty {
            let unsalted = try record.encoded()
            let digest = HMACSHA256.authenticate(unsalted, key: self.saltSecret)
            record.header.salt = Array(digest.bytes.prefix(Self.saltBytes))
        }
        return try record.encoded()
    }

    private func marking(_ given: Marking?, isNotice: Bool) throws -> Marking {
        var marking = given ?? Marking()
        if marking.tlp == .unspecified { marking.tlp = self.tlp }
        // A restriction that names nobody means nobody.
        if marking.releasability.isEmpty && marking.releaseGroups.isEmpty && !isNotice {
            marking.releasability = self.releaseTo.organisations
            marking.releaseGroups = self.releaseTo.groups
        }
        var seen: Set<String> = [self.originator]
        let expanded = try marking.releaseGroups.flatMap { group in
            guard let organisations = self.members.group(group) else {
                throw CoreError(
                    code: .unknownGroup,
                    message: "group \(group) is not in the members file; known are "
                        + self.members.groupNames.joined(separator: ", "))
            }
            return organisations
        }
        marking.releasability = (marking.releasability + expanded).filter {
            seen.insert($0).inserted
        }
        .sorted()
        return marking
    }
}
