import DossierCore
import DossierCrypto
import MerkleLog

/// Writes one mirror: appends leaves with one write and one synchronisation, and publishes their
/// tree by the log's own checkpoint.
actor MirrorWriter {
    // As many leaves a start after a crash has to hash again at most.
    private static let leavesBetweenMarks: UInt64 = 200_000

    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let executor: SerialThreadExecutor
    private let log: SegmentLog
    private var tree: MirrorTree
    private let publication: Publication
    private let follower: CatalogFollower
    private var markedSize: UInt64

    /// Creates the writer of a mirror whose log lives on the same thread.
    init(
        log: SegmentLog, tree: MirrorTree, publication: Publication, follower: CatalogFollower,
        executor: SerialThreadExecutor
    ) {
        self.log = log
        self.tree = tree
        self.publication = publication
        self.follower = follower
        self.executor = executor
        self.unownedExecutor = executor.asUnownedSerialExecutor()
        self.markedSize = tree.edge.size
    }

    /// Where the mirror stands.
    var standing: Mirror.Standing {
        Mirror.Standing(edge: self.tree.edge, seen: self.tree.seen)
    }

    /// Appends leaves; on return they are durable, and published if their checkpoint is of them.
    func append(_ leaves: MirroredLeaves) async throws(StoreError) {
        guard leaves.firstIndex == self.tree.edge.size else {
            throw StoreError(
                .outOfOrder,
                "the mirror has \(self.tree.edge.size) leaves, these begin at \(leaves.firstIndex)")
        }
        if !leaves.runs.isEmpty {
            let growth = try self.tree.grow(
                by: leaves.runs.lazy.flatMap { run in run.appended.map { run.leafHashes[$0] } })
            let frames = leaves.runs.map(\.frame)
            let locations = try await self.log.append(frames)
            self.tree.take(growth)
            self.follower.follow(zip(leaves.runs, locations).map { $0.catalogFrame(at: $1) })
        }
        try self.tree.note(leaves.checkpoint)
        if let published = self.tree.published,
            published.size > self.publication.tree?.size ?? 0 || self.publication.tree == nil
        {
            self.publication.publish(published)
        }
        if self.tree.edge.size - self.markedSize >= Self.leavesBetweenMarks {
            try self.tree.synchronize()
            self.markedSize = self.tree.edge.size
        }
    }

    /// Ends all appending, and makes everything durable.
    func close() async throws(StoreError) {
        try await self.log.close()
        try self.tree.synchronize()
    }
}

extension MirroredRun {
    /// The frame that appends the run.
    fileprivate var frame: Frame {
        var records: [[UInt8]]
        if self.records.count == self.leafHashes.count {
            records = self.records
        } else {
            records = self.leafHashes.map { _ in [] }
            for (position, record) in zip(self.appended, self.records) {
                records[position] = record
            }
        }
        return Frame(
            attestation: self.attestation, leafHashes: self.leafHashes, records: records,
            appended: self.appended)
    }

    /// What the catalog takes in of the run.
    fileprivate func catalogFrame(at location: FrameLocation) -> CatalogFrame {
        CatalogFrame(
            location: location, batchRoot: self.root,
            batchSize: self.leafHashes.count,
            entries: self.facts.enumerated().compactMap { offset, facts in
                facts.map {
                    CatalogEntry(
                        recordID: self.leafHashes[self.appended[offset]], offset: offset, facts: $0)
                }
            }, lastLeaf: self.leafHashes[self.appended[self.appended.count - 1]])
    }
}
