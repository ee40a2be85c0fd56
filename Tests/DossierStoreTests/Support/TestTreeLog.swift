import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierStore

/// A log with its tree on a file system in memory, grown as the writer does it, and the checkpoints
/// that somebody has seen.
final class TestTreeLog {
    static let directory = "/store"
    static let guardDirectory = "/guard"

    private(set) var fileSystem: MemoryFileSystem
    private(set) var log: SegmentLog?
    private(set) var tree: LogTree?
    /// Why nothing is signed.
    private(set) var refusal: StoreError?
    /// What is published where nothing is signed any more.
    private(set) var served: PublishedTree?
    /// Every checkpoint that was published.
    private(set) var seen: [SignedCheckpoint] = []
    private let segmentBytes: Int

    init(_ fileSystem: MemoryFileSystem = MemoryFileSystem(), segmentBytes: Int = 1 << 20) {
        self.fileSystem = fileSystem
        self.segmentBytes = segmentBytes
    }

    private var configuration: StoreConfiguration {
        var configuration = StoreConfiguration(
            directory: Self.directory, log: .forTests, segmentBytes: self.segmentBytes)
        configuration.fileSystem = self.fileSystem
        return configuration
    }

    /// Opens log and tree, or opens them again.
    func open() async throws(StoreError) {
        (self.log, self.tree, self.refusal, self.served) = (nil, nil, nil, nil)
        let readers = ThreadExecutor(threadCount: 1)
        let log = try SegmentLog.open(
            .init(
                directory: Self.directory, segmentBytes: self.segmentBytes,
                fileSystem: self.fileSystem),
            executor: SerialThreadExecutor(), readers: readers)
        self.log = log
        let policy = CheckpointPolicy(
            signer: TestStoreLog.signer, guardDirectory: Self.guardDirectory)
        switch try await TreeOpening.run(log, self.configuration, policy, readers: readers) {
        case .open(let tree):
            self.tree = tree
            self.seen.append(tree.published.checkpoint)
        case .refused(let refusal, let served):
            self.refusal = refusal
            self.served = served
        }
    }

    /// Appends a group and publishes it.
    func append(_ frames: [Frame]) async throws {
        let log = try #require(self.log)
        var tree = try #require(self.tree)
        defer { self.tree = tree }
        var leaves: [Digest] = []
        for frame in frames {
            leaves += try FrameHead.appendedLeaves(of: frame.body, recordCount: frame.recordCount)
        }
        let growth = try tree.grow(by: leaves)
        _ = try await log.append(frames)
        tree.take(growth)
        self.seen.append(try tree.publish().checkpoint)
    }

    /// Makes the tree durable, as at the end of a segment.
    func synchronize() throws { try self.tree?.synchronize() }

    /// Crashes; what was seen stays seen.
    func crash(_ crash: MemoryFileSystem.Crash) {
        (self.log, self.tree) = (nil, nil)
        self.fileSystem = self.fileSystem.restarted(after: crash)
    }

    /// The hashes of all leaves, by the frames of the log.
    func leaves() async throws -> [Digest] {
        let log = try #require(self.log)
        var leaves: [Digest] = []
        var last: FrameLocation?
        while true {
            let frames = try await log.frames(after: last, maximumBytes: 1 << 20)
            guard let end = frames.last else { return leaves }
            for frame in frames {
                leaves += try FrameHead.appendedLeaves(
                    of: frame.body, recordCount: frame.location.recordCount)
            }
            last = end.location
        }
    }

    /// The invariant of the log: all that is in it is published, every stored hash is what the
    /// leaves make it, and every checkpoint that anybody has seen is a prefix.
    func check(_ what: String) async throws {
        let leaves = try await self.leaves()
        let published = try #require(
            self.tree?.published, "\(what): \(self.refusal?.message ?? "")")
        #expect(published.size == UInt64(leaves.count), "\(what)")
        #expect(published.checkpoint.head.root == Tree.root(of: leaves), "\(what)")
        var edge = TreeEdge()
        var hashes: [Digest] = []
        for leaf in leaves { edge.append(leaf, storing: &hashes) }
        let file = try HashFile(in: Self.directory, self.fileSystem)
        #expect(try file.read(0..<UInt64(hashes.count)) == hashes, "\(what): stored hashes")
        for checkpoint in self.seen {
            try Tree.verifyConsistency(
                from: checkpoint.head, to: published.checkpoint.head,
                proof: try await published.consistencyProof(from: checkpoint.head.size))
        }
    }
}
