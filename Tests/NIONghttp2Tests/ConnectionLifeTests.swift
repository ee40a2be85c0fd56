import NIOCore
import Testing

@testable import NIONghttp2

@Suite("Connection life")
struct ConnectionLifeTests {
    @Test("a server announces its end, refuses streams, and closes when none is left")
    func gracefulServer() {
        var life = ConnectionLife()
        #expect(life.activated() == .start)
        #expect(life.endRequested(by: .server) == .announceEnd)
        #expect(life.hasNoStreams() == .none)
        #expect(life.announcementEnded() == .refuseNewStreams)
        #expect(life.announcementEnded() == .none)
        #expect(life.hasNoStreams() == .close)
        #expect(life.ended() == false)
    }

    @Test("a client refuses streams at once")
    func gracefulClient() {
        var life = ConnectionLife()
        _ = life.activated()
        #expect(life.endRequested(by: .client) == .refuseNewStreams)
        let (isOpen, takesInput) = (life.isOpen, life.takesInput)
        #expect(!isOpen)
        #expect(takesInput)
        #expect(life.hasNoStreams() == .close)
    }

    @Test("a failed connection lingers once and takes no input")
    func failure() {
        var life = ConnectionLife()
        _ = life.activated()
        #expect(life.failed() == .linger)
        #expect(life.failed() == .none)
        let takesInput = life.takesInput
        #expect(!takesInput)
        #expect(life.endRequested(by: .server) == .none)
    }

    @Test("an end before activation closes")
    func endedEarly() {
        var life = ConnectionLife()
        #expect(life.endRequested(by: .server) == .close)
        #expect(life.activated() == .none)
    }

    @Test("losing an open connection is not expected, losing a draining one is")
    func loss() {
        var open = ConnectionLife()
        _ = open.activated()
        #expect(open.ended() == true)
        var draining = ConnectionLife()
        _ = draining.activated()
        draining.peerIsLeaving()
        #expect(draining.ended() == false)
    }
}

@Suite("Connection watch")
struct ConnectionWatchTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private static func sight(
        after time: TimeAmount, streams: Int = 0, opened: Int = 0, hasPeerSettings: Bool = true,
        block: TimeAmount? = nil
    ) -> ConnectionWatch.Sight {
        ConnectionWatch.Sight(
            now: self.start + time, streamCount: streams, streamsOpened: opened,
            hasPeerSettings: hasPeerSettings, openBlockStart: block.map { self.start + $0 })
    }

    private static func watch(_ change: (inout HTTP2Limits) -> Void = { _ in }) -> ConnectionWatch {
        var limits = HTTP2Limits()
        change(&limits)
        var watch = ConnectionWatch(limits: limits)
        watch.begin(at: self.start)
        return watch
    }

    @Test("a connection without settings is given up after ten seconds")
    func noSettings() {
        var watch = Self.watch()
        #expect(watch.verdict(on: Self.sight(after: .seconds(10), hasPeerSettings: false)) == .well)
        let late = watch.verdict(on: Self.sight(after: .seconds(11), hasPeerSettings: false))
        #expect(late == .timedOut("no settings arrived"))
    }

    @Test("a header block that is not completed is given up after ten seconds")
    func slowHeaders() {
        var watch = Self.watch()
        let block = TimeAmount.seconds(5)
        #expect(watch.verdict(on: Self.sight(after: .seconds(15), block: block)) == .well)
        let late = watch.verdict(on: Self.sight(after: .seconds(16), block: block))
        #expect(late == .timedOut("header block was not completed"))
    }

    @Test("idle time is counted from the last stream, however short it was")
    func idle() {
        var watch = Self.watch { $0.idleTimeout = .seconds(60) }
        #expect(watch.verdict(on: Self.sight(after: .seconds(50), opened: 1)) == .well)
        #expect(watch.verdict(on: Self.sight(after: .seconds(109), opened: 1)) == .well)
        #expect(watch.verdict(on: Self.sight(after: .seconds(110), opened: 1)) == .endGracefully)
    }

    @Test("an old connection is ended however busy it is")
    func age() {
        var watch = Self.watch { $0.maximumAge = .seconds(60) }
        #expect(watch.verdict(on: Self.sight(after: .seconds(59), streams: 3)) == .well)
        #expect(watch.verdict(on: Self.sight(after: .seconds(60), streams: 3)) == .endGracefully)
    }

    @Test("silence with streams open is answered with a ping, then with the end")
    func keepalive() {
        var watch = Self.watch {
            $0.keepaliveInterval = .seconds(30)
            $0.keepaliveTimeout = .seconds(20)
        }
        #expect(watch.verdict(on: Self.sight(after: .seconds(29), streams: 1)) == .well)
        #expect(watch.verdict(on: Self.sight(after: .seconds(30), streams: 1)) == .ping)
        #expect(watch.verdict(on: Self.sight(after: .seconds(50), streams: 1)) == .well)
        #expect(
            watch.verdict(on: Self.sight(after: .seconds(51), streams: 1))
                == .timedOut("no sign of life"))
        watch.received()
        #expect(watch.verdict(on: Self.sight(after: .seconds(52), streams: 1)) == .well)
    }

    @Test("silence without streams is no reason to ask")
    func quietIdle() {
        var watch = Self.watch { $0.keepaliveInterval = .seconds(30) }
        #expect(watch.verdict(on: Self.sight(after: .seconds(31))) == .well)
    }
}
