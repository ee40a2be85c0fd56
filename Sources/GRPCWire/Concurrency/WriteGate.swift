/// Where the writer of a stream waits while its peer takes nothing. Belongs to the event loop.
final class WriteGate {
    private var waiter: CheckedContinuation<Void, any Error>?
    /// Counts those who waited: a cancellation that comes late must not hit the next one.
    private var turn = 0
    private var failure: (any Error)?

    /// Lets the waiting writer go on.
    func open() {
        self.waiter?.resume()
        self.waiter = nil
    }

    /// Lets every writer fail from here on.
    func fail(_ error: any Error) {
        if self.failure == nil { self.failure = error }
        self.waiter?.resume(throwing: self.failure ?? error)
        self.waiter = nil
    }

    /// Throws if the stream takes no more.
    func check() throws {
        if let failure { throw failure }
    }

    /// Waits for `open`. Called on the event loop, by one writer at a time.
    func wait(on executor: EventLoopExecutor) async throws {
        self.turn += 1
        let turn = self.turn
        let reference = LoopReference(self, executor.eventLoop)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { self.wait($0) }
        } onCancel: {
            reference.execute { $0.cancelWaiter(of: turn) }
        }
    }

    private func wait(_ continuation: CheckedContinuation<Void, any Error>) {
        if let failure {
            continuation.resume(throwing: failure)
        } else if self.waiter != nil {
            continuation.resume(throwing: GRPCError(.invalidState, "stream has two writers"))
        } else if Task.isCancelled {
            continuation.resume(throwing: CancellationError())
        } else {
            self.waiter = continuation
        }
    }

    private func cancelWaiter(of turn: Int) {
        guard turn == self.turn else { return }
        self.waiter?.resume(throwing: CancellationError())
        self.waiter = nil
    }
}
