import DossierCore
import DossierCrypto
import Logging
import Synchronization

// DossierStore keeps a node's log and what finds records in it.
//
// The log is append-only segment files: what is submitted is answered when it is durable there. The
// catalog is a SQLite database that follows the log, behind the receipts, and can be rebuilt from
// it at any time. `Store` is both together and the only public way in; `Log` holds the segments,
// `Catalog` the database and its follower, `Writing` the one writer and what it knows by itself.
// `Tree` keeps the hashes of the log's tree and its checkpoints, and proves from them; `Audit` reads
// all of it again, also beside a running node.
//
// Left out on purpose: verifying signatures and checking records (whoever makes a `Submission` has
// done that), release decisions (rows carry what they need), how hashes make trees (MerkleLog).

/// A log with its catalog, in one directory, open in one process.
public final class Store: Sendable {
    /// How long a read waits for the catalog if it does not say so itself.
    public static let defaultWait = Duration.seconds(10)

    private enum Readiness {
        case unready
        case preparing
        case ready
        case closed
    }

    private let directory: StoreDirectory
    /// What is read of the log.
    public let held: HeldLog
    private let writer: LogWriter
    private let filterFile: FilterFile
    private let logger: Logger
    private let readiness = Mutex(Readiness.unready)
    // Checks the segments that are not appended to any more. Cancelled at closing.
    private let auditing = Mutex<Task<Void, Never>?>(nil)

    private init(
        _ configuration: StoreConfiguration, _ opening: Opening, _ outcome: TreeOpening.Outcome,
        follower: CatalogFollower, executor: SerialThreadExecutor
    ) {
        self.directory = opening.directory
        self.filterFile = FilterFile(
            directory: opening.directory.path, fileSystem: configuration.fileSystem)
        self.logger = configuration.logger
        let tree: LogTree?
        let publication: Publication
        switch outcome {
        case .open(let open):
            tree = open
            publication = Publication(open.published)
        case .refused(let refusal, let published):
            tree = nil
            publication = Publication(published, refusal: refusal)
        }
        self.held = HeldLog(configuration, opening, follower: follower, publication)
        self.writer = LogWriter(
            log: opening.log, tree: tree, publication: publication, follower: follower,
            executor: executor)
    }

    private var log: SegmentLog { self.held.log }
    private var catalog: SQLiteCatalog { self.held.catalog }
    private var follower: CatalogFollower { self.held.follower }

    /// Opens a store: brings its log into order, and its catalog up to the log's size.
    ///
    /// A store whose log is damaged or does not go on from what was signed, or whose catalog cannot
    /// be written, is opened all the same: it serves what it can and refuses submissions, saying
    /// why. Throws `locked`, `wrongOrigin`, or what the file system failed with.
    public static func open(
        _ configuration: StoreConfiguration, checkpoints policy: CheckpointPolicy
    ) async throws(StoreError) -> Store {
        let executor = SerialThreadExecutor()
        let opening = try await Opening(configuration, executor: executor)
        let tree = try await TreeOpening.run(
            opening.log, configuration, policy, readers: opening.readers)
        if case .refused(let refusal, _) = tree {
            configuration.logger.critical(
                "nothing is signed, submissions are refused",
                metadata: ["why": "\(refusal.message)"])
        }
        let store = Store(
            configuration, opening, tree, follower: opening.follower(configuration.facts),
            executor: executor)
        do throws(StoreError) { try await store.prepareWriter() } catch {
            store.logger.error(
                "submissions are refused", metadata: ["why": "\(error.debugDescription)"])
        }
        store.beginAudit()
        return store
    }

    /// Throws the catalog of a store away and builds it again from the log.
    public static func reindex(_ configuration: StoreConfiguration) async throws(StoreError) {
        let directory = try StoreDirectory(
            configuration.directory, logOrigin: configuration.log.origin,
            in: configuration.fileSystem)
        do throws(FileError) { try directory.removeCatalog() } catch {
            throw StoreError(error)
        }
        directory.unlock()
        let opening = try await Opening(configuration, executor: SerialThreadExecutor())
        defer { opening.directory.unlock() }
        let follower = opening.follower(configuration.facts)
        try await follower.wait(for: opening.log.size)
        await follower.close()
        try await opening.log.close()
        try await opening.catalog.close()
    }

    /// How many records the log holds.
    public var logSize: UInt64 { self.log.size }

    /// Closes the store: what is submitted from now on is refused, what has been submitted is done.
    /// Closing again does nothing.
    public func close() async throws(StoreError) {
        let wasClosed = self.readiness.withLock { readiness in
            defer { readiness = .closed }
            if case .closed = readiness { return true }
            return false
        }
        guard !wasClosed else { return }
        defer { self.directory.unlock() }
        let auditing = self.auditing.withLock { $0.take() }
        auditing?.cancel()
        await auditing?.value
        self.held.publication.close()
        await self.follower.close()
        try await self.log.close()
        try await self.writer.synchronizeTree()
        if let filter = await self.writer.filter {
            await withTaskExecutorPreference(self.held.readers) {
                Self.keep(filter, in: self.filterFile, self.logger)
            }
        }
        try await self.catalog.close()
    }

    /// Reads and checks the whole log. Throws `corrupted` with the place that does not check; from
    /// then on submissions are refused.
    public func audit() async throws(StoreError) { try await self.log.audit() }

    private func beginAudit() {
        self.auditing.withLock { task in
            task = Task(priority: .background) {
                do throws(StoreError) { try await self.audit() } catch {
                    guard error.code != .cancelled else { return }
                    self.logger.critical(
                        "the log does not check", metadata: ["where": "\(error.debugDescription)"])
                }
            }
        }
    }
}

// MARK: - Submitting

extension Store {
    /// Appends the records of a batch that the log does not hold yet, and answers when they are
    /// durable and the tree that they are in is published.
    ///
    /// Submitting the same again is harmless. Throws `conflict`, `scattered`, `storageFull`,
    /// `readOnly`, `storageFailed`, `corrupted`, `rolledBack`, `overloaded`, `catalogBehind` or
    /// `closed`; then nothing of the batch was appended, unless the code is `storageFull`,
    /// `readOnly` or `storageFailed`: then all of it may be found later.
    public func submit(_ submission: Submission) async throws(StoreError) -> SubmissionOutcome {
        if let refusal = self.held.publication.refusal { throw refusal }
        if self.readiness.withLock({ $0 != .ready }) { try await self.prepareWriter() }
        try await self.follower.waitForRoom()
        let prepared = PreparedSubmission(submission)
        var answers = CatalogAnswers.none
        while true {
            switch try await self.writer.submit(prepared, answers) {
            case .done(let outcome): return outcome
            case .unsure(let positions): answers = try await self.ask(prepared, positions)
            }
        }
    }

    /// Asks the catalog which of these records stand.
    private func ask(
        _ submission: PreparedSubmission, _ positions: [Int]
    ) async throws(StoreError) -> CatalogAnswers {
        let batch = submission.submission
        if submission.count > 1, positions.count == submission.count,
            let first = try await self.catalog.wholeBatch(
                root: batch.batchRoot, size: submission.count)
        {
            let standing = positions.map {
                ($0, CatalogAnswers.Answer.standing(first + UInt64($0)))
            }
            return CatalogAnswers(size: 0, byPosition: Dictionary(uniqueKeysWithValues: standing))
        }
        let standing = try await self.catalog.standing(
            positions.map { batch.leafHashes[$0] },
            positions.map { submission.versions[$0] }
                + positions.compactMap { submission.predecessors[$0]?.version })
        var answers = CatalogAnswers(size: standing.size, byPosition: [:])
        for position in positions {
            if let predecessor = submission.predecessors[position] {
                answers.predecessors[position] = .some(standing.versions[predecessor.version])
            }
            if let leafIndex = standing.leafIndexes[batch.leafHashes[position]] {
                answers.byPosition[position] = .standing(leafIndex)
            } else if let other = standing.versions[submission.versions[position]] {
                answers.byPosition[position] = .conflict(other.recordID)
            } else {
                answers.byPosition[position] = .absent
            }
        }
        return answers
    }

    /// Tells the writer which records there are, once the catalog has reached the log's size.
    private func prepareWriter() async throws(StoreError) {
        let before = self.readiness.withLock { readiness in
            let before = readiness
            if case .unready = readiness { readiness = .preparing }
            return before
        }
        switch before {
        case .ready: return
        case .closed: throw StoreError(.closed, "the store is closed")
        case .preparing: throw StoreError(.catalogBehind, "the catalog is being read")
        case .unready: break
        }
        do throws(StoreError) {
            try await self.follower.wait(for: self.log.size)
            let known = try await self.knownRecords()
            await self.writer.start(known) {
                [filterFile, logger, readers = self.held.readers] filter in
                // Ends by itself; where it fails the next start takes longer.
                Task(executorPreference: readers) { Self.keep(filter, in: filterFile, logger) }
            }
            self.settleReadiness(.ready)
        } catch {
            self.settleReadiness(.unready)
            throw error
        }
    }

    /// Which records the catalog has, from the filter that was kept and what came after it.
    private func knownRecords() async throws(StoreError) -> sending KnownRecords {
        let kept = try await self.keptFilter()
        let known = Mutex(
            KnownRecords(logSize: self.log.size, filter: kept?.filter ?? BloomFilter()))
        try await self.catalog.forEachIdentity(from: kept?.logSize ?? 0) { identity in
            known.withLock {
                $0.noteCataloged(recordID: identity.recordID, version: identity.version.digest)
            }
        }
        return known.withLock { $0 }
    }

    /// The filter that was kept, if it is this log's.
    private func keptFilter() async throws(StoreError) -> FilterFile.Content? {
        let kept: FilterFile.Content?
        do throws(FileError) { kept = try self.filterFile.read() } catch {
            throw StoreError(error)
        }
        guard let kept, kept.logSize > 0, kept.logSize <= self.log.size else { return nil }
        let last = try await self.catalog.records(
            CatalogQuery(), after: kept.logSize == 1 ? nil : kept.logSize - 2, below: kept.logSize,
            limit: 1)
        return last.first?.recordID.digest == kept.lastRecordID ? kept : nil
    }

    private static func keep(
        _ filter: FilterFile.Content, in filterFile: FilterFile, _ logger: Logger
    ) {
        do throws(FileError) { try filterFile.write(filter) } catch {
            logger.warning("the filter was not kept", metadata: ["why": "\(error)"])
        }
    }

    private func settleReadiness(_ readiness: Readiness) {
        self.readiness.withLock { if case .preparing = $0 { $0 = readiness } }
    }
}
