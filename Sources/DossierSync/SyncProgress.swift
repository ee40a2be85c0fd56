import DossierAPI

/// How syncing with a peer goes, as a machine sees it. Times are milliseconds of the ``SyncClock``.
struct SyncProgress: Sendable {
    /// Over which the rate is taken.
    private static let rateSpan: Int64 = 5_000

    /// What is being done.
    var state = SyncState.connecting
    /// Bytes of messages received.
    var receivedBytes: UInt64 = 0
    /// Records that came and are not released to this organisation.
    var notReleased: UInt64 = 0
    /// Records that came after their leaves.
    var late: UInt64 = 0
    /// Rounds that were asked for, and how they ended.
    var rounds = 0
    var failedRounds = 0
    /// How long it is waited before the next attempt.
    var nextAttempt: Int64 = 0
    /// When the peer was heard last; nil for never.
    private(set) var heardAt: Int64?
    /// When the mirror was complete last; nil for never.
    var completeAt: Int64?
    /// What failed since the last success, and when.
    private(set) var failure: SyncFailure?
    private(set) var failedAt: Int64?
    // On which path.
    private var failedPath: String?
    private var samples: [(at: Int64, leaves: UInt64)] = []

    /// Notes that an answer of the peer checked.
    mutating func hear(at now: Int64) { self.heardAt = now }

    /// Notes what failed, on a path or on none.
    mutating func fail(_ failure: SyncFailure, of path: String?, at now: Int64) {
        self.failure = failure
        self.failedPath = path
        self.failedAt = now
    }

    /// Notes that things are well again on a path. What failed on the log's own node's still is to be
    /// told, while the log comes from another.
    mutating func clearError(of path: String?, originator: String) {
        guard let failure = self.failure else { return }
        let isOfOther = self.failedPath == originator && path != originator
        if !isOfOther || failure.code == .storage { self.forgive() }
    }

    /// Forgets what failed, on the operator's word.
    mutating func forgive() {
        self.failure = nil
        self.failedPath = nil
        self.failedAt = nil
    }

    /// Notes leaves that were kept.
    mutating func take(leaves: UInt64, at now: Int64) {
        self.samples.removeAll { now - $0.at > Self.rateSpan }
        // One sample for each tenth of a second is fine enough.
        if let last = self.samples.last, now - last.at < 100 {
            self.samples[self.samples.count - 1].leaves += leaves
        } else {
            self.samples.append((now, leaves))
        }
    }

    /// Leaves kept a second, over the last seconds.
    func rate(at now: Int64) -> UInt64 {
        let recent = self.samples.filter { now - $0.at <= Self.rateSpan }
        guard let first = recent.first else { return 0 }
        let span = max(now - first.at, 1_000)
        return recent.reduce(0) { $0 + $1.leaves } * 1_000 / UInt64(span)
    }
}

/// How many messages that bring nothing a peer may still send: some at once, and one each so many
/// milliseconds, a second unless told otherwise.
struct IdleAllowance: Sendable {
    private let interval: Int64
    private var limit: Int
    private var left: Int
    private var countedAt: Int64

    init(_ limit: Int = 0, each interval: Int64 = 1_000, at now: Int64 = 0) {
        self.interval = interval
        self.limit = limit
        self.left = limit
        self.countedAt = now
    }

    /// Counts a message; false if it is one too many.
    mutating func allows(at now: Int64) -> Bool {
        let earned = (now - self.countedAt) / self.interval
        if earned > 0 {
            self.left = min(self.limit, self.left + Int(clamping: earned))
            self.countedAt += earned * self.interval
        }
        guard self.left > 0 else { return false }
        self.left -= 1
        return true
    }
}
