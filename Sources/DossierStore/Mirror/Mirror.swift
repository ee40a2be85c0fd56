public import DossierCore
public import DossierCrypto
public import Logging
public import MerkleLog
import Synchronization

/// A verified mirror of another node's log, in a directory of its own, open in one process.
///
/// It has every leaf's hash, and the records that were released to this node. It is kept in the same
/// form as a log, and read in the same way; where a log's frame has a record, a mirror's may have
/// none. What it has was verified by whoever appends; everything can be had again from the peer, so
/// a mirror that is damaged is set aside and begun anew.
public final class Mirror: Sendable {
    /// Where a mirror stands: what a follower goes on from.
    public struct Standing: Sendable {
        /// The tree of all leaves that it has.
        public var edge: TreeEdge
        /// The newest checkpoint that was seen, verified; it may be of a larger tree.
        public var seen: SignedCheckpoint?
    }

    /// What is read of the log.
    public let held: HeldLog
    private let directory: StoreDirectory
    private let writer: MirrorWriter
    private let notes: MirrorNotes
    private let standingNow: Mutex<Standing>

    private init(
        _ configuration: StoreConfiguration, _ opening: Opening, _ tree: MirrorTree,
        _ notes: MirrorNotes, _ executor: SerialThreadExecutor
    ) {
        let publication = Publication(tree.published)
        let follower = opening.follower(configuration.facts)
        self.directory = opening.directory
        self.notes = notes
        self.held = HeldLog(
            configuration, opening, follower: follower, publication, late: notes)
        self.standingNow = Mutex(Standing(edge: tree.edge, seen: tree.seen))
        self.writer = MirrorWriter(
            log: opening.log, tree: tree, publication: publication, follower: follower,
            executor: executor)
    }

    /// Opens a mirror, or begins one.
    ///
    /// Throws `locked`, `wrongOrigin`, or what the file system failed with.
    public static func open(
        _ configuration: StoreConfiguration, threads: MirrorThreads
    ) async throws(StoreError) -> Mirror {
        do throws(StoreError) {
            return try await Self.openWhole(configuration, threads)
        } catch  where error.code == .corrupted {
            configuration.logger.error(
                "a mirror is damaged: it is set aside and begun anew",
                metadata: [
                    "log": "\(configuration.log.origin)", "why": "\(error.debugDescription)",
                ])
            try Self.setAside(configuration)
            return try await Self.openWhole(configuration, threads)
        }
    }

    /// Opens the mirror of a log, or begins one, in a directory of its own below a node's data.
    ///
    /// Throws `locked`, `wrongOrigin`, or what the file system failed with.
    public static func open(
        of log: LogIdentity, below dataDirectory: String, logger: Logger, threads: MirrorThreads
    ) async throws(StoreError) -> Mirror {
        let mirrors = "\(dataDirectory)/\(Self.folder)"
        do throws(FileError) {
            for directory in [dataDirectory, mirrors] {
                try POSIXFileSystem().createDirectory(directory)
            }
        } catch {
            throw StoreError(error)
        }
        return try await Self.open(
            StoreConfiguration(mirrorOf: log, below: dataDirectory, logger: logger),
            threads: threads)
    }

    private static let folder = "mirrors"

    /// Where the mirror of a log is kept below a node's data.
    static func directory(of log: LogIdentity, below dataDirectory: String) -> String {
        // A log that succeeds another is another log, of the same organisation.
        let name = SHA256.digest(of: Array(log.origin.utf8)).hexadecimal.prefix(16)
        return "\(dataDirectory)/\(Self.folder)/\(name)"
    }

    private static func openWhole(
        _ configuration: StoreConfiguration, _ threads: MirrorThreads
    ) async throws(StoreError) -> Mirror {
        let opening = try await Opening(
            configuration, executor: threads.writer, readers: threads.readers)
        do throws(StoreError) {
            if let refusal = await opening.log.standingRefusal { throw refusal }
            let tree = try await MirrorTree(
                of: opening.log, configuration, readers: threads.readers)
            let notes = try MirrorNotes(in: configuration.directory)
            let mirror = Mirror(configuration, opening, tree, notes, threads.writer)
            try await mirror.catalogLateRecords()
            return mirror
        } catch {
            try? await opening.catalog.close()
            opening.directory.unlock()
            throw error
        }
    }

    /// Keeps a damaged mirror's files beside it, and of it what was seen of the log.
    private static func setAside(_ configuration: StoreConfiguration) throws(StoreError) {
        let fileSystem = configuration.fileSystem
        let directory = configuration.directory
        let aside = "\(directory).damaged"
        do throws(FileError) {
            var name = aside
            var number = 1
            while (try? fileSystem.entries(of: name))?.isEmpty == false {
                number += 1
                name = "\(aside)-\(number)"
            }
            try fileSystem.rename(directory, to: name)
            try fileSystem.createDirectory(directory)
            let seen = try CheckpointFile(
                in: "\(name)/\(MirrorTree.seenName)", of: configuration.log, fileSystem)
            guard let checkpoint = seen.checkpoint else { return }
            try fileSystem.createDirectory("\(directory)/\(MirrorTree.seenName)")
            var file = try CheckpointFile(
                in: "\(directory)/\(MirrorTree.seenName)", of: configuration.log, fileSystem)
            try file.write(checkpoint)
            try file.synchronize()
        } catch {
            throw StoreError(error)
        }
    }

    /// Where it stands.
    public var standing: Standing { self.standingNow.withLock { $0 } }

    /// When the log's own node was heard, and what others were asked.
    public func contacts() async throws(StoreError) -> MirrorContacts {
        try await self.notes.standing()
    }

    /// Keeps up to where an organisation's node was asked for leaves of which there are the hashes
    /// alone.
    public func keep(_ asked: AskedLeaves, of organisation: String) async throws(StoreError) {
        try await self.notes.keep(asked, of: organisation)
    }

    /// Keeps when the log's own node was heard, in seconds since 1970.
    public func keep(heardAt: Int64) async throws(StoreError) {
        try await self.notes.keep(heardAt: heardAt)
    }

    /// Keeps verified leaves that follow in the log; on return they are durable, and published if
    /// their checkpoint is of just them.
    ///
    /// Throws `outOfOrder` unless they begin where the mirror ends, or what storage failed with.
    public func append(_ leaves: MirroredLeaves) async throws(StoreError) {
        // What the catalog is behind lies in memory.
        try await self.held.follower.waitForRoom()
        do throws(StoreError) {
            try await self.writer.append(leaves)
        } catch {
            // It may have kept the leaves, and not their checkpoint.
            let standing = await self.writer.standing
            self.standingNow.withLock { $0 = standing }
            throw error
        }
        let standing = await self.writer.standing
        self.standingNow.withLock { $0 = standing }
    }

    /// Keeps verified records of leaves of which there are the hashes alone, and answers when reads
    /// find them.
    public func add(_ records: [LateRecord]) async throws(StoreError) {
        guard !records.isEmpty else { return }
        // Their leaves must be in the catalog before them.
        try await self.held.follower.wait(for: self.held.log.size)
        try await self.notes.add(records)
        try await self.catalogLateRecords()
    }

    /// Those of some leaves of which there are the hashes alone, as ranges, ascending, at most so
    /// many; without those that are in no published tree.
    public func hashOnlyRanges(
        in leaves: Range<UInt64>, limit: Int
    ) async throws(StoreError) -> [Range<UInt64>] {
        let size = min(self.held.log.size, (try? self.held.publishedTree().size) ?? 0)
        try await self.held.follower.wait(for: size)
        return try await self.held.catalog.gaps(
            in: leaves.clamped(to: 0..<size), limit: limit)
    }

    /// How many leaves there are of which there is the hash alone, as far as the catalog has
    /// followed.
    public func hashOnlyCount() async throws(StoreError) -> UInt64 {
        try await self.held.catalog.gapCount()
    }

    /// The hashes of leaves, in the order asked for.
    ///
    /// Throws `outOfRange` for a leaf that is in no published tree.
    public func leafHashes(_ indexes: [UInt64]) async throws(StoreError) -> [Digest] {
        guard !indexes.isEmpty else { return [] }
        let tree = try self.held.publishedTree()
        var hashes: [Digest] = []
        for index in indexes {
            guard index < tree.size else {
                throw StoreError(.outOfRange, "leaf \(index) is in no published tree")
            }
            hashes += try await tree.leafHashes(index..<index + 1)
        }
        return hashes
    }

    /// Closes the mirror.
    public func close() async throws(StoreError) {
        defer { self.directory.unlock() }
        self.held.publication.close()
        await self.held.follower.close()
        try await self.writer.close()
        try await self.held.catalog.close()
        try self.notes.close()
    }

    private static let lateRecordsAtOnce = 1_000

    /// Takes into the catalog what came late and is not in it yet, also after it was rebuilt.
    private func catalogLateRecords() async throws(StoreError) {
        while true {
            let sequence = try await self.held.catalog.lateSequence()
            self.held.noteLate(through: sequence)
            let late = try await self.notes.records(
                after: sequence, limit: Self.lateRecordsAtOnce)
            guard let last = late.last else { return }
            try await self.held.follower.wait(for: self.held.log.size)
            try await self.held.catalog.apply(
                late: late.map { _, record in
                    LateEntry(
                        leafIndex: record.leafIndex,
                        entry: CatalogEntry(
                            recordID: RecordID(ofEncoded: record.record).digest, offset: 0,
                            facts: record.record.withUnsafeBytes(self.held.facts)))
                }, through: last.sequence)
        }
    }
}

/// The threads that all mirrors of a node share.
public struct MirrorThreads: Sendable {
    // One for whoever reads long, the others for whoever waits.
    private static let readerCount = 2

    let writer = SerialThreadExecutor()
    let readers = ThreadExecutor(threadCount: Self.readerCount)

    /// Starts the threads.
    public init() {}
}
