/// What a node reads of a record to store, find and release it.
///
/// Facts are complete only when the check that captured them has no findings.
public struct RecordFacts: Hashable, Sendable {
    /// Organisation id of the originator.
    public var originator: String
    /// The originator's own number for the finding.
    public var reference: String
    /// Version of the finding.
    public var version: UInt32
    /// What this version does.
    public var operation: Operation
    /// Record id that the operation refers to, 32 bytes; empty for `assert`.
    public var targetRecordID: [UInt8]
    /// Kind of the content, as the header has it.
    public var kind: Int32
    /// Version of the record format.
    public var formatVersion: UInt32
    /// What decides the record's release.
    public var marking: MarkingFacts
    /// Whether header or marking hold a field or enum value that this code does not know.
    /// Such a record is withheld from all but its originator.
    public var hasUnknownInHeaderOrMarking: Bool
    /// Whether the kind is one this code knows.
    public var isKnownKind: Bool
    /// First moment of what happened; empty when unknown.
    public var occurredStart: String
    /// Last moment of what happened; empty when it is the same or unknown.
    public var occurredEnd: String
    /// When the originator learned of it: a moment or empty.
    public var known: String
    /// When it was first reported: a moment or empty.
    public var reported: String
    /// What the record is found by. A key may stand more than once.
    public var lookupKeys: LookupKeys

    /// Facts with the given values.
    public init(
        originator: String = "", reference: String = "", version: UInt32 = 0,
        operation: Operation = Operation(rawValue: 0), targetRecordID: [UInt8] = [],
        kind: Int32 = 0, formatVersion: UInt32 = 0, marking: MarkingFacts = MarkingFacts(),
        hasUnknownInHeaderOrMarking: Bool = false, isKnownKind: Bool = false,
        occurredStart: String = "", occurredEnd: String = "", known: String = "",
        reported: String = "", lookupKeys: LookupKeys = LookupKeys()
    ) {
        self.originator = originator
        self.reference = reference
        self.version = version
        self.operation = operation
        self.targetRecordID = targetRecordID
        self.kind = kind
        self.formatVersion = formatVersion
        self.marking = marking
        self.hasUnknownInHeaderOrMarking = hasUnknownInHeaderOrMarking
        self.isKnownKind = isKnownKind
        self.occurredStart = occurredStart
        self.occurredEnd = occurredEnd
        self.known = known
        self.reported = reported
        self.lookupKeys = lookupKeys
    }
}

/// The part of a marking that decides a record's release.
public struct MarkingFacts: Hashable, Sendable {
    /// Traffic Light Protocol 2.0, the number of ``Tlp``.
    public var tlp: Int32
    /// Permissible Actions Protocol, the number of ``Pap``.
    public var pap: Int32
    /// Originator controlled: only the originator's own node hands the record out.
    public var orcon: Bool
    /// Organisation ids to which the originator permits release, beside itself.
    public var releasability: [String]

    /// A marking's facts.
    public init(
        tlp: Int32 = 0, pap: Int32 = 0, orcon: Bool = false, releasability: [String] = []
    ) {
        self.tlp = tlp
        self.pap = pap
        self.orcon = orcon
        self.releasability = releasability
    }
}
