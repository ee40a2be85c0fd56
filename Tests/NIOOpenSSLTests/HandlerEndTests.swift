import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite("The handler on a channel: how it ends")
struct HandlerEndTests {
    @Test("closing sends what was flushed and close_notify, and waits for the peer's")
    func close() throws {
        let pair = try HandlerPair.connected()
        let flushed = pair.client.channel.writeAndFlush(ByteBuffer(string: "last words"))
        let unflushed = pair.client.channel.write(ByteBuffer(string: "never said"))

        let closed = pair.client.channel.close()
        #expect(pair.client.channel.isActive)
        try pair.exchange()

        try flushed.wait()
        try closed.wait()
        #expect(throws: ChannelError.ioOnClosedChannel) { try unflushed.wait() }
        #expect(String(buffer: pair.server.recorder.plaintext) == "last words")
        for side in [pair.client, pair.server] {
            #expect(side.recorder.errors.isEmpty)
            #expect(side.recorder.isInactive)
            #expect(!side.channel.isActive)
        }
    }

    @Test("what was flushed while reading is sent before the answer to close_notify")
    func answerBeforeClose() throws {
        let pair = try HandlerPair.connected(echoes: true)
        pair.client.channel.writeAndFlush(ByteBuffer(string: "question"), promise: nil)
        pair.client.channel.close(promise: nil)
        var both = ByteBuffer()
        for buffer in try pair.client.outbound() { both.writeImmutableBuffer(buffer) }

        try pair.server.channel.writeInbound(both)
        let answer = try pair.server.outbound()

        // The echo's record and the alert's.
        #expect(answer.reduce(0) { $0 + $1.readableBytes } == 8 + 22 + 2 + 22)
        #expect(!pair.server.channel.isActive)
    }

    @Test("a peer that does not answer is not waited for longer than the deadline")
    func closeDeadline() throws {
        let pair = try HandlerPair.connected()
        let closed = pair.client.channel.close()
        let again = pair.client.channel.close()

        pair.client.channel.embeddedEventLoop.advanceTime(
            by: TLSHandler.closeDeadline - .nanoseconds(1))
        #expect(pair.client.channel.isActive)
        pair.client.channel.embeddedEventLoop.advanceTime(by: .nanoseconds(1))

        #expect(!pair.client.channel.isActive)
        try closed.wait()
        try again.wait()
        #expect(pair.client.recorder.errors.isEmpty)
    }

    @Test("data that arrives after our close_notify is not delivered")
    func dataAfterClose() throws {
        let pair = try HandlerPair.connected()
        pair.server.channel.writeAndFlush(ByteBuffer(string: "late"), promise: nil)
        pair.client.channel.close(promise: nil)

        try pair.exchange()

        #expect(pair.client.recorder.reads.isEmpty)
        #expect(pair.client.recorder.errors.isEmpty)
        #expect(!pair.client.channel.isActive)
    }

    @Test("an end without close_notify is told as truncation, after the data")
    func truncation() throws {
        let pair = try HandlerPair.connected()
        let waiting = pair.server.channel.write(ByteBuffer(string: "not flushed"))
        pair.client.channel.writeAndFlush(ByteBuffer(string: "cut"), promise: nil)
        try pair.exchange()

        pair.server.endTransport()

        #expect(String(buffer: pair.server.recorder.plaintext) == "cut")
        #expect(pair.server.recorder.errors.map(\.code) == [.truncated])
        #expect(pair.server.recorder.isInactive)
        #expect(throws: TLSError(.truncated, "")) { try waiting.wait() }
    }

    @Test("an end during the handshake is a failed handshake")
    func endDuringHandshake() throws {
        let client = try HandlerSide(.client())
        let waiting = client.channel.writeAndFlush(ByteBuffer(string: "never sent"))

        client.endTransport()

        #expect(client.recorder.errors.map(\.code) == [.handshakeFailed])
        #expect(throws: TLSError(.handshakeFailed, "")) { try waiting.wait() }
    }

    @Test("closing during the handshake closes at once, without an error")
    func closeDuringHandshake() throws {
        let client = try HandlerSide(.client())
        let waiting = client.channel.writeAndFlush(ByteBuffer(string: "never sent"))

        try client.channel.close().wait()

        #expect(client.recorder.errors.isEmpty)
        #expect(throws: ChannelError.ioOnClosedChannel) { try waiting.wait() }
    }

    @Test(
        "a silent peer and one that writes half a hello are cut at the deadline",
        arguments: [0, 100])
    func handshakeDeadline(bytes: Int) throws {
        let hello = try #require(try HandlerSide(.client()).outbound().first)
        let server = try HandlerSide(.server())
        if bytes > 0 {
            try server.channel.writeInbound(try #require(hello.getSlice(at: 0, length: bytes)))
        }

        server.channel.embeddedEventLoop.advanceTime(
            by: TLSHandler.handshakeDeadline - .nanoseconds(1))
        #expect(server.channel.isActive)
        server.channel.embeddedEventLoop.advanceTime(by: .nanoseconds(1))

        #expect(server.recorder.errors.map(\.code) == [.handshakeTimedOut])
        #expect(!server.channel.isActive)
    }

    @Test("a hello that comes byte by byte does not move the deadline")
    func slowHello() throws {
        var hello = try #require(try HandlerSide(.client()).outbound().first)
        let server = try HandlerSide(.server())

        while server.channel.isActive, let byte = hello.readSlice(length: 1) {
            try server.channel.writeInbound(byte)
            server.channel.embeddedEventLoop.advanceTime(by: .milliseconds(100))
        }

        #expect(hello.readerIndex == 100)
        #expect(server.recorder.errors.map(\.code) == [.handshakeTimedOut])
    }

    @Test("the handshake's deadline is over when the handshake is")
    func deadlineIsOff() throws {
        let pair = try HandlerPair.connected()

        pair.client.channel.embeddedEventLoop.advanceTime(by: .hours(1))
        pair.server.channel.embeddedEventLoop.advanceTime(by: .hours(1))

        #expect(pair.client.channel.isActive)
        #expect(pair.server.channel.isActive)
    }

    @Test(
        "a refused client: the server says why once, the client hears of it, nothing is delivered")
    func refusal() throws {
        let pair = try HandlerPair(
            client: .make(.client(serverName: "localhost"), as: "foreign"), server: .server())
        pair.client.channel.writeAndFlush(ByteBuffer(string: "request"), promise: nil)
        let waiting = pair.server.channel.writeAndFlush(ByteBuffer(string: "settings"))

        try pair.exchange()

        #expect(pair.server.recorder.errors.map(\.code) == [.peerCertificateUntrusted])
        #expect(pair.server.recorder.handshakes.isEmpty)
        #expect(pair.server.recorder.reads.isEmpty)
        #expect(throws: TLSError(.peerCertificateUntrusted, "")) { try waiting.wait() }
        // TLS 1.3: the client's handshake had ended by then.
        #expect(pair.client.recorder.handshakes.count == 1)
        #expect(pair.client.recorder.errors.map(\.code) == [.certificateRefusedByPeer])
    }

    @Test("after a failure the channel closes with the peer's end, or at the deadline")
    func closesAfterFailure() throws {
        let pair = try HandlerPair(
            client: .make(.client(serverName: "localhost"), as: "foreign"), server: .server())
        try pair.exchange()
        #expect(pair.server.channel.isActive)

        pair.server.channel.embeddedEventLoop.advanceTime(by: TLSHandler.closeDeadline)
        pair.client.endTransport()

        #expect(!pair.server.channel.isActive)
        #expect(pair.server.recorder.errors.count == 1)
        #expect(pair.client.recorder.errors.count == 1)
        #expect(pair.client.recorder.isInactive)
    }

    @Test("what is written after the end fails")
    func writeAfterEnd() throws {
        let pair = try HandlerPair.connected()
        pair.client.channel.close(promise: nil)

        let late = pair.client.channel.writeAndFlush(ByteBuffer(string: "late"))

        #expect(throws: ChannelError.ioOnClosedChannel) { try late.wait() }
    }

    @Test("who hears of a failed write may write again at once")
    func reentrance() throws {
        let pair = try HandlerPair.connected()
        let channel = pair.server.channel
        for _ in 0..<3 {
            channel.write(ByteBuffer(string: "waits")).whenFailure { _ in
                channel.writeAndFlush(ByteBuffer(string: "again"), promise: nil)
                channel.close(promise: nil)
            }
        }

        pair.server.endTransport()

        #expect(pair.server.recorder.errors.map(\.code) == [.truncated])
    }

    @Test("half-closing is not supported", arguments: [CloseMode.input, .output])
    func halfClose(mode: CloseMode) throws {
        let pair = try HandlerPair.connected()

        #expect(throws: ChannelError.operationUnsupported) {
            try pair.client.channel.close(mode: mode).wait()
        }
        #expect(pair.client.channel.isActive)
    }
}
