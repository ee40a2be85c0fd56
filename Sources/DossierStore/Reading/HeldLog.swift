public import DossierCore
public import DossierCrypto
import MerkleLog
import Synchronization

/// One log that a node holds, its own or a mirror of another's: what is read of it.
///
/// Of a mirror the catalog knows the records that are released to the node's organisation; of the
/// other leaves there are the hashes alone.
public final class HeldLog: Sendable {
    /// The log.
    public let identity: LogIdentity
    let log: SegmentLog
    let catalog: SQLiteCatalog
    let follower: CatalogFollower
    let reader: BatchReader
    let readers: ThreadExecutor
    let facts: CatalogFollower.FactsReader
    let publication: Publication
    /// What came after its leaf; nil for a log of one's own, where nothing does.
    let late: MirrorNotes?
    private let lateRecords = Mutex<Int64>(0)

    init(
        _ configuration: StoreConfiguration, _ opening: Opening, follower: CatalogFollower,
        _ publication: Publication, late: MirrorNotes? = nil
    ) {
        self.identity = configuration.log
        self.log = opening.log
        self.catalog = opening.catalog
        self.follower = follower
        self.reader = BatchReader(opening.log)
        self.readers = opening.readers
        self.facts = configuration.facts
        self.publication = publication
        self.late = late
    }

    /// How many leaves the log has here.
    public var size: UInt64 { self.log.size }

    /// The newest published tree.
    ///
    /// Throws why nothing is published: `rolledBack`, `corrupted` or, of a mirror that has not
    /// reached any checkpoint yet, `unpublished`.
    public func publishedTree() throws(StoreError) -> PublishedTree {
        if let tree = self.publication.tree { return tree }
        throw self.publication.refusal
            ?? StoreError(.unpublished, "nothing of log \(self.identity.origin) is published")
    }

    /// Grows with each record that came after its leaf and is found now; 0 while there is none.
    public var lateSequence: Int64 { self.lateRecords.withLock { $0 } }

    /// Notes that records which came after their leaves are found, up to a sequence number.
    func noteLate(through sequence: Int64) {
        self.lateRecords.withLock { $0 = max($0, sequence) }
    }

    /// Size of the log up to which reads find everything without waiting.
    public var catalogSize: UInt64 { self.follower.catalogSize }

    /// The records in a range of leaves that do not speak for themselves: they may have other
    /// versions, are about another's record, are under originator control, or are not understood.
    /// Of all others their releasability decides.
    ///
    /// Throws `catalogBehind` unless everything below the range's end is found in time.
    public func rowsOfMore(in leaves: Range<UInt64>) async throws(StoreError) -> [CatalogRow] {
        try await self.waitForMore(until: .now + Store.defaultWait)
        return try await self.catalog.rowsOfMore(in: leaves)
    }

    /// Waits until the catalog knows of every record in the log whether it speaks for itself: a
    /// restriction that has its receipt must count, whatever is read.
    ///
    /// Throws `catalogBehind` at the deadline, or what the catalog failed with.
    func waitForMore(until deadline: ContinuousClock.Instant) async throws(StoreError) {
        let size = self.log.size
        // New records mostly do: then the catalog need not hurry for each.
        if !self.follower.knowsOfMore(below: size) {
            try await self.follower.wait(for: size, until: deadline)
        }
    }

    /// The versions of a record's finding, as far as the catalog has followed; none if it does not
    /// have the record.
    public func catalogedFinding(with recordID: Digest) async throws(StoreError) -> [CatalogRow] {
        var query = CatalogQuery()
        query.recordIDPrefix = recordID.hexadecimal
        let end = UInt64(Int64.max)
        guard
            let row = try await self.catalog.records(query, after: nil, below: end, limit: 1).first
        else { return [] }
        query = CatalogQuery()
        query.originators = [row.facts.originator]
        query.reference = row.facts.reference
        return try await self.catalog.records(query, after: nil, below: end, limit: .max)
    }

    /// The records that are about another's, as far as the catalog has followed.
    public func rowsAboutOthers() async throws(StoreError) -> [CatalogRow] {
        try await self.catalog.rowsAboutOthers()
    }

    /// Runs what takes long on a thread that may take its time.
    func onReader<Result: Sendable>(
        _ body: @Sendable () throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        // The function below rethrows untyped; the error comes out as a value.
        let result = await withTaskExecutorPreference(self.readers) {
            Swift.Result { () throws(StoreError) in try body() }
        }
        return try result.get()
    }

    /// Waits until a tree of more leaves than `size` is published, at most until a deadline.
    ///
    /// Returns whether there is one. Throws `cancelled` or `closed`.
    public func isPublished(
        beyond size: UInt64, until deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> Bool {
        try await self.publication.wait(beyond: size, until: deadline)
    }
}
