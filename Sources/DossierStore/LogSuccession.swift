public import DossierCore
import DossierCrypto
public import MerkleLog

/// Opens a log that succeeds one whose disk was lost or rolled back.
///
/// The former log is never signed again. The successor's first leaf is the continuation: a line
/// `dossier-log-continuation/v1` and the newest checkpoint that is known of the former log. After
/// it come the batches that are left of the former log, as they were signed, so that what others
/// hold receipts for and is missing here can be told leaf by leaf. The former data are left as
/// they are, but for what any start does to a torn end.
public struct LogSuccession: Sendable {
    /// The first line of a continuation.
    public static let continuationVersion = "dossier-log-continuation/v1"

    private static let maximumReadBytes = 16 << 20

    /// The former log.
    public struct Former: Sendable {
        /// Who it was.
        public var log: LogIdentity
        /// Its store's directory; it need not be there any more.
        public var directory: String
        /// Its guard directory.
        public var guardDirectory: String
        /// Checkpoints of it that others have seen.
        public var seen: [SignedCheckpoint] = []

        /// A former log.
        public init(log: LogIdentity, directory: String, guardDirectory: String) {
            self.log = log
            self.directory = directory
            self.guardDirectory = guardDirectory
        }
    }

    /// What a succession did.
    public struct Outcome: Sendable {
        /// The newest checkpoint that is known of the former log.
        public var lastCheckpoint: SignedCheckpoint
        /// How many of its leaves were carried over.
        public var carriedOver: UInt64
        /// Why no more were, if the former log does not check somewhere.
        public var damage: StoreError?
        /// The successor's first leaf.
        public var continuation: [UInt8]
    }

    private let former: Former
    private let successor: StoreConfiguration
    private let policy: CheckpointPolicy

    /// A succession.
    public init(of former: Former, by successor: StoreConfiguration, _ policy: CheckpointPolicy) {
        self.former = former
        self.successor = successor
        self.policy = policy
    }

    /// Opens the successor in a directory that is empty or not there.
    ///
    /// Throws `rolledBack` when no checkpoint of the former log is known, `notEmpty` for a directory
    /// that has a log, `locked` while a node has the former one open, or what storage failed with.
    public func run() async throws(StoreError) -> Outcome {
        let lastCheckpoint = try self.lastCheckpoint()
        let executor = SerialThreadExecutor()
        let readers = ThreadExecutor(threadCount: 2)
        let directory = try self.emptyDirectory()
        defer { directory.unlock() }
        let log = try self.open(self.successor, directory, executor, readers)
        guard
            case .open(var tree) = try await TreeOpening.run(
                log, self.successor, self.policy, readers: readers)
        else { throw StoreError(.corrupted, "the new log cannot be opened") }

        let continuation = Array("\(Self.continuationVersion)\n".utf8) + lastCheckpoint.bytes
        try await self.append([Self.frame(of: continuation)], to: log, &tree)
        var outcome = Outcome(
            lastCheckpoint: lastCheckpoint, carriedOver: 0, continuation: continuation)
        do throws(StoreError) {
            try await self.carryOver(to: log, &tree, readers, &outcome)
        } catch  where error.code == .corrupted {
            outcome.damage = error
        }
        do throws(FileError) { try tree.synchronize() } catch { throw StoreError(error) }
        try await log.close()
        return outcome
    }

    // MARK: - The former log

    private func lastCheckpoint() throws(StoreError) -> SignedCheckpoint {
        let fileSystem = self.successor.fileSystem
        var known = self.former.seen
        for directory in [self.former.directory, self.former.guardDirectory] {
            do throws(FileError) {
                let file = try fileSystem.open("\(directory)/\(CheckpointFile.name)", .read)
                for case .checkpoint(let checkpoint) in try CheckpointFile.contents(
                    of: file, log: self.former.log)
                {
                    known.append(checkpoint)
                }
            } catch {
                continue  // One that cannot be read says nothing; the others may.
            }
        }
        guard let newest = known.max(by: { $0.head.size < $1.head.size }) else {
            throw StoreError(
                .rolledBack,
                "no checkpoint of \(self.former.log.origin) is known that the new log could name")
        }
        return newest
    }

    private func carryOver(
        to log: SegmentLog, _ tree: inout LogTree, _ readers: ThreadExecutor,
        _ outcome: inout Outcome
    ) async throws(StoreError) {
        guard let former = try self.openFormer(readers) else { return }
        defer { former.directory.unlock() }
        var last: FrameLocation?
        while true {
            let frames = try await former.log.frames(
                after: last, maximumBytes: Self.maximumReadBytes)
            guard let end = frames.last else { break }
            try await self.append(
                frames.map {
                    Frame(
                        body: $0.body, bodyChecksum: $0.body.withUnsafeBytes(CRC32C.checksum(of:)),
                        recordCount: $0.location.recordCount)
                }, to: log, &tree)
            outcome.carriedOver = end.location.endIndex
            last = end.location
        }
        if let refusal = await former.log.standingRefusal { throw refusal }
        try await former.log.close()
    }

    private func openFormer(
        _ readers: ThreadExecutor
    ) throws(StoreError) -> (log: SegmentLog, directory: StoreDirectory)? {
        var configuration = self.successor
        configuration.directory = self.former.directory
        configuration.log = self.former.log
        let names = try? configuration.fileSystem.entries(of: self.former.directory)
        guard names?.contains("origin") == true else { return nil }
        let directory = try StoreDirectory(
            self.former.directory, logOrigin: self.former.log.origin,
            in: configuration.fileSystem)
        let log = try self.open(configuration, directory, SerialThreadExecutor(), readers)
        return (log, directory)
    }

    // MARK: - The successor

    private func emptyDirectory() throws(StoreError) -> StoreDirectory {
        let directory = self.successor.directory
        let names = (try? self.successor.fileSystem.entries(of: directory)) ?? []
        guard names.isEmpty else {
            throw StoreError(
                .notEmpty, "\(directory) is not empty; the new log needs a place of its own")
        }
        return try StoreDirectory(
            directory, logOrigin: self.successor.log.origin, in: self.successor.fileSystem)
    }

    private func open(
        _ configuration: StoreConfiguration, _ directory: StoreDirectory,
        _ executor: SerialThreadExecutor, _ readers: ThreadExecutor
    ) throws(StoreError) -> SegmentLog {
        try SegmentLog.open(
            .init(
                directory: directory.path, segmentBytes: configuration.segmentBytes,
                fileSystem: configuration.fileSystem),
            executor: executor, readers: readers)
    }

    /// A frame that appends one leaf which no originator attests.
    private static func frame(of leaf: [UInt8]) -> Frame {
        Frame(
            attestation: [], leafHashes: [Tree.leafHash(of: leaf)], records: [leaf],
            appended: CollectionOfOne(0))
    }

    private func append(
        _ frames: [Frame], to log: SegmentLog, _ tree: inout LogTree
    ) async throws(StoreError) {
        let growth: LogTree.Growth
        var leaves: [Digest] = []
        for frame in frames {
            leaves += try FrameHead.appendedLeaves(
                of: frame.body, recordCount: frame.recordCount)
        }
        do throws(FileError) { growth = try tree.grow(by: leaves) } catch {
            throw StoreError(error)
        }
        _ = try await log.append(frames)
        tree.take(growth)
        _ = try tree.publish()
    }
}
