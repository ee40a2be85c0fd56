import Glibc

/// A progress bar on standard error, drawn only when that is a terminal.
struct ProgressBar {
    private static let width = 30
    /// How often the bar is drawn anew, in nanoseconds.
    private static let interval: UInt64 = 100_000_000

    private let label: String
    private let total: Int?
    private let isShown: Bool
    private let begin = ContinuousClock.now
    private var drawn: UInt64 = 0

    /// A bar for `total` steps; without a total only the count is shown.
    init(_ label: String, total: Int?) {
        self.label = label
        self.total = total
        self.isShown = Terminal.remarksArePrintedToTerminal
    }

    /// Shows that `done` steps are done.
    mutating func update(_ done: Int) {
        let now = monotonicNanoseconds()
        guard self.isShown, now - self.drawn > Self.interval || done == self.total else { return }
        self.drawn = now
        Terminal.write("\r\u{1B}[K\(self.line(done))", to: STDERR_FILENO)
    }

    /// Takes the bar away.
    func finish() {
        if self.isShown { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }

    private func line(_ done: Int) -> String {
        let seconds = max((ContinuousClock.now - self.begin) / .seconds(1), 0.001)
        let rate = "\(Int(Double(done) / seconds))/s"
        guard let total = self.total, total > 0 else { return "\(self.label) \(done)  \(rate)" }
        let filled = Self.width * min(done, total) / total
        let bar =
            String(repeating: "#", count: filled)
            + String(repeating: "-", count: Self.width - filled)
        return "\(self.label) [\(bar)] \(done)/\(total)  \(rate)"
    }
}

private func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}
