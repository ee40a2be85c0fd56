/// The machine's own clock.
public struct SystemClock: SyncClock {
    private static let start = ContinuousClock.now

    /// The clock.
    public init() {}

    /// Milliseconds since the program first asked.
    public var milliseconds: Int64 {
        let elapsed = Self.start.duration(to: .now).components
        return elapsed.seconds * 1_000 + elapsed.attoseconds / 1_000_000_000_000_000
    }

    /// Waits, or ends early with `CancellationError`.
    public func sleep(milliseconds: Int64) async throws {
        // Longer than any node runs without an event.
        try await Task.sleep(for: .milliseconds(min(milliseconds, 365 * 24 * 3_600_000)))
    }
}
