import Synchronization

/// What of the log's tree is published, shared by the writer and all readers.
final class Publication: Sendable {
    private struct State {
        var tree: PublishedTree?
        var waiters = SizeWaiters()
        var isClosed = false
    }

    private static let closed = SizeWaiters.Answer.failure(
        StoreError(.closed, "the store is closed"))

    private let state: Mutex<State>
    /// Why nothing is published any more; nil while the log's tree grows.
    let refusal: StoreError?

    /// Takes what was published when the log was opened.
    init(_ tree: PublishedTree?, refusal: StoreError? = nil) {
        self.state = Mutex(State(tree: tree))
        self.refusal = refusal
    }

    /// The newest published tree; nil if nothing that was published checks.
    var tree: PublishedTree? { self.state.withLock { $0.tree } }

    /// Publishes a tree.
    func publish(_ tree: PublishedTree) {
        let reached = self.state.withLock { state in
            state.tree = tree
            return state.waiters.remove(reached: tree.size)
        }
        for continuation in reached { continuation.resume(returning: .success(true)) }
    }

    /// Waits until a tree of more leaves than `size` is published, at most until a deadline; says
    /// whether one is.
    ///
    /// Throws `cancelled` or `closed`.
    func wait(
        beyond size: UInt64, until deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> Bool {
        let id = self.state.withLock { $0.waiters.makeID() }
        return try await SizeWaiters.wait(until: deadline) { continuation in
            self.enqueue(id, beyond: size, until: deadline, continuation)
        } end: { answer in
            self.end(id, answer)
        }
    }

    /// Ends all waiting.
    func close() {
        let waiting = self.state.withLock { state in
            state.isClosed = true
            return state.waiters.remove(reached: .max)
        }
        for continuation in waiting {
            continuation.resume(returning: Self.closed)
        }
    }

    private func enqueue(
        _ id: SizeWaiters.ID, beyond size: UInt64, until deadline: ContinuousClock.Instant,
        _ continuation: SizeWaiters.Continuation
    ) {
        let answer: SizeWaiters.Answer? = self.state.withLock { state in
            if let tree = state.tree, tree.size > size { return .success(true) }
            if state.isClosed { return Self.closed }
            if let answer = SizeWaiters.isOver(deadline) { return answer }
            state.waiters.insert(id, size + 1, continuation)
            return nil
        }
        if let answer { continuation.resume(returning: answer) }
    }

    private func end(_ id: SizeWaiters.ID, _ answer: SizeWaiters.Answer) {
        self.state.withLock { $0.waiters.remove(id) }?.resume(returning: answer)
    }
}
