/// One version of one finding, by its originator, as a value to program with.
///
/// What counts is its encoded form: a record is named, signed, stored and handed on as the bytes
/// that its originator encoded. A value never replaces them: fields that are not known here are
/// not in it.
public struct Record: Hashable, Sendable {
    /// The largest encoded form, in bytes.
    public static let maximumEncodedBytes = 262_144

    /// What a node needs to know of the record.
    public var header: Header
    /// What every kind of record says: title, narrative, sources.
    public var report: Report
    /// What this kind of record says; nil for a restriction or withdrawal, whose reason is the report.
    public var content: Content?

    /// Creates a record from its parts.
    public init(header: Header, report: Report, content: Content?) {
        self.header = header
        self.report = report
        self.content = content
    }
}

/// What one kind of record says.
public enum Content: Hashable, Sendable {
    /// A theft of crypto assets.
    case cryptoTheft(CryptoTheft)
    /// A group of IT workers abroad, or the presence of such groups in a country.
    case itWorkerDeployment(ITWorkerDeployment)
    /// An account on a chain or at an exchange.
    case wallet(Wallet)
    /// A statistic or judgement that rests on other records.
    case assessment(Assessment)

    /// The kind that the header of such a record states.
    public var kind: Kind {
        switch self {
        case .cryptoTheft: .cryptoTheft
        case .itWorkerDeployment: .itWorkerDeployment
        case .wallet: .wallet
        case .assessment: .assessment
        }
    }
}

/// What a node reads of a record to store, find and release it.
public struct Header: Hashable, Sendable {
    /// Version of this format. Set by the client; 1.
    public var formatVersion: UInt32
    /// Organisation id of the party that owns the content and signs it. Set by the client; equal to
    /// the organisation of the attestation's certificate.
    public var originator: String
    /// The originator's own number for the finding, such as "KR-2025-0117": 1 to 64 characters,
    /// [A-Za-z0-9]([A-Za-z0-9._/-]{0,62}[A-Za-z0-9])?. Set by the analyst.
    public var reference: String
    /// Version of the finding, from 1 without gaps. Set by the analyst or the client.
    public var version: UInt32
    /// What this version does. Set by the client's verb.
    public var operation: Operation
    /// Record id, 32 bytes, that the operation refers to; empty for OPERATION_ASSERT only.
    public var targetRecordID: [UInt8]
    /// Kind of the content.
    public var kind: Kind
    /// Who may see the record and what they may do with it. Required.
    public var marking: Marking?
    /// When what is reported happened. Set by the analyst; absent when unknown.
    public var occurred: Period?
    /// When the originator learned of it: a moment. Set by the analyst; empty when unknown.
    public var known: String
    /// When it was first reported or attributed: a moment. Set by the analyst; empty when unknown.
    public var reported: String
    /// 16 bytes, so that a record id says nothing about content. Set by the client: HMAC-SHA-256
    /// under a secret of its own over the record encoded without this field, cut to 16 bytes, so
    /// that the same input makes the same record again. Random bytes are as good, if the client
    /// keeps its encoded records for a retry.
    public var salt: [UInt8]

    /// Creates a value from its parts; what is left out is absent.
    public init(
        formatVersion: UInt32 = 0, originator: String = "", reference: String = "",
        version: UInt32 = 0, operation: Operation = .unspecified, targetRecordID: [UInt8] = [],
        kind: Kind = .unspecified, marking: Marking? = nil, occurred: Period? = nil,
        known: String = "", reported: String = "", salt: [UInt8] = []
    ) {
        self.formatVersion = formatVersion
        self.originator = originator
        self.reference = reference
        self.version = version
        self.operation = operation
        self.targetRecordID = targetRecordID
        self.kind = kind
        self.marking = marking
        self.occurred = occurred
        self.known = known
        self.reported = reported
        self.salt = salt
    }
}

/// A span of time.
public struct Period: Hashable, Sendable {
    /// First moment. Required.
    public var start: String
    /// Last moment, not before `start`; empty when the same as `start` or unknown.
    public var end: String

    /// Creates a value from its parts; what is left out is absent.
    public init(start: String = "", end: String = "") {
        self.start = start
        self.end = end
    }
}
