import DossierCore
import DossierCrypto

/// The one writer: takes all submissions that wait, appends them with one write and one
/// synchronisation, publishes the tree by one checkpoint, and answers each.
///
/// It lives on the thread on which the log is written. While that thread waits for the disk, new
/// submissions gather in front of it, so a group is as large as the disk is slow.
actor LogWriter {
    /// What became of a submission at the writer.
    enum Outcome {
        /// Its records are in the log.
        case done(SubmissionOutcome)
        /// The catalog has to say whether it has the records at these positions.
        case unsure([Int])
    }

    private struct Waiting {
        var submission: PreparedSubmission
        var answers: CatalogAnswers
        var continuation: CheckedContinuation<Result<Outcome, StoreError>, Never>
    }

    private struct Admitted {
        var waiting: Waiting
        var runs: [BatchRun]
        var appended: [Int]

        /// The leaf hashes of the records that are appended.
        var leaves: some Sequence<Digest> {
            let hashes = self.waiting.submission.submission.leafHashes
            return self.appended.lazy.map { hashes[$0] }
        }

        var lastRecordID: Digest? {
            self.appended.last.map { self.waiting.submission.submission.leafHashes[$0] }
        }
    }

    private struct Decisions {
        var admitted: [Admitted] = []
        // Answered only after the write: what a record conflicts with may be in the same group.
        var refused: [(waiting: Waiting, error: StoreError)] = []
    }

    // A group's frames lie in memory together, and go into one segment.
    private static let maximumGroupBytes = 16 << 20
    private static let maximumWaitingBytes = 128 << 20
    // So many records a start after a crash has to read from the catalog at most, in a second.
    private static let recordsBetweenFilters: UInt64 = 500_000

    nonisolated let unownedExecutor: UnownedSerialExecutor
    private let executor: SerialThreadExecutor
    private let log: any LogStorage
    private let follower: CatalogFollower
    private let publication: Publication

    // The log's tree; nil when it is not signed any more.
    private var tree: LogTree?

    // Which records there are; nil until it has been read from the catalog.
    private var known: KnownRecords?
    // The segment that was appended to last.
    private var lastSegment: UInt64?
    // The last record appended by this process.
    private var lastRecordID: Digest?
    // What is to be done with the filter from time to time, and the log's size at the last time.
    private var keepFilter: (@Sendable (FilterFile.Content) -> Void)?
    private var keptSize: UInt64 = 0
    private var waiting: [Waiting] = []
    private var waitingBytes = 0
    private var isCommitScheduled = false

    /// Creates the writer of a log that lives on the same thread.
    init(
        log: any LogStorage, tree: LogTree?, publication: Publication,
        follower: CatalogFollower, executor: SerialThreadExecutor
    ) {
        self.log = log
        self.tree = tree
        self.publication = publication
        self.follower = follower
        self.executor = executor
        self.unownedExecutor = executor.asUnownedSerialExecutor()
    }

    /// Tells the writer which records there are, and what to do with their filter each time the log
    /// has grown by many.
    func start(
        _ known: sending KnownRecords, keepFilter: @escaping @Sendable (FilterFile.Content) -> Void
    ) {
        self.known = known
        self.keepFilter = keepFilter
        self.keptSize = self.log.size
    }

    /// The filter of known records; nil if nothing was appended.
    var filter: FilterFile.Content? {
        guard let known = self.known, let lastRecordID = self.lastRecordID else { return nil }
        return FilterFile.Content(
            logSize: self.log.size, lastRecordID: lastRecordID, filter: known.filter)
    }

    /// Takes a submission into the next group.
    func submit(
        _ submission: PreparedSubmission, _ answers: CatalogAnswers
    ) async throws(StoreError) -> Outcome {
        if let refusal = self.publication.refusal { throw refusal }
        let bytes = submission.wholeFrame.body.count
        guard self.waitingBytes + bytes <= Self.maximumWaitingBytes else {
            throw StoreError(.overloaded, "\(self.waitingBytes) bytes wait to be written")
        }
        let result = await withCheckedContinuation { continuation in
            self.waiting.append(
                Waiting(submission: submission, answers: answers, continuation: continuation))
            self.waitingBytes += bytes
            self.scheduleCommit()
        }
        return try result.get()
    }

    /// Commits after what is enqueued on the thread already. The task ends with the group.
    private func scheduleCommit() {
        guard !self.isCommitScheduled, !self.waiting.isEmpty else { return }
        self.isCommitScheduled = true
        Task { await self.commit() }
    }

    private func commit() async {
        let decisions = self.decide(on: self.takeGroup())
        do throws(StoreError) {
            try await self.append(decisions.admitted.filter { !$0.appended.isEmpty })
            self.answer(decisions)
        } catch {
            self.takeBack(decisions, error)
        }
        self.keepFilterIfDue()
        self.isCommitScheduled = false
        self.scheduleCommit()
    }

    /// Appends what is new of a group; on return it is durable, and in the tree.
    private func append(_ admitted: [Admitted]) async throws(StoreError) {
        guard !admitted.isEmpty else { return }
        // What could not be published before goes first: the log grows only as far as it is signed.
        _ = try self.publish().get()
        let growth: LogTree.Growth?
        do throws(FileError) {
            growth = try self.tree?.grow(by: admitted.lazy.map(\.leaves).joined())
        } catch {
            throw StoreError(error)
        }
        let frames = admitted.map { $0.waiting.submission.frame(appending: $0.appended) }
        let locations = try await self.log.append(frames)
        if let growth { self.tree?.take(growth) }
        self.noteSegment(of: locations)
        self.lastRecordID = admitted.last?.lastRecordID
        self.follower.follow(
            zip(admitted, locations).map {
                $0.waiting.submission.catalogFrame(appending: $0.appended, at: $1)
            })
    }

    /// Makes the tree durable with each segment that begins, so that a start after a crash has no
    /// more to make good than what is in the last one.
    private func noteSegment(of locations: [FrameLocation]) {
        guard let segment = locations.last?.segment, segment != self.lastSegment else { return }
        self.lastSegment = segment
        // Where this fails the next start takes longer: nothing rests on it.
        try? self.tree?.synchronize()
    }

    /// Makes hashes and checkpoints durable, as far as the log is in order.
    func synchronizeTree() throws(StoreError) {
        guard self.publication.refusal == nil else { return }
        do throws(FileError) { try self.tree?.synchronize() } catch { throw StoreError(error) }
    }

    private func keepFilterIfDue() {
        guard self.log.size - self.keptSize >= Self.recordsBetweenFilters,
            let filter = self.filter
        else { return }
        self.keptSize = self.log.size
        self.keepFilter?(filter)
    }

    /// Takes what waits, at least one submission and no more than a group may hold.
    private func takeGroup() -> [Waiting] {
        var bytes = 0
        let end = self.waiting.firstIndex { waiting in
            bytes += waiting.submission.wholeFrame.body.count
            return bytes > Self.maximumGroupBytes
        }
        let group = Array(self.waiting.prefix(max(1, end ?? self.waiting.count)))
        self.waiting.removeFirst(group.count)
        self.waitingBytes -= group.reduce(0) { $0 + $1.submission.wholeFrame.body.count }
        return group
    }

    /// Decides on each submission of a group in turn; sends those back that need the catalog.
    private func decide(on group: [Waiting]) -> Decisions {
        var next = self.log.size
        self.known?.advance(logSize: next, catalogSize: self.follower.catalogSize)
        var decisions = Decisions()
        for waiting in group {
            switch self.known?.admit(waiting.submission, at: next, waiting.answers) {
            case .admitted(let leafIndexes, let appended)?:
                let runs = [BatchRun](leafIndexes: leafIndexes)
                if let error = Self.scattered(runs) {
                    self.known?.forget(appended, of: waiting.submission)
                    decisions.refused.append((waiting, error))
                    continue
                }
                next += UInt64(appended.count)
                decisions.admitted.append(
                    Admitted(waiting: waiting, runs: runs, appended: appended))
            case .conflict(let conflict)?:
                let error = StoreError(
                    .conflict,
                    "record \(conflict.position) of the batch conflicts with \(conflict.standing)",
                    conflict: conflict)
                decisions.refused.append((waiting, error))
            case .outOfOrder(let disorder)?:
                let error = StoreError(
                    .outOfOrder,
                    "record \(disorder.position) of the batch does not follow the version before it",
                    disorder: disorder)
                decisions.refused.append((waiting, error))
            case .unsure(let positions)?:
                waiting.continuation.resume(returning: .success(.unsure(positions)))
            case nil:
                let error = StoreError(.catalogBehind, "the catalog has not been read yet")
                decisions.refused.append((waiting, error))
            }
        }
        return decisions
    }

    /// Why a batch with these runs is refused; nil if a receipt can prove all of them.
    private static func scattered(_ runs: [BatchRun]) -> StoreError? {
        let count = runs.count <= Batch.maximumRanges ? 0 : runs.ranges.count
        guard count > Batch.maximumRanges else { return nil }
        return StoreError(
            .scattered,
            "records of the batch stand at \(count) separate places of the log, at most "
                + "\(Batch.maximumRanges) can be proven in one receipt")
    }

    private func takeBack(_ decisions: Decisions, _ error: StoreError) {
        for one in decisions.admitted {
            self.known?.forget(one.appended, of: one.waiting.submission)
            one.waiting.continuation.resume(returning: .failure(error))
        }
        for one in decisions.refused {
            one.waiting.continuation.resume(returning: .failure(error))
        }
    }

    /// Publishes the tree, and answers under its checkpoint.
    private func answer(_ decisions: Decisions) {
        for one in decisions.refused {
            one.waiting.continuation.resume(returning: .failure(one.error))
        }
        guard !decisions.admitted.isEmpty else { return }
        let published = self.publish()
        for one in decisions.admitted {
            one.waiting.continuation.resume(
                returning: published.map { tree in
                    .done(
                        SubmissionOutcome(runs: one.runs, appended: one.appended.count, tree: tree))
                })
        }
    }

    /// Where the checkpoint cannot be kept, what was appended stands all the same: submitted again
    /// it is a repeat.
    private func publish() -> Result<PublishedTree, StoreError> {
        do throws(StoreError) {
            guard let tree = try self.tree?.publish() else {
                throw StoreError(.closed, "the log has no tree")
            }
            self.publication.publish(tree)
            return .success(tree)
        } catch {
            return .failure(error)
        }
    }
}
