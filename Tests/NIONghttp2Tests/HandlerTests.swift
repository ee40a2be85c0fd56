import NIOCore
import NIOEmbedded
import Testing

@testable import NIONghttp2

@Suite("HTTP/2 handlers back to back")
struct HandlerTests {
    @Test("a request with data is answered with headers, data and trailers")
    func exchange() throws {
        let pair = try HandlerPair()
        let (stream, events) = try pair.open()
        stream.send(Chunk(prefix: 1, prefixLength: 1, body: [2, 3]))
        stream.finish()
        try pair.pump()
        let served = try #require(pair.serverEvents.opened.first)
        #expect(served.events.headers == [HandlerPair.requestHeaders])
        #expect(served.events.data == [1, 2, 3])
        #expect(served.events.isEnded)

        served.stream.sendResponse(HandlerPair.responseHeaders, isEnd: false)
        served.stream.send(Chunk(body: [4, 5]))
        served.stream.finish(trailers: HeaderBlock(["grpc-status": "0"]))
        try pair.pump()
        #expect(events.headers == [HandlerPair.responseHeaders, HeaderBlock(["grpc-status": "0"])])
        #expect(events.data == [4, 5])
        #expect(events.isEnded)
        #expect(events.end == .code(.noError))
        #expect(served.events.end == .code(.noError))
        #expect(pair.clientHandler.streamCount == 0)
        #expect(pair.serverHandler.streamCount == 0)
    }

    @Test("data may follow after the queue has run dry")
    func resumed() throws {
        let pair = try HandlerPair()
        let (stream, _) = try pair.open()
        for byte in 0..<5 {
            stream.send(Chunk(body: [UInt8(byte)]))
            try pair.pump()
        }
        stream.finish()
        try pair.pump()
        let served = try #require(pair.serverEvents.opened.first)
        #expect(served.events.data == [0, 1, 2, 3, 4])
        #expect(served.events.isEnded)
    }

    @Test("a sender stops at the window and goes on when it opens")
    func flowControl() throws {
        let pair = try HandlerPair()
        let (stream, events) = try pair.open()
        stream.send(Chunk(body: [UInt8](repeating: 1, count: 400_000)))
        #expect(!stream.isWritable)
        try pair.pump()
        let served = try #require(pair.serverEvents.opened.first)
        #expect(served.events.data.count == 65_535)
        served.stream.openWindow(by: 300_000)
        try pair.pump()
        #expect(served.events.data.count == 365_535)
        #expect(stream.isWritable)
        #expect(events.couldSend == 1)
    }

    @Test("a response before the end of the request makes the client stop")
    func earlyResponse() throws {
        let pair = try HandlerPair()
        let (stream, events) = try pair.open()
        try pair.pump()
        let served = try #require(pair.serverEvents.opened.first)
        served.stream.sendResponse(HandlerPair.responseHeaders, isEnd: true)
        try pair.pump()
        #expect(events.isEnded)
        #expect(events.end == .code(.noError))
        stream.send(Chunk(body: [1]))
        try pair.pump()
        #expect(served.events.data.isEmpty)
    }

    @Test("a header list past the limit arrives cut and marked")
    func longHeaders() throws {
        let pair = try HandlerPair()
        var headers = HandlerPair.requestHeaders
        for _ in 0..<20 {
            headers.append(
                name: "x".utf8, value: [UInt8](repeating: UInt8(ascii: "v"), count: 900))
        }
        let events = StreamRecorder()
        _ = try pair.clientHandler.open(headers, isEnd: true, delegate: events)
        try pair.pump()
        let served = try #require(pair.serverEvents.opened.first)
        #expect(served.events.headers[0].isTruncated)
        #expect(served.events.headers[0].listBytes <= 16 * 1024)
    }

    @Test("more resets than the limit end the connection, as many as the limit do not")
    func rapidReset() throws {
        var limits = HTTP2Limits()
        limits.maximumResets = 10
        let pair = try HandlerPair(serverLimits: limits)
        for count in 1...11 {
            let (stream, _) = try pair.open()
            try pair.pump()
            stream.reset(.cancel)
            try pair.pump()
            #expect(pair.serverHandler.isOpen == (count <= 10))
        }
        try pair.advance(seconds: 1)
        #expect(pair.serverEvents.end == .some(HTTP2Error(.excessiveLoad, "")))
        #expect(pair.clientEvents.isDraining)
    }

    @Test("resets of answered streams are not counted")
    func resetAfterAnswer() throws {
        var limits = HTTP2Limits()
        limits.maximumResets = 2
        let pair = try HandlerPair(serverLimits: limits)
        pair.serverEvents.onOpen = { $0.sendResponse(HandlerPair.responseHeaders, isEnd: true) }
        for _ in 0..<20 {
            let (stream, _) = try pair.open()
            try pair.pump()
            stream.reset(.cancel)
            try pair.pump()
        }
        #expect(pair.serverHandler.isOpen)
    }

    @Test("a stream whose peer takes nothing is cut after the stall timeout")
    func stalled() throws {
        var limits = HTTP2Limits()
        limits.stallTimeout = .seconds(3)
        let pair = try HandlerPair(serverLimits: limits)
        let (_, events) = try pair.open(isEnd: true)
        try pair.pump()
        let served = try #require(pair.serverEvents.opened.first)
        served.stream.sendResponse(HandlerPair.responseHeaders, isEnd: false)
        served.stream.send(Chunk(body: [UInt8](repeating: 0, count: 100_000)))
        try pair.pump()
        try pair.advance(seconds: 4)
        #expect(served.events.end == nil)
        try pair.advance(seconds: 2)
        #expect(served.events.end == .code(.cancel))
        #expect(events.end == .code(.cancel))
        #expect(pair.serverHandler.isOpen)
    }

    @Test("a peer that takes a few bytes now and then has stalled as well")
    func dripping() throws {
        var limits = HTTP2Limits()
        limits.stallTimeout = .seconds(5)
        limits.stallProgress = 1000
        let pair = try HandlerPair(serverLimits: limits)
        let (stream, events) = try pair.open(isEnd: true)
        try pair.pump()
        let served = try #require(pair.serverEvents.opened.first)
        served.stream.sendResponse(HandlerPair.responseHeaders, isEnd: false)
        served.stream.send(Chunk(body: [UInt8](repeating: 0, count: 100_000)))
        try pair.pump()
        // Enough in time, then too little.
        for step in 0..<20 where events.end == nil {
            stream.openWindow(by: step < 10 ? 250 : 100)
            try pair.advance(seconds: 1)
            #expect(step >= 14 || events.end == nil)
        }
        #expect(events.end == .code(.cancel))
    }

    @Test("a server that drains lets running streams end, takes those under way, then closes")
    func drain() throws {
        let pair = try HandlerPair()
        let (_, running) = try pair.open(isEnd: true)
        try pair.pump()
        pair.serverHandler.closeGracefully()
        // Sent before the client has seen the announcement.
        let (_, underway) = try pair.open(isEnd: true)
        try pair.pump()
        #expect(pair.clientEvents.isDraining)
        #expect(throws: HTTP2Error(.closed, "")) { try pair.open() }
        #expect(pair.serverEvents.opened.count == 2)
        for (stream, _) in pair.serverEvents.opened {
            #expect(pair.server.isActive)
            stream.sendResponse(HandlerPair.responseHeaders, isEnd: true)
            try pair.pump()
        }
        #expect(running.end == .code(.noError))
        #expect(underway.end == .code(.noError))
        #expect(!pair.server.isActive)
        #expect(pair.serverEvents.end == .some(nil))
    }

    @Test("streams of a connection that is lost end with it")
    func lost() throws {
        let pair = try HandlerPair()
        let (_, events) = try pair.open()
        try pair.pump()
        _ = try pair.client.finish(acceptAlreadyClosed: true)
        #expect(events.end == .connection(HTTP2Error(.connectionLost, "")))
        #expect(pair.clientEvents.end == .some(HTTP2Error(.connectionLost, "")))
    }

    @Test("bytes that are not HTTP/2 end the connection with GOAWAY")
    func notHTTP2() throws {
        let events = ConnectionRecorder()
        let channel = EmbeddedChannel(
            handler: HTTP2Handler(role: .server, delegate: events))
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "x")).wait()
        try channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nhost: example\r\n\r\n"))
        channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!channel.isActive)
        #expect(events.end == .some(HTTP2Error(.peerViolation, "")))
    }

    @Test("a connection fed byte by byte works like any other")
    func byteAtATime() throws {
        let pair = try HandlerPair()
        let (stream, _) = try pair.open()
        stream.send(Chunk(body: [1, 2, 3]))
        stream.finish()
        pair.loop.run()
        while var bytes = try pair.client.readOutbound(as: ByteBuffer.self) {
            while let byte = bytes.readSlice(length: 1) { try pair.server.writeInbound(byte) }
        }
        let served = try #require(pair.serverEvents.opened.first)
        #expect(served.events.data == [1, 2, 3])
        #expect(served.events.isEnded)
    }

    @Test("a stream past the limit is refused and the others go on")
    func concurrency() throws {
        var limits = HTTP2Limits()
        limits.maximumConcurrentStreams = 3
        let pair = try HandlerPair(serverLimits: limits)
        let streams = try (0..<5).map { _ in try pair.open(isEnd: true) }
        try pair.pump()
        // The client knows the limit and keeps the others back.
        #expect(pair.serverEvents.opened.count == 3)
        pair.serverEvents.opened[0].stream.sendResponse(HandlerPair.responseHeaders, isEnd: true)
        try pair.pump()
        #expect(pair.serverEvents.opened.count == 4)
        #expect(streams[0].events.isEnded)
    }
}
