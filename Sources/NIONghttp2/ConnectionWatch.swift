import NIOCore

/// Decides once a tick whether a connection is well, by what was seen since the tick before.
struct ConnectionWatch {
    /// The state of the connection at a tick.
    struct Sight {
        var now: NIODeadline
        var streamCount: Int
        var streamsOpened: Int
        var hasPeerSettings: Bool
        var openBlockStart: NIODeadline?
    }

    enum Verdict: Equatable {
        case well
        case ping
        case endGracefully
        case timedOut(String)
    }

    private let limits: HTTP2Limits
    private var start = NIODeadline.uptimeNanoseconds(0)
    private var lastHeard = NIODeadline.uptimeNanoseconds(0)
    private var lastBusy = NIODeadline.uptimeNanoseconds(0)
    private var streamsOpened = 0
    private var hasHeard = false
    private var pinged: NIODeadline?

    init(limits: HTTP2Limits) {
        self.limits = limits
    }

    mutating func begin(at now: NIODeadline) {
        self.start = now
        self.lastHeard = now
        self.lastBusy = now
    }

    /// Bytes arrived. Noted without asking for the time: this happens on every read.
    mutating func received() {
        self.hasHeard = true
    }

    mutating func verdict(on sight: Sight) -> Verdict {
        self.note(sight)
        if let start = sight.openBlockStart, sight.now - start > self.limits.headerBlockTimeout {
            return .timedOut("header block was not completed")
        }
        if !sight.hasPeerSettings, sight.now - self.start > self.limits.settingsTimeout {
            return .timedOut("no settings arrived")
        }
        if let limit = self.limits.idleTimeout, sight.now - self.lastBusy >= limit {
            return .endGracefully
        }
        if let limit = self.limits.maximumAge, sight.now - self.start >= limit {
            return .endGracefully
        }
        return self.keepalive(sight)
    }

    private mutating func note(_ sight: Sight) {
        if self.hasHeard {
            self.lastHeard = sight.now
            self.pinged = nil
        }
        self.hasHeard = false
        if sight.streamCount > 0 || sight.streamsOpened != self.streamsOpened {
            self.lastBusy = sight.now
        }
        self.streamsOpened = sight.streamsOpened
    }

    private mutating func keepalive(_ sight: Sight) -> Verdict {
        if let pinged {
            let isLate = sight.now - pinged > self.limits.keepaliveTimeout
            return isLate ? .timedOut("no sign of life") : .well
        }
        guard let interval = self.limits.keepaliveInterval, sight.streamCount > 0,
            sight.now - self.lastHeard >= interval
        else { return .well }
        self.pinged = sight.now
        return .ping
    }
}
