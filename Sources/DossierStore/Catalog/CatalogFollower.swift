import DossierCore
import DossierCrypto
import MerkleLog
import Synchronization

/// Brings into the catalog what is appended to the log, behind the receipts.
///
/// Frames come from the writer in memory, or from the log when the catalog is further behind than
/// that. A little is gathered before it is taken in, since a transaction costs much more than a
/// record, unless somebody waits. When the catalog fails it is tried again after a while.
final class CatalogFollower: Sendable {
    /// Reads from a record's bytes what the catalog tells of it.
    typealias FactsReader = @Sendable (UnsafeRawBufferPointer) -> RecordFacts

    private struct State {
        // Frames that follow each other; none of them is in the catalog.
        var pending: [CatalogFrame] = []
        var pendingRecords = 0
        // Of them, those that do not speak for themselves.
        var pendingOfMore = 0
        // Taken in since the catalog was tidied.
        var untidyRecords = 0
        var position: CatalogPosition
        var isRunning = false
        var isClosed = false
        // What runs, or ran last, and within it what waits for more frames to come together.
        var running: Task<Void, Never>?
        var gathering: Task<Void, Never>?
        // What the last attempt failed with; nil after one that did not.
        var failure: StoreError?
        var waiters = SizeWaiters()
    }

    // One transaction's records. More would keep readers' snapshots and memory too long.
    private static let transactionRecords = 20_000
    // Beyond this the writer has to wait.
    private static let maximumPendingRecords = 60_000
    private static let maximumReadBytes = 16 << 20
    // Nobody sees it: whoever reads makes it urgent. A transaction of few records writes as many
    // pages of the index as one of many.
    private static let gatheringTime = Duration.milliseconds(200)
    private static let retryTime = Duration.seconds(1)
    // After a bulk load the next small transactions would pay for what it left to be merged.
    private static let recordsBetweenTidying = 20_000

    private let log: any LogStorage
    private let catalog: any Catalog
    private let facts: FactsReader
    private let state: Mutex<State>

    /// Creates a follower of a log, for a catalog that has followed it to a position.
    init(
        log: any LogStorage, catalog: any Catalog, position: CatalogPosition,
        facts: @escaping FactsReader
    ) {
        self.log = log
        self.catalog = catalog
        self.facts = facts
        self.state = Mutex(State(position: position))
    }

    /// Size of the log up to which everything is in the catalog.
    var catalogSize: UInt64 { self.state.withLock { $0.position.size } }

    /// What the catalog failed with when it was last tried; nil if it did not.
    var failure: StoreError? { self.state.withLock { $0.failure } }

    /// Takes frames that were appended to the log.
    func follow(_ frames: [CatalogFrame]) {
        self.state.withLock { state in
            state.pending += frames
            state.pendingRecords += frames.reduce(0) { $0 + $1.entries.count }
            state.pendingOfMore += frames.reduce(0) { $0 + $1.countOfMore }
        }
        self.run()
    }

    /// Whether all records that the catalog has not taken in yet, up to a size of the log, are known
    /// to speak for themselves: then it says of every record below that size whether it does.
    func knowsOfMore(below size: UInt64) -> Bool {
        self.state.withLock { state in
            if state.position.size >= size { return true }
            guard state.pending.first?.location.firstIndex == state.position.size,
                let end = state.pending.last?.location.endIndex
            else { return false }
            return end >= size && state.pendingOfMore == 0
        }
    }

    /// Waits until no more than a few transactions' records are pending.
    func waitForRoom() async throws(StoreError) {
        let excess = self.state.withLock { state in
            state.pendingRecords <= Self.maximumPendingRecords
                ? 0 : UInt64(state.pendingRecords - Self.maximumPendingRecords)
        }
        guard excess > 0 else { return }
        try await self.wait(for: self.catalogSize + excess)
    }

    /// Waits until the catalog has reached a size, at most until a deadline.
    ///
    /// Throws `catalogBehind` at the deadline, or what the catalog failed with.
    func wait(
        for size: UInt64, until deadline: ContinuousClock.Instant? = nil
    ) async throws(StoreError) {
        guard self.catalogSize < size else { return }
        let id = self.state.withLock { $0.waiters.makeID() }
        let isReached = try await SizeWaiters.wait(until: deadline) {
            self.enqueue(id, size, until: deadline, $0)
        } end: {
            self.end(id, $0)
        }
        guard isReached else {
            throw StoreError(.catalogBehind, "the catalog is behind the log")
        }
    }

    /// Waits for what is being taken in, and takes in no more.
    func close() async {
        let running = self.state.withLock { state in
            state.isClosed = true
            state.gathering?.cancel()
            return state.running
        }
        await running?.value
        let waiting = self.state.withLock { $0.waiters.remove(reached: .max) }
        for continuation in waiting { continuation.resume(returning: Self.closed) }
    }
}

// MARK: - Waiting

extension CatalogFollower {
    private static let closed = SizeWaiters.Answer.failure(
        StoreError(.closed, "the store is closed"))

    private func enqueue(
        _ id: SizeWaiters.ID, _ size: UInt64, until deadline: ContinuousClock.Instant?,
        _ continuation: SizeWaiters.Continuation
    ) {
        let answer: SizeWaiters.Answer? = self.state.withLock { state in
            if state.position.size >= size { return .success(true) }
            if state.isClosed { return Self.closed }
            if let answer = SizeWaiters.isOver(deadline) { return answer }
            state.waiters.insert(id, size, continuation)
            return nil
        }
        if let answer {
            continuation.resume(returning: answer)
        } else {
            self.run()
        }
    }

    private func end(_ id: SizeWaiters.ID, _ answer: SizeWaiters.Answer) {
        self.state.withLock { $0.waiters.remove(id) }?.resume(returning: answer)
    }
}

// MARK: - Following

extension CatalogFollower {
    /// Follows until the log's end is reached, after letting some frames come together unless
    /// there are many or somebody waits.
    private func run() {
        self.state.withLock { state in
            let isUrgent =
                state.pendingRecords >= Self.transactionRecords || !state.waiters.isEmpty
            if isUrgent { state.gathering?.cancel() }
            guard !state.isRunning, !state.isClosed else { return }
            state.isRunning = true
            // Both end by themselves, the second at the log's end or with the first failure.
            let gathering = Task {
                guard !isUrgent else { return }
                // Cancelled when it becomes urgent.
                try? await Task.sleep(for: Self.gatheringTime)
            }
            state.gathering = gathering
            state.running = Task {
                await gathering.value
                while await self.step() {}
            }
        }
    }

    /// Takes in one transaction's frames, or tidies the catalog a little when there are none; false
    /// when there is nothing to do, or it failed.
    private func step() async -> Bool {
        do throws(StoreError) {
            switch try await self.next() {
            case .take(let frames):
                try await self.catalog.apply(frames)
                self.finish(frames)
            case .tidy:
                let isTidy = try await !self.catalog.tidy()
                self.state.withLock { state in
                    state.failure = nil
                    if isTidy { state.untidyRecords = 0 }
                }
            case .nothing: return false
            }
            return true
        } catch {
            self.fail(error)
            return false
        }
    }

    private enum Work {
        case take([CatalogFrame])
        case tidy
        case nothing
    }

    /// What is to be done next; with nothing, it is no longer running.
    private func next() async throws(StoreError) -> Work {
        enum Source {
            case memory([CatalogFrame])
            case log(after: FrameLocation?)
            case none(Work)
        }
        let source = self.state.withLock { state -> Source in
            let isBehind = state.position.size < self.log.size
            guard isBehind, !state.isClosed else {
                if state.untidyRecords >= Self.recordsBetweenTidying, !state.isClosed {
                    return .none(.tidy)
                }
                state.isRunning = false
                return .none(.nothing)
            }
            guard state.pending.first?.location.firstIndex == state.position.size else {
                return .log(after: state.position.lastFrame)
            }
            return .memory(Self.transaction(of: state.pending))
        }
        switch source {
        case .memory(let frames): return .take(frames)
        case .none(let work): return work
        case .log(let location): return .take(try await self.read(after: location))
        }
    }

    private static func transaction(of frames: [CatalogFrame]) -> [CatalogFrame] {
        var count = 0
        let end = frames.dropFirst().firstIndex { frame in
            count += frame.entries.count
            return count + (frames.first?.entries.count ?? 0) > Self.transactionRecords
        }
        return Array(frames.prefix(upTo: end ?? frames.endIndex))
    }

    private func read(after location: FrameLocation?) async throws(StoreError) -> [CatalogFrame] {
        let logged = try await self.log.frames(
            after: location, maximumBytes: Self.maximumReadBytes)
        var frames: [CatalogFrame] = []
        for frame in logged { frames.append(try self.catalogFrame(frame)) }
        return Self.transaction(of: frames)
    }

    private func catalogFrame(_ frame: LoggedFrame) throws(StoreError) -> CatalogFrame {
        let entries = frame.body.withUnsafeBytes { body -> (FrameHead, [CatalogEntry])? in
            guard let head = FrameHead(decoding: body, recordCount: frame.location.recordCount),
                head.recordRanges.last?.upperBound == body.count
            else { return nil }
            // What has no bytes is a leaf of a mirror, of which there is the hash alone.
            let held = zip(head.appended, head.recordRanges).enumerated().filter { _, leaf in
                !leaf.1.isEmpty
            }
            let entries = held.map { offset, leaf in
                CatalogEntry(
                    recordID: head.leafHashes[leaf.0], offset: offset,
                    facts: self.facts(UnsafeRawBufferPointer(rebasing: body[leaf.1])))
            }
            return (head, entries)
        }
        guard let (head, entries) = entries else {
            throw StoreError(
                .corrupted, "the frame of leaf \(frame.location.firstIndex) contradicts itself")
        }
        return CatalogFrame(
            location: frame.location, batchRoot: Tree.root(of: head.leafHashes),
            batchSize: head.leafHashes.count, entries: entries, lastLeaf: head.lastLeaf)
    }

    private func finish(_ frames: [CatalogFrame]) {
        guard let last = frames.last else { return }
        let reached = self.state.withLock { state in
            state.position = CatalogPosition(
                size: last.location.endIndex, lastFrame: last.location,
                lastLeaf: last.lastLeaf)
            state.failure = nil
            state.untidyRecords += frames.reduce(0) { $0 + $1.entries.count }
            let done = state.pending.prefix { $0.location.endIndex <= state.position.size }
            state.pendingRecords -= done.reduce(0) { $0 + $1.entries.count }
            state.pendingOfMore -= done.reduce(0) { $0 + $1.countOfMore }
            state.pending.removeFirst(done.count)
            return state.waiters.remove(reached: state.position.size)
        }
        for continuation in reached { continuation.resume(returning: .success(true)) }
    }

    /// Tells all who wait, and tries again later.
    private func fail(_ error: StoreError) {
        let waiting = self.state.withLock { state in
            state.failure = error
            state.isRunning = false
            return state.waiters.remove(reached: .max)
        }
        for continuation in waiting { continuation.resume(returning: .failure(error)) }
        // A log that does not check will not do so later either.
        guard error.code != .corrupted else { return }
        // Ends after one attempt to start; after closing that does nothing.
        Task { [weak self] in
            try? await Task.sleep(for: Self.retryTime)
            self?.run()
        }
    }
}
