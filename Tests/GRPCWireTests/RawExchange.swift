import Logging
import NIOCore
import NIOEmbedded
import NIONghttp2

@testable import GRPCWire

/// A server's connection with a bare HTTP/2 client before it, without sockets or threads: for
/// requests that no proper gRPC client sends.
final class RawExchange {
    let loop = EmbeddedEventLoop()
    let client: EmbeddedChannel
    let server: EmbeddedChannel
    private let clientHandler: HTTP2Handler

    init(
        _ router: Router, attachment: any Sendable = (),
        change: (inout ServerSettings) -> Void = { _ in }
    ) throws {
        var settings = ServerSettings(
            GRPCServer.Configuration(host: "", port: 0), router: router, limits: HTTP2Limits())
        settings.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        change(&settings)
        let connection = ServerConnection(
            settings: settings, executor: EventLoopExecutor(self.loop),
            peer: Peer(certificates: [], remoteAddress: "test", attachment: attachment))
        let serverHandler = HTTP2Handler(
            role: .server, limits: settings.limits, delegate: connection)
        connection.attach(serverHandler)
        self.clientHandler = HTTP2Handler(role: .client, delegate: Silent())
        self.server = EmbeddedChannel(handler: serverHandler, loop: self.loop)
        self.client = EmbeddedChannel(handler: self.clientHandler, loop: self.loop)
        try self.server.connect(to: SocketAddress(unixDomainSocketPath: "s")).wait()
        try self.client.connect(to: SocketAddress(unixDomainSocketPath: "c")).wait()
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

    func advance(seconds: Int) throws {
        for _ in 0..<seconds {
            self.loop.advanceTime(by: .seconds(1))
            try self.pump()
        }
    }

    /// Headers of a proper call, with some replaced, left out (nil) or added.
    static func headers(
        path: String = "/test.Echo/Unary", _ changes: KeyValuePairs<String, String?> = [:]
    ) -> HeaderBlock {
        var fields: [(String, String)] = [
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "h"),
            ("te", "trailers"), ("content-type", "application/grpc"),
        ]
        for (name, value) in changes {
            let index = fields.firstIndex { $0.0 == name }
            if let index { fields.remove(at: index) }
            if let value { fields.insert((name, value), at: index ?? fields.endIndex) }
        }
        var block = HeaderBlock()
        for (name, value) in fields { block.append(name: name.utf8, value: value.utf8) }
        return block
    }

    /// A message with its prefix.
    static func framed(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
        [flag, 0, 0, UInt8(message.count >> 8), UInt8(message.count & 0xff)] + message
    }

    func open(
        _ headers: HeaderBlock = RawExchange.headers()
    ) throws -> (stream: HTTP2Stream, answer: Answer) {
        let answer = Answer()
        return (try self.clientHandler.open(headers, delegate: answer), answer)
    }

    /// Sends a whole request and takes the whole answer.
    func exchange(_ headers: HeaderBlock, body: [UInt8]) throws -> Answer {
        let (stream, answer) = try self.open(headers)
        stream.send(Chunk(body: body))
        stream.finish()
        try self.pump()
        return answer
    }
}

/// What a server answered.
final class Answer: HTTP2StreamDelegate {
    private(set) var headers: [HeaderBlock] = []
    private(set) var data: [UInt8] = []
    private(set) var isEnded = false
    private(set) var end: HTTP2StreamEnd?

    /// The last value under a name, of headers and trailers.
    func value(_ name: StaticString) -> String? {
        self.headers.flatMap { $0 }.last { $0.isNamed(name) }
            .map { String(decoding: $0.value, as: UTF8.self) }
    }

    /// The gRPC status.
    var status: StatusCode? {
        self.headers.last.flatMap { GRPCStatus(trailers: $0)?.code }
    }

    func streamReceivedHeaders(_ headers: HeaderBlock, isEnd: Bool) {
        self.headers.append(headers)
        if isEnd { self.isEnded = true }
    }
    func streamReceivedData(_ bytes: RawSpan) { bytes.withUnsafeBytes { self.data += $0 } }
    func streamReceivedEnd() { self.isEnded = true }
    func streamCanSend() {}
    func streamTicked() {}
    func streamClosed(_ end: HTTP2StreamEnd) { self.end = end }
}

/// Takes no notice of a connection.
private final class Silent: HTTP2ConnectionDelegate {
    func connectionOpened(_ stream: HTTP2Stream, headers: HeaderBlock, isEnd: Bool) {}
    func connectionReadCompleted() {}
    func connectionBecameReady() {}
    func connectionCanSend() {}
    func connectionIsDraining() {}
    func connectionClosed(_ error: HTTP2Error?) {}
}
