import Synchronization

/// How many leaves an audit has read, told to whoever watches. Threads share it.
final class AuditMeter: Sendable {
    private let done: Mutex<UInt64>
    private let total: UInt64
    private let tell: @Sendable (_ done: UInt64, _ total: UInt64) -> Void

    /// Begins at a leaf.
    init(
        from done: UInt64, of total: UInt64,
        _ tell: @escaping @Sendable (_ done: UInt64, _ total: UInt64) -> Void
    ) {
        self.done = Mutex(done)
        self.total = total
        self.tell = tell
        tell(done, total)
    }

    /// Adds leaves.
    func add(_ count: UInt64) {
        let done = self.done.withLock { done in
            done += count
            return done
        }
        self.tell(done, self.total)
    }
}
