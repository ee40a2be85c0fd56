import Synchronization

/// That the node shuts down, for calls that would go on until their peer ends them.
final class Shutdown: Sendable {
    private struct State {
        var hasBegun = false
        var nextID = 0
        var waiters: [Int: AsyncStream<Never>.Continuation] = [:]
    }

    private let state = Mutex(State())

    /// Ends what waits.
    func begin() {
        let waiters = self.state.withLock { state in
            state.hasBegun = true
            return state.waiters.values
        }
        for waiter in waiters { waiter.finish() }
    }

    /// Waits until it begins, or the task is cancelled.
    func wait() async {
        let (beginning, waiter) = AsyncStream<Never>.makeStream()
        let id = self.state.withLock { state in
            state.nextID += 1
            if state.hasBegun { waiter.finish() } else { state.waiters[state.nextID] = waiter }
            return state.nextID
        }
        for await _ in beginning {}
        self.state.withLock { $0.waiters[id] = nil }
    }
}
