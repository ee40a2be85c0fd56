import DossierAPI
import DossierClient
import DossierCore
import Synchronization

/// A list that follows, taken up again whenever its connection is lost, and what came of it.
final class RecordTail: Sendable {
    private struct State {
        var request: ListRequest
        var stream: RecordStream
        var backoff = Backoff()
        var listingSince = ContinuousClock.now
        // Whether any page has come.
        var hasBegun = false
        var isListing = false
        var keptAt: ContinuousClock.Instant?
        var refused = 0
    }

    /// How long a checkpoint may be seen and not kept: then a later run does not know of it if the
    /// program is killed.
    private static let keepingInterval = Duration.seconds(30)
    /// A connection that lasted so long was none that is refused again and again.
    private static let steadiness = Duration.seconds(5)

    private let cursorFile: String?
    private let state: Mutex<State>

    init(_ request: ListRequest, _ form: OutputOptions.Form, cursorFile: String?) {
        self.cursorFile = cursorFile
        self.state = Mutex(State(request: request, stream: RecordStream(form)))
    }

    /// How many records were printed.
    var count: Int { self.state.withLock { $0.stream.count } }

    /// Tells how many they were.
    func tellCount() { Terminal.note("\(self.count) \(self.count == 1 ? "record" : "records")") }

    /// How many records came whose attestation does not check.
    var refused: Int { self.state.withLock { $0.refused } }

    /// Prints what comes until its task is cancelled.
    ///
    /// - Throws: what is no loss of the connection.
    func run(_ client: ExchangeClient, _ checkpoints: CheckpointKeeper) async throws {
        while !Task.isCancelled {
            let reason: String
            do {
                try await self.list(client, checkpoints)
                reason = "the node ended the list"
            } catch is CancellationError {
                return
            } catch let error as ExchangeError {
                if Task.isCancelled { return }
                guard error.isLoss else { throw error }
                reason = error.message
            }
            if Task.isCancelled { return }
            let (delay, hasBegun) = self.state.withLock { state in
                state.isListing = false
                return (state.backoff.next(), state.hasBegun)
            }
            Terminal.note(
                (hasBegun ? "the connection was lost: " : "") + reason.escapedForTerminal
                    + "; \(hasBegun ? "going on" : "trying again") in \(delay.inSeconds)")
            // That the sleep was cancelled is seen above.
            try? await Task.sleep(for: delay)
        }
    }

    /// Keeps the newest checkpoints at the end; while there is no connection, those that need no
    /// proof any more.
    func keep(_ checkpoints: CheckpointKeeper) async throws {
        guard self.state.withLock({ $0.isListing }) else { return try checkpoints.keepProven() }
        do {
            try await checkpoints.keep()
        } catch let error as ExchangeError {
            guard error.isLoss else { throw error }
            Terminal.warning(
                "the newest checkpoint was not kept: \(error.message.escapedForTerminal)")
        }
    }

    private func list(
        _ client: ExchangeClient, _ checkpoints: CheckpointKeeper
    ) async throws {
        let request = self.state.withLock { state in
            state.listingSince = .now
            return state.request
        }
        _ = try await client.list(
            request,
            onRefused: { record in
                Terminal.error(record.line)
                self.state.withLock { $0.refused += 1 }
            },
            onPage: { try await self.pageEnded(at: $0, checkpoints) },
            onRecord: { record in try self.state.withLock { try $0.stream.print(record) } })
    }

    /// All of a page is printed: from here on it goes on behind it.
    private func pageEnded(at cursor: [UInt8], _ checkpoints: CheckpointKeeper) async throws {
        let now = ContinuousClock.now
        let (isNew, isToBeKept) = self.state.withLock { state in
            state.hasBegun = true
            state.isListing = true
            let isToBeKept = state.keptAt.map { now - $0 > Self.keepingInterval } ?? true
            if isToBeKept { state.keptAt = now }
            if now - state.listingSince > Self.steadiness { state.backoff = Backoff() }
            guard !cursor.isEmpty, cursor != state.request.cursor else {
                return (false, isToBeKept)
            }
            state.request.cursor = cursor
            return (true, isToBeKept)
        }
        if isNew, let file = self.cursorFile { try CursorFile.write(cursor, to: file) }
        if isToBeKept { try await checkpoints.keep() }
    }
}

extension ExchangeError {
    /// Whether it may be another thing after a while: the connection or the node is gone, or the node
    /// has too much to do.
    fileprivate var isLoss: Bool { self.code == .unavailable || self.code == .overloaded }
}

/// How long to wait before trying again: longer each time, and never the same for all who wait.
struct Backoff {
    private static let longest = Duration.seconds(30)
    private var base = Duration.seconds(1)

    /// The next time to wait, from 0.5 to 30 seconds.
    mutating func next() -> Duration {
        let delay = self.base * Double.random(in: 0.5...1)
        self.base = min(self.base * 2, Self.longest)
        return delay
    }
}

extension Duration {
    /// Seconds with one decimal.
    fileprivate var inSeconds: String {
        let tenths = Int((self / .milliseconds(100)).rounded())
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
