import NIOCore

/// Counts events within spans of a fixed length that begin with their first event.
struct WindowedCounter {
    private let limit: Int
    private let window: TimeAmount
    private var count = 0
    private var start = NIODeadline.uptimeNanoseconds(0)

    init(limit: Int, window: TimeAmount) {
        self.limit = limit
        self.window = window
    }

    /// Counts one event; whether the limit still holds.
    mutating func count(at now: NIODeadline) -> Bool {
        if self.count == 0 || now - self.start >= self.window {
            self.start = now
            self.count = 0
        }
        self.count += 1
        return self.count <= self.limit
    }
}
