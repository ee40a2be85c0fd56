/// Where a handler's connection is in its life, as a value: events go in, what to do comes out.
///
///     idle -> handshaking -> open -> closing -> closed
///                   \          \                 /
///                    +----------+---> broken ---+
///
/// Each state may also go straight to closed, when the channel does.
struct ConnectionLifecycle: ~Copyable {
    private enum State {
        /// The channel is not active yet.
        case idle
        /// Handshake messages are exchanged; writes wait.
        case handshaking
        /// Plaintext flows.
        case open
        /// Our close_notify is on its way; the peer's end is awaited.
        case closing
        /// The connection failed, our alert is on its way; the end of the transport is awaited.
        case broken
        /// The channel is closed, or has been told to.
        case closed
    }

    private var state = State.idle

    /// What a request to close, or the peer's close_notify, calls for.
    enum Closing: Equatable {
        /// Send what was flushed and close_notify, then wait for the peer's end.
        case sayGoodbye
        /// The same, but the peer has ended already: close when it has been sent.
        case answerGoodbye
        /// It is under way: wait.
        case wait
        /// Close the channel now.
        case closeChannel
        /// Nothing is left to do.
        case nothing
    }

    /// What the end of the transport means.
    enum Ending: Equatable {
        /// The peer went away while it was still to say something.
        case duringHandshake, truncated
        /// It was expected.
        case expected
    }

    /// What to do with bytes from the peer.
    enum Reading: Equatable { case handshake, deliver, discard, ignore }

    /// Whether writes are still taken.
    var takesWrites: Bool {
        switch self.state {
        case .idle, .handshaking, .open: return true
        case .closing, .broken, .closed: return false
        }
    }

    /// Whether plaintext can be encrypted now.
    var isOpen: Bool { self.state == .open }

    /// Whether bytes of the peer are awaited whatever the reader above asks for.
    var awaitsPeer: Bool {
        switch self.state {
        case .handshaking, .closing, .broken: return true
        case .idle, .open, .closed: return false
        }
    }

    /// What to do with bytes that arrived.
    var reading: Reading {
        switch self.state {
        case .handshaking: return .handshake
        case .open: return .deliver
        case .closing: return .discard
        case .idle, .broken, .closed: return .ignore
        }
    }

    /// The channel is active. True if the handshake begins with this.
    mutating func activated() -> Bool {
        switch self.state {
        case .idle:
            self.state = .handshaking
            return true
        case .handshaking, .open, .closing, .broken, .closed:
            return false
        }
    }

    /// The handshake has ended well. False if the channel was closed in the meantime.
    mutating func handshakeCompleted() -> Bool {
        switch self.state {
        case .handshaking:
            self.state = .open
            return true
        case .idle, .open, .closing, .broken, .closed:
            return false
        }
    }

    /// The connection broke. True if this is news; the channel then closes once the alert is out.
    mutating func failed() -> Bool {
        switch self.state {
        case .idle, .handshaking, .open:
            self.state = .broken
            return true
        case .closing, .broken, .closed:
            return false
        }
    }

    /// The channel's user wants it closed.
    mutating func closeRequested() -> Closing {
        switch self.state {
        case .idle, .handshaking, .closed:
            self.state = .closed
            return .closeChannel
        case .open:
            self.state = .closing
            return .sayGoodbye
        case .closing, .broken:
            return .wait
        }
    }

    /// The peer sent close_notify.
    mutating func peerClosed() -> Closing {
        switch self.state {
        case .open:
            self.state = .closing
            return .answerGoodbye
        case .closing:
            self.state = .closed
            return .closeChannel
        case .idle, .handshaking, .broken, .closed:
            return .nothing
        }
    }

    /// Nothing more is to be awaited of the peer. True if the channel is to be closed now.
    mutating func waitEnded() -> Bool {
        switch self.state {
        case .handshaking, .closing, .broken:
            self.state = .closed
            return true
        case .idle, .open, .closed:
            return false
        }
    }

    /// The channel is closed.
    mutating func deactivated() -> Ending {
        defer { self.state = .closed }
        switch self.state {
        case .handshaking: return .duringHandshake
        case .open: return .truncated
        case .idle, .closing, .broken, .closed: return .expected
        }
    }
}
