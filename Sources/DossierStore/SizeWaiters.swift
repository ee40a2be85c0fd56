/// Who waits for something to reach a size: the catalog, or the published tree.
struct SizeWaiters {
    /// Names one who waits.
    typealias ID = UInt64
    /// What one who waits is given.
    typealias Continuation = CheckedContinuation<Result<Void, StoreError>, Never>

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
    /// What one who was cancelled is given.
    static let cancelled = StoreError(.cancelled, "the caller was cancelled")

    /// Waits for a result that comes through the continuation given to `enqueue`.
    ///
    /// At the deadline, or when the caller is cancelled, `end` is called with the error to give.
    static func wait(
        until deadline: ContinuousClock.Instant?, _ enqueue: (Continuation) -> Void,
        end: @escaping @Sendable (StoreError) -> Void
    ) async throws(StoreError) {
        // Ends at the deadline, or is cancelled when the wait is over.
        let timer = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline)
                end(StoreError(.catalogBehind, "the catalog is behind the log"))
            }
        }
        defer { timer?.cancel() }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { enqueue($0) }
        } onCancel: {
            end(Self.cancelled)
        }
        try result.get()
    }
}
