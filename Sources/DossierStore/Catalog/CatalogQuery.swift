public import DossierCore

/// Conditions on records, all of which must hold. Empty and absent ones are no condition; of the
/// values of one list any may hold.
public struct CatalogQuery: Hashable, Sendable {
    /// Kinds.
    public var kinds: [Int32] = []
    /// Organisation ids of originators.
    public var originators: [String] = []
    /// The originator's number for the finding, whole.
    public var reference: String?
    /// Prefix of the record id, lower-case hexadecimal digits.
    public var recordIDPrefix: String?
    /// A moment: what is reported happened, in part, at or after it.
    public var occurredFrom: String?
    /// A moment: what is reported happened, in part, at or before it, to its precision.
    public var occurredTo: String?
    /// A moment: the originator learned of it at or after.
    public var knownFrom: String?
    /// A moment: the originator learned of it at or before, to its precision.
    public var knownTo: String?
    /// Keys that the record must have, each of them: an account, a victim, an actor.
    public var lookupKeys: [LookupKey] = []

    /// Creates a query that means every record.
    public init() {}
}

/// A record as the catalog knows it.
public struct CatalogRow: Hashable, Sendable {
    /// Leaf index in the log.
    public var leafIndex: UInt64
    /// Record id.
    public var recordID: RecordID
    /// What the release decision needs; without the look-up keys.
    public var facts: RecordFacts
    /// Whether the log may hold other versions of its finding. If not, it speaks for itself.
    public var hasOtherVersions: Bool
    /// Whether it came after its leaf.
    var isLate: Bool
    /// The frame that appended it.
    var frame: FrameLocation
    /// Root of the batch it came in.
    var batchRoot: RecordID
}

extension CatalogRow {
    /// The version of its finding that it is.
    public var version: FindingState.Version {
        FindingState.Version(recordID: self.recordID, facts: self.facts)
    }
}
