import Testing

@testable import NIOOpenSSL

@Suite("A connection's life as a value")
struct ConnectionLifecycleTests {
    enum State: CaseIterable { case idle, handshaking, open, closing, broken, closed }

    /// A life that has come to `state` by the shortest way.
    private static func life(in state: State) -> ConnectionLifecycle {
        var life = ConnectionLifecycle()
        if state == .idle { return life }
        _ = life.activated()
        if state == .handshaking { return life }
        _ = life.handshakeCompleted()
        switch state {
        case .idle, .handshaking, .open: break
        case .closing: _ = life.closeRequested()
        case .broken: _ = life.failed()
        case .closed: _ = life.deactivated()
        }
        return life
    }

    @Test("what is done with bytes of the peer, and whether they are awaited")
    func reading() {
        let expected: [(State, ConnectionLifecycle.Reading, Bool)] = [
            (.idle, .ignore, false), (.handshaking, .handshake, true), (.open, .deliver, false),
            (.closing, .discard, true), (.broken, .ignore, true), (.closed, .ignore, false),
        ]
        for (state, reading, isAwaited) in expected {
            let life = Self.life(in: state)
            // A value that cannot be copied is looked at outside of the macro.
            let (found, awaits) = (life.reading, life.awaitsPeer)
            #expect(found == reading, "\(state)")
            #expect(awaits == isAwaited, "\(state)")
        }
    }

    @Test("writes are taken until the end begins, and encrypted only while open")
    func writing() {
        for state in State.allCases {
            let life = Self.life(in: state)
            let (takesWrites, isOpen) = (life.takesWrites, life.isOpen)
            #expect(takesWrites == [.idle, .handshaking, .open].contains(state), "\(state)")
            #expect(isOpen == (state == .open), "\(state)")
        }
    }

    @Test("a handshake begins once")
    func activation() {
        for state in State.allCases {
            var life = Self.life(in: state)
            let begins = life.activated()
            #expect(begins == (state == .idle), "\(state)")
        }
    }

    @Test("a handshake that ends opens the connection, unless it was closed meanwhile")
    func completion() {
        for state in State.allCases {
            var life = Self.life(in: state)
            let opens = life.handshakeCompleted()
            #expect(opens == (state == .handshaking), "\(state)")
        }
    }

    @Test("what a request to close and the peer's close_notify call for")
    func closing() {
        let expected: [(State, ConnectionLifecycle.Closing, ConnectionLifecycle.Closing)] = [
            (.idle, .closeChannel, .nothing), (.handshaking, .closeChannel, .nothing),
            (.open, .sayGoodbye, .answerGoodbye), (.closing, .wait, .closeChannel),
            (.broken, .wait, .nothing), (.closed, .closeChannel, .nothing),
        ]
        for (state, whenRequested, whenPeerCloses) in expected {
            var asked = Self.life(in: state)
            let request = asked.closeRequested()
            #expect(request == whenRequested, "\(state)")
            var left = Self.life(in: state)
            let farewell = left.peerClosed()
            #expect(farewell == whenPeerCloses, "\(state)")
        }
    }

    @Test("a failure is news once, and nothing is delivered or taken after it")
    func failure() {
        for state in State.allCases {
            var life = Self.life(in: state)
            let isNews = life.failed()
            #expect(isNews == [.idle, .handshaking, .open].contains(state), "\(state)")
            let (takesWrites, reading) = (life.takesWrites, life.reading)
            #expect(!takesWrites, "\(state)")
            #expect(reading == (state == .closing ? .discard : .ignore), "\(state)")
            let isNewsAgain = life.failed()
            #expect(!isNewsAgain, "\(state)")
        }
    }

    @Test("the end of a wait closes the channel once, and only if there was one")
    func waiting() {
        for state in State.allCases {
            var life = Self.life(in: state)
            let closes = life.waitEnded()
            #expect(closes == [.handshaking, .closing, .broken].contains(state), "\(state)")
            let closesAgain = life.waitEnded()
            #expect(!closesAgain, "\(state)")
        }
    }

    @Test("what the end of the transport means")
    func ending() {
        for state in State.allCases {
            var life = Self.life(in: state)
            let ending = life.deactivated()
            switch state {
            case .handshaking: #expect(ending == .duringHandshake)
            case .open: #expect(ending == .truncated)
            case .idle, .closing, .broken, .closed: #expect(ending == .expected, "\(state)")
            }
            let again = life.deactivated()
            #expect(again == .expected, "\(state)")
        }
    }
}
