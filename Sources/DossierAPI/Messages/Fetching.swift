internal import CDossierProtos
internal import CProtobufC
public import DossierCore

/// Which leaves to look at again.
public struct FetchRequest: Hashable, Sendable {
    /// The most ranges in one request.
    public static let maximumRanges = 1_000

    /// Origin of the log.
    public var logOrigin: String
    /// Ranges of leaves, ascending, none of them empty.
    public var ranges: [Range<UInt64>]

    /// A request.
    public init(logOrigin: String, ranges: [Range<UInt64>]) {
        self.logOrigin = logOrigin
        self.ranges = ranges
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { try self.message(in: $0) }
    }

    func message(in arena: MessageArena) throws -> Dossier__V1__FetchRequest {
        var message = Dossier__V1__FetchRequest()
        dossier__v1__fetch_request__init(&message)
        message.log_origin = try arena.string(self.logOrigin)
        message.n_ranges = self.ranges.count
        message.ranges = try arena.messages(self.ranges) { range in
            var message = Dossier__V1__LeafRange()
            dossier__v1__leaf_range__init(&message)
            message.first_index = range.lowerBound
            message.count = range.upperBound - range.lowerBound
            return message
        }
        return message
    }

    /// Reads the wire form.
    ///
    /// Throws ``ExchangeError`` with code `badRequest`, also for ranges that do not ascend.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.FetchRequest", by: dossier__v1__fetch_request__unpack
        ) { try Self($0) }
    }

    init(_ message: Dossier__V1__FetchRequest) throws {
        var end: UInt64 = 0
        let ranges = try messages(message.n_ranges, message.ranges) { range in
            let (upper, overflow) = range.first_index.addingReportingOverflow(range.count)
            guard !overflow, range.first_index >= end, range.count > 0 else {
                throw ExchangeError(
                    code: .badRequest,
                    message: "ranges: \(range.count) leaves from \(range.first_index) on; "
                        + "ranges must ascend, and none be empty")
            }
            end = upper
            return range.first_index..<upper
        }
        self.init(logOrigin: String(field: message.log_origin), ranges: ranges)
    }
}

/// Records among the leaves asked for. Nothing of them is verified.
public struct FetchResponse: Hashable, Sendable {
    /// Attestations of the batches that the records came in.
    public var attestations: [Attestation]
    /// The records, in log order.
    public var records: [LoggedRecord]
    /// All leaves below this index that were asked for are answered.
    public var answeredBelow: UInt64

    /// A message.
    public init(attestations: [Attestation], records: [LoggedRecord], answeredBelow: UInt64) {
        self.attestations = attestations
        self.records = records
        self.answeredBelow = answeredBelow
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__FetchResponse()
            dossier__v1__fetch_response__init(&message)
            message.n_attestations = self.attestations.count
            message.attestations = try arena.messages(self.attestations) {
                try $0.message(in: arena)
            }
            message.n_records = self.records.count
            message.records = try arena.messages(self.records) { try $0.message(in: arena) }
            message.answered_below = self.answeredBelow
            return message
        }
    }

    /// Reads the wire form. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.FetchResponse", by: dossier__v1__fetch_response__unpack
        ) { message in
            Self(
                attestations: messages(message.n_attestations, message.attestations) {
                    Attestation($0)
                },
                records: try messages(message.n_records, message.records) { try LoggedRecord($0) },
                answeredBelow: message.answered_below)
        }
    }
}
