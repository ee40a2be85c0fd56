import NIOEmbedded
import NIONghttp2
import Testing

@testable import GRPCWire

@Suite("A server and requests that no proper client sends")
struct MisuseTests {
    private static let message = RawExchange.framed([1, 2, 3])

    @Test("a proper request is answered with headers, message and trailers")
    func proper() throws {
        let answer = try RawExchange(Echo.router).exchange(
            RawExchange.headers(), body: Self.message)
        #expect(answer.headers == [ServerConnection.responseHeaders, ServerConnection.okTrailers])
        #expect(answer.data == Self.message)
        #expect(answer.end == .code(.noError))
    }

    @Test("a GET is answered with 405, what is allowed, and why")
    func get() throws {
        let answer = try RawExchange(Echo.router).exchange(
            RawExchange.headers([":method": "GET", "content-type": nil]), body: [])
        #expect(answer.value(":status") == "405")
        #expect(answer.value("allow") == "POST")
        #expect(answer.value("content-type") == "text/plain")
        #expect(!answer.data.isEmpty)
        #expect(answer.end == .code(.noError))
    }

    @Test("a HEAD is answered without a body")
    func head() throws {
        let answer = try RawExchange(Echo.router).exchange(
            RawExchange.headers([":method": "HEAD"]), body: [])
        #expect(answer.value(":status") == "405")
        #expect(answer.data.isEmpty)
        #expect(answer.isEnded)
    }

    @Test("another content type is answered with 415")
    func contentType() throws {
        let answer = try RawExchange(Echo.router).exchange(
            RawExchange.headers(["content-type": "application/json"]), body: [123, 125])
        #expect(answer.value(":status") == "415")
        #expect(!answer.data.isEmpty)
    }

    @Test("an unknown method is UNIMPLEMENTED, in headers alone")
    func unknownMethod() throws {
        let exchange = try RawExchange(Echo.router)
        for path in ["/test.Echo/Nope", "/nope", "/"] {
            let answer = try exchange.exchange(RawExchange.headers(path: path), body: Self.message)
            #expect(answer.status == .unimplemented)
            #expect(answer.headers.count == 1)
            #expect(answer.value(":status") == "200")
        }
    }

    @Test("an unknown encoding is UNIMPLEMENTED, with the one that is known")
    func encoding() throws {
        let answer = try RawExchange(Echo.router).exchange(
            RawExchange.headers(["grpc-encoding": "gzip"]), body: Self.message)
        #expect(answer.status == .unimplemented)
        #expect(answer.value("grpc-accept-encoding") == "identity")
    }

    @Test("bodies that break the framing have their status")
    func framing() throws {
        let cases: [(body: [UInt8], status: StatusCode)] = [
            ([], .unimplemented),
            (Self.message + Self.message, .unimplemented),
            ([0], .internalError),
            ([0, 0, 0, 0], .internalError),
            ([0, 0, 0, 0, 5], .internalError),
            (Self.message + [0], .internalError),
            (Array(Self.message.dropLast()), .internalError),
            (RawExchange.framed([1], flag: 1), .internalError),
            (RawExchange.framed([1], flag: 2), .internalError),
            (RawExchange.framed([1], flag: 255), .internalError),
            ([0, 0, 64, 0, 1], .resourceExhausted),
            ([0, 255, 255, 255, 255], .resourceExhausted),
            ([0, 0, 0, 0, 0], .ok),
        ]
        let exchange = try RawExchange(Echo.router)
        for (body, status) in cases {
            let answer = try exchange.exchange(RawExchange.headers(), body: body)
            #expect(answer.status == status, "\(body)")
        }
        // The connection is as good as new.
        let answer = try exchange.exchange(RawExchange.headers(), body: Self.message)
        #expect(answer.status == .ok)
    }

    @Test("a length above the limit is refused before the message is there")
    func lengthAlone() throws {
        let exchange = try RawExchange(Echo.router)
        let (stream, answer) = try exchange.open()
        stream.send(Chunk(body: [0, 0, 64, 0, 1]))
        try exchange.pump()
        #expect(answer.status == .resourceExhausted)
        #expect(answer.isEnded)
    }

    @Test("a header list that is too long is RESOURCE_EXHAUSTED")
    func headerList() throws {
        var headers = RawExchange.headers()
        for _ in 0..<20 {
            headers.append(name: "x".utf8, value: [UInt8](repeating: 97, count: 900))
        }
        let answer = try RawExchange(Echo.router).exchange(headers, body: Self.message)
        #expect(answer.status == .resourceExhausted)
    }

    @Test("a request whose message does not arrive in time is given up")
    func slowRequest() throws {
        let exchange = try RawExchange(Echo.router) { $0.requestTimeoutSeconds = 5 }
        let (stream, answer) = try exchange.open()
        for _ in 0..<7 {
            stream.send(Chunk(body: [0]))
            try exchange.advance(seconds: 1)
        }
        #expect(answer.status == .deadlineExceeded)
    }

    @Test("a stream of requests may be silent between messages, not within one")
    func silentStream() throws {
        let exchange = try RawExchange(Echo.router) { $0.requestTimeoutSeconds = 5 }
        let (stream, answer) = try exchange.open(RawExchange.headers(path: "/test.Echo/Chat"))
        stream.send(Chunk(body: Self.message))
        try exchange.advance(seconds: 20)
        #expect(answer.data == Self.message)
        #expect(!answer.isEnded)
        stream.send(Chunk(body: [0, 0]))
        try exchange.advance(seconds: 7)
        #expect(answer.status == .deadlineExceeded)
    }

    @Test("a request that waits for its handler to read is not given up")
    func unreadStream() throws {
        var router = Router()
        let mayRead = Signal()
        router.clientStreaming(Echo.join) { requests, _ in
            await mayRead.wait()
            var count = 0
            for try await request in requests { count += request.count }
            return Array("\(count)".utf8)
        }
        let exchange = try RawExchange(router) { $0.requestTimeoutSeconds = 5 }
        let (stream, answer) = try exchange.open(RawExchange.headers(path: "/test.Echo/Join"))
        for _ in 0..<10 {
            stream.send(Chunk(body: RawExchange.framed([UInt8](repeating: 0, count: 20_000))))
        }
        stream.finish()
        try exchange.advance(seconds: 20)
        #expect(!answer.isEnded)
        mayRead.fire()
        try exchange.pump()
        #expect(answer.status == .ok)
        #expect(answer.data == RawExchange.framed(Array("200000".utf8)))
    }

    @Test("a deadline ends a call whose request never ends")
    func deadline() throws {
        let exchange = try RawExchange(Echo.router)
        let (_, answer) = try exchange.open(RawExchange.headers(["grpc-timeout": "3S"]))
        try exchange.advance(seconds: 2)
        #expect(!answer.isEnded)
        try exchange.advance(seconds: 2)
        #expect(answer.status == .deadlineExceeded)
    }

    @Test("a client that reads nothing stops the handler's writes")
    func unreadResponses() throws {
        var router = Router()
        nonisolated(unsafe) var written = 0  // one thread: handler and test share the loop
        router.serverStreaming(Echo.split) { _, writer, _ in
            for _ in 0..<1000 {
                try await writer.write([UInt8](repeating: 0, count: 16_384))
                written += 1
            }
        }
        let exchange = try RawExchange(router)
        let (stream, _) = try exchange.open(RawExchange.headers(path: "/test.Echo/Split"))
        stream.send(Chunk(body: Self.message))
        stream.finish()
        try exchange.pump()
        // The buffer of 256 KiB; it is refilled when half of it has left, and the client's window
        // lets only a quarter leave.
        #expect(written == 16)
        stream.openWindow(by: 1_000_000)
        try exchange.pump()
        #expect(written > 70)
    }

    @Test("a client that reads no responses has no more handlers started")
    func unreadUnaryResponses() throws {
        var router = Router()
        nonisolated(unsafe) var started = 0  // one thread: handler and test share the loop
        router.unary(Echo.unary) { _, _ in
            started += 1
            return [UInt8](repeating: 0, count: 1024 * 1024)
        }
        let exchange = try RawExchange(router)
        let calls = try (0..<50).map { _ in try exchange.open() }
        for (stream, _) in calls {
            stream.send(Chunk(body: Self.message))
            stream.finish()
        }
        try exchange.pump()
        #expect(started == 8)
        for (stream, _) in calls { stream.openWindow(by: 2_000_000) }
        try exchange.pump()
        #expect(started == 50)
        #expect(calls.allSatisfy { $0.answer.status == .ok })
    }

    @Test("a handler that reads nothing stops the client's requests")
    func unreadRequests() throws {
        var router = Router()
        router.clientStreaming(Echo.join) { _, call in
            try await Task.sleep(for: .seconds(1000))
            return []
        }
        let exchange = try RawExchange(router)
        let (stream, _) = try exchange.open(RawExchange.headers(path: "/test.Echo/Join"))
        for _ in 0..<100 {
            stream.send(
                Chunk(body: RawExchange.framed([UInt8](repeating: 0, count: 10_000))))
        }
        try exchange.pump()
        #expect(!stream.isWritable)
        stream.reset(.cancel)
        try exchange.pump()
    }

    @Test("a connection that is cut in the middle of calls leaves nothing behind")
    func nothingLeft() throws {
        final class Token: Sendable {}
        var token: Token? = Token()
        weak let trace = token
        var exchange: RawExchange? = try RawExchange(Echo.router, attachment: token ?? Token())
        token = nil
        for path in ["/test.Echo/Chat", "/test.Echo/Unary", "/test.Echo/Join"] {
            let (stream, _) = try #require(try exchange?.open(RawExchange.headers(path: path)))
            stream.send(Chunk(body: Self.message + [0, 0]))
        }
        try exchange?.pump()
        #expect(trace != nil)
        _ = try exchange?.server.finish(acceptAlreadyClosed: true)
        try exchange?.advance(seconds: 2)
        exchange = nil
        #expect(trace == nil)
    }

    @Test("calls above the limit of handlers are RESOURCE_EXHAUSTED, the others unharmed")
    func handlerLimit() throws {
        let exchange = try RawExchange(Echo.router) { $0.maximumHandlers = 2 }
        let chat = RawExchange.headers(path: "/test.Echo/Chat")
        let first = try exchange.open(chat)
        let second = try exchange.open(chat)
        try exchange.pump()
        let refused = try exchange.exchange(RawExchange.headers(), body: Self.message)
        #expect(refused.status == .resourceExhausted)
        first.stream.finish()
        second.stream.send(Chunk(body: Self.message))
        try exchange.pump()
        #expect(first.answer.status == .ok)
        #expect(second.answer.data == Self.message)
        let taken = try exchange.exchange(RawExchange.headers(), body: Self.message)
        #expect(taken.status == .ok)
    }
}
