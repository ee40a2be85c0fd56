/// Who waits for something to reach a size: the catalog, or the published tree.
struct SizeWaiters {
    /// Names one who waits.
    typealias ID = UInt64
    /// What one who waits is given: whether the size was reached, or why it will not be.
    typealias Answer = Result<Bool, StoreError>
    /// Gives it.
    typealias Continuation = CheckedContinuation<Answer, Never>

    private struct Waiter {
        var size: UInt64
        var continuation: Continuation
    }

    private var waiters: [ID: Waiter] = [:]
    private var nextID: ID = 0

    /// Whether nobody waits.
    var isEmpty: Bool { self.waiters.isEmpty }

    /// A name for somebody who is going to wait.
    mutating func makeID() -> ID {
        self.nextID += 1
        return self.nextID
    }

    /// Notes one who waits for a size.
    mutating func insert(_ id: ID, _ size: UInt64, _ continuation: Continuation) {
        self.waiters[id] = Waiter(size: size, continuation: continuation)
    }

    /// Takes out one who waits; nil if he has been answered.
    mutating func remove(_ id: ID) -> Continuation? {
        self.waiters.removeValue(forKey: id)?.continuation
    }

    /// Takes out those who wait for a size that is reached.
    mutating func remove(reached size: UInt64) -> [Continuation] {
        let reached = self.waiters.filter { $0.value.size <= size }
        for id in reached.keys { self.waiters[id] = nil }
        return reached.values.map(\.continuation)
    }
}

extension SizeWaiters {
    private static let cancelled = StoreError(.cancelled, "the caller was cancelled")

    /// What one is given at once who begins to wait when it is over: then whoever ends the wait has
    /// found nobody, or will not. nil while it is not.
    static func isOver(_ deadline: ContinuousClock.Instant?) -> Answer? {
        if Task.isCancelled { return .failure(Self.cancelled) }
        return deadline.map { $0 <= .now } ?? false ? .success(false) : nil
    }

    /// Waits for the answer that comes through the continuation given to `enqueue`: whether the size
    /// was reached before the deadline.
    ///
    /// At the deadline, or when the caller is cancelled, `end` is called with the answer to give.
    static func wait(
        until deadline: ContinuousClock.Instant?, _ enqueue: (Continuation) -> Void,
        end: @escaping @Sendable (Answer) -> Void
    ) async throws(StoreError) -> Bool {
        // Ends at the deadline, or is cancelled when the wait is over.
        let timer = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline)
                end(.success(false))
            }
        }
        defer { timer?.cancel() }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { enqueue($0) }
        } onCancel: {
            end(.failure(Self.cancelled))
        }
        return try answer.get()
    }
}
