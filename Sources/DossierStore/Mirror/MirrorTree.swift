import DossierCore
import DossierCrypto
import MerkleLog

/// The tree of a mirrored log: grows with what was verified, and is published by the log's own
/// checkpoints.
///
/// As in a log's own tree, hashes are written first and count for nothing, then the frames are made
/// durable, then the checkpoint is kept. What is lost of hashes and checkpoints in a power cut is
/// made again from the frames, or comes again.
struct MirrorTree {
    /// What some leaves add to the tree.
    struct Growth {
        fileprivate var edge: TreeEdge
        fileprivate var hashes: [Digest]
    }

    /// Where a checkpoint that was seen is kept, which may be of a larger tree.
    static let seenName = "seen"

    private let hashFile: HashFile
    private let stored: HashReader
    private let readers: ThreadExecutor
    private var hashMarker: DurableMarker
    private var own: CheckpointFile
    private var seenFile: CheckpointFile
    private var recent = RecentHashes()
    /// The tree of all that the mirror has.
    private(set) var edge: TreeEdge
    /// The newest published tree; nil before the first.
    private(set) var published: PublishedTree?
    /// The checkpoint that was seen first of those that are not reached yet, or the newest; nil
    /// before the first.
    private(set) var seen: SignedCheckpoint?

    /// Opens the tree of a mirror's frames.
    ///
    /// Throws `corrupted` when what was published is not what the frames make.
    init(
        of log: SegmentLog, _ configuration: StoreConfiguration, readers: ThreadExecutor
    ) async throws(StoreError) {
        let fileSystem = configuration.fileSystem
        let directory = configuration.directory
        do throws(FileError) {
            self.hashFile = try HashFile(in: directory, fileSystem)
            self.hashMarker = try HashFile.marker(in: directory, fileSystem)
            self.own = try CheckpointFile(in: directory, of: configuration.log, fileSystem)
            let seenDirectory = "\(directory)/\(Self.seenName)"
            try fileSystem.createDirectory(seenDirectory)
            self.seenFile = try CheckpointFile(
                in: seenDirectory, of: configuration.log, fileSystem)
            try fileSystem.synchronizeDirectory(directory)
        } catch {
            throw StoreError(error)
        }
        self.stored = HashReader(self.hashFile)
        self.readers = readers
        let restoring = HashRestoring(log: log, hashFile: self.hashFile)
        try await restoring.restore(durable: self.hashMarker.position.size)
        let checkpoints = [self.own, self.seenFile].compactMap(\.checkpoint)
        if !(try Self.fit(checkpoints, log.size, self.hashFile)) {
            try await restoring.write(from: 0)
            guard try Self.fit(checkpoints, log.size, self.hashFile) else {
                throw StoreError(
                    .corrupted, "the leaves of mirror \(directory) are not those of its checkpoint")
            }
        }
        self.edge = try self.hashFile.edge(ofSize: log.size)
        self.seen = checkpoints.max { $0.head.size < $1.head.size }
        // One of a larger tree may be left of a mirror that was lost.
        if let newest = checkpoints.filter({ $0.head.size <= log.size }).max(by: {
            $0.head.size < $1.head.size
        }) {
            self.published = PublishedTree(
                checkpoint: newest, recent: RecentHashes(), stored: self.stored, readers: readers)
        }
    }

    private static func fit(
        _ checkpoints: [SignedCheckpoint], _ size: UInt64, _ hashes: HashFile
    ) throws(StoreError) -> Bool {
        for checkpoint in checkpoints where checkpoint.head.size <= size {
            let edge = try? hashes.edge(ofSize: checkpoint.head.size)
            guard edge?.head == checkpoint.head else { return false }
        }
        return true
    }

    /// Writes what some leaves add to the tree. It counts when it is taken.
    func grow(by leaves: some Sequence<Digest>) throws(StoreError) -> Growth {
        var growth = Growth(edge: self.edge, hashes: [])
        for leaf in leaves { growth.edge.append(leaf, storing: &growth.hashes) }
        do throws(FileError) {
            try self.hashFile.write(
                growth.hashes, at: Subtree.storedCount(treeSize: self.edge.size))
        } catch {
            throw StoreError(error)
        }
        return growth
    }

    /// Takes what was written, since the mirror has the leaves now.
    mutating func take(_ growth: Growth) {
        self.recent.append(growth.hashes, to: self.edge)
        self.edge = growth.edge
    }

    /// Notes a checkpoint that was seen, and publishes the tree by it if it is of all that the
    /// mirror has.
    mutating func note(_ checkpoint: SignedCheckpoint) throws(StoreError) {
        let isOfAll =
            checkpoint.head == self.edge.head
            && (self.published.map { $0.size < checkpoint.head.size } ?? true)
        do throws(FileError) {
            // First, since what was seen is not taken again: where this fails it comes again.
            if isOfAll { try self.own.write(checkpoint) }
            // What was shown first must hold: a newer one waits until that is reached.
            if self.seen.map({ $0.head.size <= self.edge.size }) ?? true,
                checkpoint.head.size > self.seen?.head.size ?? 0 || self.seen == nil
            {
                try self.seenFile.write(checkpoint)
                self.seen = checkpoint
            }
        } catch {
            throw StoreError(error)
        }
        guard isOfAll else { return }
        self.published = PublishedTree(
            checkpoint: checkpoint, recent: self.recent, stored: self.stored,
            readers: self.readers)
    }

    /// Makes hashes and checkpoints durable, and notes that they are.
    mutating func synchronize() throws(StoreError) {
        do throws(FileError) {
            try self.own.synchronize()
            try self.seenFile.synchronize()
            try self.hashFile.synchronize()
            try self.hashMarker.write(.init(size: self.edge.size, segment: 0, offset: 0))
            try self.hashMarker.synchronize()
        } catch {
            throw StoreError(error)
        }
    }
}
