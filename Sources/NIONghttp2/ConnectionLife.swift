/// The life of a connection, from its first SETTINGS to its end.
///
///     idle -> open -> announced -> draining -> closed
///                  \-> lingering ------------/
struct ConnectionLife: ~Copyable {
    private enum State {
        /// Not active yet.
        case idle
        /// Takes and opens streams.
        case open
        /// A server told its peer that the end is near; streams under way to it are still taken.
        case announced
        /// Takes no new streams, finishes those that are open.
        case draining
        /// Failed: reads nothing more, and stays so that the peer can read why.
        case lingering
        /// Over.
        case closed
    }

    /// What the owner of the connection has to do.
    enum Action: Equatable {
        case none, start, announceEnd, refuseNewStreams, linger, close
    }

    private var state = State.idle

    /// Whether a stream can be opened.
    var isOpen: Bool { self.state == .open }

    /// Whether bytes from the peer mean anything.
    var takesInput: Bool {
        switch self.state {
        case .open, .announced, .draining: true
        case .idle, .lingering, .closed: false
        }
    }

    mutating func activated() -> Action {
        guard self.state == .idle else { return .none }
        self.state = .open
        return .start
    }

    /// A graceful end is wanted: by the owner, because of age, or after idleness.
    mutating func endRequested(by role: HTTP2Role) -> Action {
        switch self.state {
        case .idle:
            self.state = .closed
            return .close
        case .open:
            self.state = role == .server ? .announced : .draining
            return role == .server ? .announceEnd : .refuseNewStreams
        case .announced, .draining, .lingering, .closed:
            return .none
        }
    }

    /// The peer has seen the announcement, or had time enough to.
    mutating func announcementEnded() -> Action {
        guard self.state == .announced else { return .none }
        self.state = .draining
        return .refuseNewStreams
    }

    /// The peer takes no new streams any more.
    mutating func peerIsLeaving() {
        switch self.state {
        case .open, .announced: self.state = .draining
        case .idle, .draining, .lingering, .closed: break
        }
    }

    /// No stream is open.
    mutating func hasNoStreams() -> Action {
        guard self.state == .draining else { return .none }
        self.state = .closed
        return .close
    }

    mutating func failed() -> Action {
        switch self.state {
        case .idle:
            self.state = .closed
            return .close
        case .open, .announced, .draining:
            self.state = .lingering
            return .linger
        case .lingering, .closed:
            return .none
        }
    }

    /// The channel is closed; whether that was not expected.
    mutating func ended() -> Bool {
        defer { self.state = .closed }
        switch self.state {
        case .open, .announced: return true
        case .idle, .draining, .lingering, .closed: return false
        }
    }
}
