import DossierCore
import DossierCrypto

/// What can be rebuilt from the log, kept for look-ups.
protocol Catalog: Sendable {
    /// How far the catalog has followed the log.
    func position() async throws(StoreError) -> CatalogPosition

    /// Takes in the frames that follow in the log, all or none.
    func apply(_ frames: [CatalogFrame]) async throws(StoreError)

    /// Takes in records whose leaves were hashes alone, all or none, and how far what came late is
    /// taken in with them.
    func apply(late records: [LateEntry], through sequence: Int64) async throws(StoreError)

    /// Does a little of the work that large transactions have left to later ones; false when there is
    /// none.
    func tidy() async throws(StoreError) -> Bool

    /// Notes that frames, from the first of these on, are at other places now.
    func relocate(_ locations: [FrameLocation]) async throws(StoreError)

    /// The records that a query means, in log order: those after one leaf index and below another.
    func records(
        _ query: CatalogQuery, after: UInt64?, below: UInt64, limit: Int
    ) async throws(StoreError) -> [CatalogRow]

    /// Which of these records and finding versions there are.
    func standing(
        _ recordIDs: [Digest], _ versions: [FindingVersion]
    ) async throws(StoreError) -> StandingRecords

    /// Where the records of a batch begin that was appended whole; nil if there is no such batch.
    func wholeBatch(root: Digest, size: Int) async throws(StoreError) -> UInt64?

    /// Calls `body` with what identifies each record, in log order, from a leaf index on.
    func forEachIdentity(
        from leafIndex: UInt64, _ body: @escaping @Sendable (RecordIdentity) -> Void
    ) async throws(StoreError)

    /// Closes the catalog.
    func close() async throws(StoreError)
}

/// How far the catalog has followed the log.
struct CatalogPosition: Hashable, Sendable {
    /// Size of the log up to which everything is in the catalog.
    var size: UInt64
    /// The last frame taken in.
    var lastFrame: FrameLocation?
    /// The hash of the last leaf taken in.
    var lastLeaf: Digest?

    /// An empty catalog's.
    static let start = CatalogPosition(size: 0)
}

/// A frame for the catalog to take in.
struct CatalogFrame: Sendable {
    /// Where it is in the log.
    var location: FrameLocation
    /// Root of its batch.
    var batchRoot: Digest
    /// Number of records in its batch.
    var batchSize: Int
    /// The records it appended, in order; of a mirror's frame those that are not hashes alone.
    var entries: [CatalogEntry]
    /// The hash of its last leaf.
    var lastLeaf: Digest

    /// How many of the records do not speak for themselves, see ``HeldLog/rowsOfMore(in:)``.
    var countOfMore: Int {
        self.entries.count { entry in
            entry.facts.version > 1 || entry.facts.operation.isAboutAnother
                || entry.facts.marking.orcon || entry.facts.hasUnknownInHeaderOrMarking
        }
    }

    /// What the batch is found by if it was appended whole.
    var tokenOfWhole: String {
        let isWhole = self.batchSize > 1 && self.location.recordCount == self.batchSize
        return isWhole ? CatalogTokens.expression(wholeBatch: self.batchRoot) : ""
    }
}

/// A record for the catalog to take in.
struct CatalogEntry: Sendable {
    /// Its record id.
    var recordID: Digest
    /// Its place among the leaves that its frame appended.
    var offset: Int
    /// What the catalog tells of it.
    var facts: RecordFacts
    /// What it is found by.
    var tokens: String

    /// Prepares a record. The facts are kept without their look-up keys, which the tokens stand for.
    init(recordID: Digest, offset: Int, facts: RecordFacts) {
        self.recordID = recordID
        self.offset = offset
        self.tokens = CatalogTokens.text(recordID: recordID, facts: facts)
        self.facts = facts
        self.facts.lookupKeys = []
    }
}

/// A record for the catalog to take in that came after its leaf.
struct LateEntry: Sendable {
    /// Its leaf index.
    var leafIndex: UInt64
    /// The record.
    var entry: CatalogEntry
}

/// One version of one finding.
struct FindingVersion: Hashable, Sendable {
    /// Organisation id of the originator.
    var originator: String
    /// The originator's number for the finding.
    var reference: String
    /// The version.
    var version: UInt32

    /// A digest that no other version has.
    var digest: Digest {
        // Neither text holds a NUL, so no two versions make the same bytes.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.originator.utf8.count + self.reference.utf8.count + 6)
        bytes.append(contentsOf: self.originator.utf8)
        bytes.append(0)
        bytes.append(contentsOf: self.reference.utf8)
        bytes.append(0)
        bytes.append(littleEndian: self.version)
        return SHA256.digest(of: bytes)
    }
}

extension FindingVersion {
    /// The version that a record is.
    init(_ facts: RecordFacts) {
        self.init(
            originator: facts.originator, reference: facts.reference, version: facts.version)
    }
}

/// What identifies a record of the log.
struct RecordIdentity: Sendable {
    /// Its leaf index.
    var leafIndex: UInt64
    /// Its record id.
    var recordID: Digest
    /// The version that it is.
    var version: FindingVersion
    /// Whether it withdraws its finding.
    var isWithdrawal: Bool
}

/// Which records stand, as of a size of the log.
struct StandingRecords: Sendable {
    /// Size of the log up to which the answer is complete.
    var size: UInt64
    /// Leaf index of each record asked for that there is.
    var leafIndexes: [Digest: UInt64] = [:]
    /// The record of each finding version asked for that there is.
    var versions: [FindingVersion: StandingVersion] = [:]
}

/// A version of a finding that stands.
struct StandingVersion: Hashable, Sendable {
    /// Its record id.
    var recordID: Digest
    /// Whether it withdraws the finding: then no version may follow.
    var isWithdrawal: Bool
}
