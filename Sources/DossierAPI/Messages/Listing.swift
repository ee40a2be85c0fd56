internal import CDossierProtos
internal import CProtobufC
public import DossierCore

/// Conditions on records; empty ones are no condition. Of several values any may hold.
public struct Filter: Hashable, Sendable {
    /// Kinds.
    public var kinds: [Kind] = []
    /// Originators: organisation ids.
    public var originators: [String] = []
    /// Reference of the finding, whole.
    public var reference = ""
    /// Occurred, in part, at or after this moment.
    public var occurredFrom = ""
    /// Occurred, in part, at or before this moment, to its precision.
    public var occurredTo = ""
    /// Known at or after this moment.
    public var knownFrom = ""
    /// Known at or before this moment, to its precision.
    public var knownTo = ""
    /// Account, in any spelling that can be made canonical.
    public var account = ""
    /// Name of a victim, whole.
    public var victim = ""
    /// Name of an actor, whole.
    public var actor = ""
    /// Prefix of the record id, at least 8 hex digits.
    public var recordIDPrefix = ""
    /// Whether superseded and withdrawn versions and notices are listed too.
    public var allVersions = false

    /// No condition.
    public init() {}

    func message(in arena: MessageArena) throws -> Dossier__V1__Filter {
        var message = Dossier__V1__Filter()
        dossier__v1__filter__init(&message)
        message.n_kinds = self.kinds.count
        message.kinds = try arena.array(self.kinds) {
            Dossier__V1__Kind(rawValue: .init(bitPattern: $0.rawValue))
        }
        message.n_originators = self.originators.count
        message.originators = try arena.array(self.originators) { try arena.string($0) }
        message.reference = try arena.string(self.reference)
        message.occurred_from = try arena.string(self.occurredFrom)
        message.occurred_to = try arena.string(self.occurredTo)
        message.known_from = try arena.string(self.knownFrom)
        message.known_to = try arena.string(self.knownTo)
        message.account = try arena.string(self.account)
        message.victim = try arena.string(self.victim)
        message.actor = try arena.string(self.actor)
        message.record_id_prefix = try arena.string(self.recordIDPrefix)
        message.all_versions = self.allVersions ? 1 : 0
        return message
    }

    init(_ message: Dossier__V1__Filter) {
        self.kinds = array(message.n_kinds, message.kinds) {
            Kind(rawValue: Int32(bitPattern: $0.rawValue))
        }
        self.originators = array(message.n_originators, message.originators) { String(field: $0) }
        self.reference = String(field: message.reference)
        self.occurredFrom = String(field: message.occurred_from)
        self.occurredTo = String(field: message.occurred_to)
        self.knownFrom = String(field: message.known_from)
        self.knownTo = String(field: message.known_to)
        self.account = String(field: message.account)
        self.victim = String(field: message.victim)
        self.actor = String(field: message.actor)
        self.recordIDPrefix = String(field: message.record_id_prefix)
        self.allVersions = message.all_versions != 0
    }
}

/// What to list.
public struct ListRequest: Hashable, Sendable {
    /// Conditions that all must hold.
    public var filter: Filter
    /// How many records at most; 0 for all.
    public var limit: UInt32
    /// Where to go on; empty to begin.
    public var cursor: [UInt8]
    /// Size of a tree of the node's own log that the client has verified; 0 for none.
    public var knownSize: UInt64
    /// The same for logs that the node may mirror.
    public var knownTrees: [KnownTree]
    /// Whether the answer goes on with what is new.
    public var follow = false
    /// Whether to begin, without a cursor, at the end of the logs.
    public var newOnly = false

    /// A request.
    public init(
        filter: Filter, limit: UInt32 = 0, cursor: [UInt8] = [], knownSize: UInt64 = 0,
        knownTrees: [KnownTree] = []
    ) {
        self.filter = filter
        self.limit = limit
        self.cursor = cursor
        self.knownSize = knownSize
        self.knownTrees = knownTrees
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__ListRequest()
            dossier__v1__list_request__init(&message)
            message.filter = try arena.message(self.filter.message(in: arena))
            message.limit = self.limit
            message.cursor = try arena.bytes(self.cursor)
            message.known_size = self.knownSize
            message.n_known_trees = self.knownTrees.count
            message.known_trees = try arena.messages(self.knownTrees) {
                try $0.message(in: arena)
            }
            message.follow = self.follow ? 1 : 0
            message.new_only = self.newOnly ? 1 : 0
            return message
        }
    }

    /// Reads the wire form.
    ///
    /// - Throws: ``ExchangeError`` with code `badRequest` and what was found wrong.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.ListRequest", by: dossier__v1__list_request__unpack
        ) { message in
            var request = Self(
                filter: message.filter.map { Filter($0.pointee) } ?? Filter(),
                limit: message.limit, cursor: [UInt8](message.cursor),
                knownSize: message.known_size,
                knownTrees: messages(message.n_known_trees, message.known_trees) { KnownTree($0) })
            request.follow = message.follow != 0
            request.newOnly = message.new_only != 0
            return request
        }
    }
}

/// A page of a list.
public struct ListResponse: Hashable, Sendable {
    /// Origin of the log the records are in.
    public var logOrigin: String
    /// Attestations of the batches that the records came in.
    public var attestations: [Attestation]
    /// The records, in log order.
    public var records: [LoggedRecord]
    /// Where to go on after this page; empty at the end.
    public var cursor: [UInt8]
    /// Size of the log that the list is pinned to, in leaves.
    public var pinnedSize: UInt64
    /// A checkpoint of at least that size.
    public var checkpoint: ProvenCheckpoint
    /// The records as ranges of the log, each proven in the tree of the checkpoint.
    public var ranges: [ProvenRange]
    /// When the node last heard of the log from the log's own node.
    public var contact: DirectContact

    /// A page.
    public init(
        logOrigin: String, attestations: [Attestation], records: [LoggedRecord], cursor: [UInt8],
        pinnedSize: UInt64, checkpoint: ProvenCheckpoint, ranges: [ProvenRange],
        contact: DirectContact = DirectContact()
    ) {
        self.contact = contact
        self.logOrigin = logOrigin
        self.attestations = attestations
        self.records = records
        self.cursor = cursor
        self.pinnedSize = pinnedSize
        self.checkpoint = checkpoint
        self.ranges = ranges
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__ListResponse()
            dossier__v1__list_response__init(&message)
            message.log_origin = try arena.string(self.logOrigin)
            message.n_attestations = self.attestations.count
            message.attestations = try arena.messages(self.attestations) {
                try $0.message(in: arena)
            }
            message.n_records = self.records.count
            message.records = try arena.messages(self.records) { try $0.message(in: arena) }
            message.cursor = try arena.bytes(self.cursor)
            message.pinned_size = self.pinnedSize
            message.checkpoint = try arena.message(self.checkpoint.message(in: arena))
            message.n_ranges = self.ranges.count
            message.ranges = try arena.messages(self.ranges) { try $0.message(in: arena) }
            message.heard_at = try arena.string(self.contact.heardAt)
            message.stale = self.contact.isStale ? 1 : 0
            return message
        }
    }

    /// Reads the wire form.
    ///
    /// - Throws: ``ExchangeError`` with code `badRequest` for malformed bytes.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.ListResponse", by: dossier__v1__list_response__unpack
        ) { page in
            guard let checkpoint = page.checkpoint else {
                throw ExchangeError.missing("checkpoint")
            }
            return Self(
                logOrigin: String(field: page.log_origin),
                attestations: messages(page.n_attestations, page.attestations) { Attestation($0) },
                records: try messages(page.n_records, page.records) { try LoggedRecord($0) },
                cursor: [UInt8](page.cursor), pinnedSize: page.pinned_size,
                checkpoint: try ProvenCheckpoint(checkpoint.pointee),
                ranges: try messages(page.n_ranges, page.ranges) { try ProvenRange($0) },
                contact: DirectContact(
                    heardAt: String(field: page.heard_at), isStale: page.stale != 0))
        }
    }
}
