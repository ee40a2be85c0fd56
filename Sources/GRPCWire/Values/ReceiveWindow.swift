/// How many bytes the peer may send on a stream, and when it is granted more.
///
/// The window opens again only as messages are taken by their reader, so a slow reader stops the
/// peer. A message longer than the window gets a grant for the rest of it out of the connection's
/// `ReceiveBudget`, all at once: its transfer then costs one round trip, not one a window.
struct ReceiveWindow {
    private let initial: Int
    /// Bytes that the peer may send now.
    private(set) var open: Int
    /// Bytes that arrived and were not taken by the reader.
    private var held = 0

    init(initial: Int) {
        self.initial = initial
        self.open = initial
    }

    /// Notes bytes that arrived.
    mutating func received(_ count: Int) {
        self.open -= count
        self.held += count
    }

    /// Notes bytes that the reader took; by how much to open the window, 0 for not yet.
    mutating func taken(_ count: Int) -> Int {
        self.held = max(0, self.held - count)
        let increment = self.initial - self.held - self.open
        guard increment >= self.initial / 2 else { return 0 }
        self.open += increment
        return increment
    }

    /// What a message that misses `missing` bytes needs beyond the open window.
    func shortage(missing: Int) -> Int { max(0, missing - self.open) }

    /// Notes a grant.
    mutating func granted(_ count: Int) { self.open += count }
}

/// The memory that a connection's peer may fill with messages longer than their stream's window:
/// grants are given first come, first served while their sum stays below the limit, and one grant
/// is always given, so that each message gets through in time.
struct ReceiveBudget {
    struct Grant: Equatable {
        var stream: Int32
        var byteCount: Int
    }

    private let limit: Int
    private var inUse: [Int32: Int] = [:]
    private var total = 0
    private var waiting: [Grant] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Whether the grant is given now; if not, a later `release` gives it.
    mutating func request(_ grant: Grant) -> Bool {
        guard !self.waiting.contains(where: { $0.stream == grant.stream }) else { return false }
        guard self.waiting.isEmpty, self.fits(grant) else {
            self.waiting.append(grant)
            return false
        }
        self.give(grant)
        return true
    }

    /// Takes back all that a stream was granted or waits for; the grants that can be given now.
    mutating func release(_ stream: Int32) -> [Grant] {
        guard self.total > 0 || !self.waiting.isEmpty else { return [] }
        self.total -= self.inUse.removeValue(forKey: stream) ?? 0
        self.waiting.removeAll { $0.stream == stream }
        return self.giveWaiting()
    }

    private mutating func giveWaiting() -> [Grant] {
        var given: [Grant] = []
        while let next = self.waiting.first, self.fits(next) {
            self.waiting.removeFirst()
            self.give(next)
            given.append(next)
        }
        return given
    }

    private func fits(_ grant: Grant) -> Bool {
        self.total == 0 || self.total + grant.byteCount <= self.limit
    }

    private mutating func give(_ grant: Grant) {
        self.inUse[grant.stream, default: 0] += grant.byteCount
        self.total += grant.byteCount
    }
}
