import NIOCore
import NIOEmbedded

@testable import NIONghttp2

/// Two ends of a connection, back to back, without sockets.
final class HandlerPair {
    let loop = EmbeddedEventLoop()
    let client: EmbeddedChannel
    let server: EmbeddedChannel
    let clientHandler: HTTP2Handler
    let serverHandler: HTTP2Handler
    let clientEvents = ConnectionRecorder()
    let serverEvents = ConnectionRecorder()

    init(
        serverLimits: HTTP2Limits = HTTP2Limits(), clientLimits: HTTP2Limits = HTTP2Limits()
    ) throws {
        self.clientHandler = HTTP2Handler(
            role: .client, limits: clientLimits, delegate: self.clientEvents)
        self.serverHandler = HTTP2Handler(
            role: .server, limits: serverLimits, delegate: self.serverEvents)
        self.client = EmbeddedChannel(handler: self.clientHandler, loop: self.loop)
        self.server = EmbeddedChannel(handler: self.serverHandler, loop: self.loop)
        try self.client.connect(to: SocketAddress(unixDomainSocketPath: "client")).wait()
        try self.server.connect(to: SocketAddress(unixDomainSocketPath: "server")).wait()
        try self.pump()
    }

    deinit {
        // Best effort: a test may have ended them already.
        _ = try? self.client.finish(acceptAlreadyClosed: true)
        _ = try? self.server.finish(acceptAlreadyClosed: true)
    }

    /// Carries bytes both ways until neither end has any.
    func pump() throws {
        var isQuiet = false
        while !isQuiet {
            self.loop.run()
            isQuiet = true
            while let bytes = try self.client.readOutbound(as: ByteBuffer.self) {
                isQuiet = false
                if self.server.isActive { try self.server.writeInbound(bytes) }
            }
            while let bytes = try self.server.readOutbound(as: ByteBuffer.self) {
                isQuiet = false
                if self.client.isActive { try self.client.writeInbound(bytes) }
            }
        }
    }

    /// Lets time pass in steps of a second.
    func advance(seconds: Int) throws {
        for _ in 0..<seconds {
            self.loop.advanceTime(by: .seconds(1))
            try self.pump()
        }
    }

    static let requestHeaders = HeaderBlock([
        ":method": "POST", ":scheme": "https", ":path": "/s/m", ":authority": "h",
    ])
    static let responseHeaders = HeaderBlock([":status": "200"])

    func open(isEnd: Bool = false) throws -> (stream: HTTP2Stream, events: StreamRecorder) {
        let events = StreamRecorder()
        let stream = try self.clientHandler.open(
            Self.requestHeaders, isEnd: isEnd, delegate: events)
        return (stream, events)
    }
}

/// Notes what happens on a connection, and gives each stream a recorder.
final class ConnectionRecorder: HTTP2ConnectionDelegate {
    private(set) var opened: [(stream: HTTP2Stream, events: StreamRecorder)] = []
    private(set) var isReady = false
    private(set) var isDraining = false
    private(set) var end: HTTP2Error??
    /// Called with each stream as it is opened.
    var onOpen: (HTTP2Stream) -> Void = { _ in }

    func connectionOpened(_ stream: HTTP2Stream, headers: HeaderBlock, isEnd: Bool) {
        let events = StreamRecorder()
        events.streamReceivedHeaders(headers, isEnd: isEnd)
        stream.delegate = events
        self.opened.append((stream, events))
        self.onOpen(stream)
    }

    func connectionReadCompleted() {}
    func connectionBecameReady() { self.isReady = true }
    func connectionCanSend() {}
    func connectionIsDraining() { self.isDraining = true }
    func connectionClosed(_ error: HTTP2Error?) { self.end = .some(error) }
}

/// Notes what happens on a stream.
final class StreamRecorder: HTTP2StreamDelegate {
    private(set) var headers: [HeaderBlock] = []
    private(set) var data: [UInt8] = []
    private(set) var isEnded = false
    private(set) var couldSend = 0
    private(set) var ticks = 0
    private(set) var end: HTTP2StreamEnd?

    func streamReceivedHeaders(_ headers: HeaderBlock, isEnd: Bool) {
        self.headers.append(headers)
        if isEnd { self.isEnded = true }
    }

    func streamReceivedData(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { self.data += $0 }
    }

    func streamReceivedEnd() { self.isEnded = true }
    func streamCanSend() { self.couldSend += 1 }
    func streamTicked() { self.ticks += 1 }
    func streamClosed(_ end: HTTP2StreamEnd) { self.end = end }
}
