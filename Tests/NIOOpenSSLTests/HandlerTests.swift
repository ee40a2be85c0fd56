import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite("The handler on a channel: handshake and data")
struct HandlerTests {
    @Test("the handshake's end is announced once on both sides", arguments: [Int.max, 1])
    func handshake(step: Int) throws {
        let pair = try HandlerPair(client: .client(), server: .server(), step: step)

        try pair.exchange()

        for side in [pair.client, pair.server] {
            #expect(side.recorder.handshakes.count == 1)
            #expect(side.recorder.handshakes.first?.applicationProtocol == "h2")
            #expect(side.recorder.handshakes.first?.peerCertificates.count == 2)
            #expect(side.recorder.errors.isEmpty)
        }
    }

    @Test("what is written before the handshake ends is sent after it, in order")
    func earlyWrites() throws {
        let pair = try HandlerPair(client: .client(), server: .server())
        let first = pair.client.channel.write(ByteBuffer(string: "first "))
        let second = pair.client.channel.writeAndFlush(ByteBuffer(string: "second"))
        let early = pair.server.channel.writeAndFlush(ByteBuffer(string: "from the server"))

        try pair.exchange()

        #expect(String(buffer: pair.server.recorder.plaintext) == "first second")
        #expect(String(buffer: pair.client.recorder.plaintext) == "from the server")
        try first.wait()
        try second.wait()
        try early.wait()
    }

    @Test("what is not flushed is not sent")
    func unflushed() throws {
        let pair = try HandlerPair.connected()

        pair.client.channel.write(ByteBuffer(string: "waits"), promise: nil)
        #expect(try pair.client.outbound().isEmpty)
        pair.client.channel.flush()
        try pair.exchange()

        #expect(String(buffer: pair.server.recorder.plaintext) == "waits")
    }

    @Test("small writes of one flush leave as one record")
    func coalescing() throws {
        let pair = try HandlerPair.connected()

        var written: [EventLoopFuture<Void>] = []
        for _ in 0..<100 {
            written.append(pair.client.channel.write(ByteBuffer(string: "0123456789")))
        }
        pair.client.channel.flush()
        let sent = try pair.client.outbound()

        #expect(sent.map(\.readableBytes) == [1000 + 22])
        for future in written { try future.wait() }
    }

    @Test("answers to everything read together leave together")
    func flushesDuringRead() throws {
        let pair = try HandlerPair.connected(echoes: true)
        var records: [ByteBuffer] = []
        for _ in 0..<3 {
            pair.client.channel.writeAndFlush(ByteBuffer(string: "abc"), promise: nil)
            records += try pair.client.outbound()
        }

        for record in records { pair.server.channel.pipeline.fireChannelRead(record) }
        #expect(try pair.server.outbound().isEmpty)
        pair.server.channel.pipeline.fireChannelReadComplete()

        #expect(try pair.server.outbound().map(\.readableBytes) == [9 + 22])
    }

    @Test("records that arrive together reach the reader as one buffer")
    func oneBufferPerRead() throws {
        let pair = try HandlerPair.connected()
        var records = ByteBuffer()
        for _ in 0..<50 {
            pair.client.channel.writeAndFlush(ByteBuffer(string: "abc"), promise: nil)
            for record in try pair.client.outbound() { records.writeImmutableBuffer(record) }
        }

        try pair.server.channel.writeInbound(records)

        #expect(pair.server.recorder.reads.count == 1)
        #expect(pair.server.recorder.plaintext.readableBytes == 150)
    }

    @Test("sizes around a record's and a piece's limits arrive whole")
    func sizes() throws {
        let pair = try HandlerPair.connected()
        let record = PendingWrites.recordBytes
        let piece = PendingWrites.pieceBytes
        let sizes = [
            0, 1, record - 1, record, record + 1, piece - 1, piece, piece + 1, 0, 3 * piece,
        ]
        var sent: [UInt8] = []
        var written: [EventLoopFuture<Void>] = []

        // Each alone, then all in one flush.
        for flushesEach in [true, false] {
            for size in sizes {
                let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
                sent += bytes
                written.append(pair.client.channel.write(ByteBuffer(bytes: bytes)))
                if flushesEach { pair.client.channel.flush() }
            }
            pair.client.channel.flush()
        }
        try pair.exchange()

        #expect(Array(pair.server.recorder.plaintext.readableBytesView) == sent)
        for future in written { try future.wait() }
    }

    @Test("4 MiB in one write leave in pieces of at most 64 KiB and arrive whole")
    func largeWrite() throws {
        let pair = try HandlerPair.connected()
        let large = ByteBuffer(repeating: 0x5a, count: 4 << 20)

        let written = pair.client.channel.writeAndFlush(large)
        let pieces = try pair.client.outbound()
        for piece in pieces { try pair.server.channel.writeInbound(piece) }

        try written.wait()
        #expect(pieces.allSatisfy { $0.readableBytes <= 64 * 1024 })
        #expect(pair.server.recorder.plaintext == large)
    }

    @Test("a reader that does not ask is not given the socket's attention")
    func backPressure() throws {
        let pair = try HandlerPair.connected()
        let before = pair.server.counter.reads
        pair.client.channel.writeAndFlush(ByteBuffer(string: "abc"), promise: nil)

        try pair.exchange()

        #expect(pair.server.counter.reads == before)
    }

    @Test("half a record is no answer to a reader: the socket is asked again")
    func readsOn() throws {
        let pair = try HandlerPair.connected()
        pair.client.channel.writeAndFlush(ByteBuffer(string: "abc"), promise: nil)
        var record = try #require(try pair.client.outbound().first)
        pair.server.channel.read()
        let before = pair.server.counter.reads

        let start = record.readSlice(length: 10)
        try pair.server.channel.writeInbound(try #require(start))
        #expect(pair.server.counter.reads == before + 1)
        try pair.server.channel.writeInbound(record)

        #expect(pair.server.counter.reads == before + 1)
        #expect(String(buffer: pair.server.recorder.plaintext) == "abc")
    }

    @Test("a connection keeps the context it began with, a new one has the new certificates")
    func rotation() throws {
        let old = try HandlerPair.connected()
        let server = try TLSContext.make(
            .server, as: "server", trusting: [try TestPKI.shared.get().intermediate])
        let refused = try HandlerPair(client: .client(), server: server)

        try refused.exchange()
        old.client.channel.writeAndFlush(ByteBuffer(string: "goes on"), promise: nil)
        try old.exchange()

        #expect(refused.server.recorder.errors.map(\.code) == [.peerCertificateUntrusted])
        #expect(String(buffer: old.server.recorder.plaintext) == "goes on")
    }

    @Test("the allowance of key updates comes back with time")
    func allowance() throws {
        let server = try HandlerSide(.server())
        let client = try TLSConnection(context: .client(), recordsPerKey: 0)
        while try client.handshake() == .incomplete {
            try server.channel.writeInbound(client.takeOutbound())
            for buffer in try server.outbound() { client.receive(buffer) }
        }
        try server.channel.writeInbound(client.takeOutbound())

        for round in 1...4 {
            for _ in 0..<TLSConnection.postHandshakeMessageAllowance - 1 {
                #expect(try client.write(ByteBuffer(string: "x")) == .complete)
            }
            try server.channel.writeInbound(client.takeOutbound())
            server.channel.embeddedEventLoop.advanceTime(by: TLSHandler.allowancePeriod)
            #expect(try client.write(ByteBuffer(string: "x")) == .complete)
            try server.channel.writeInbound(client.takeOutbound())
            server.channel.embeddedEventLoop.advanceTime(by: TLSHandler.allowancePeriod)

            let perRound = TLSConnection.postHandshakeMessageAllowance
            #expect(server.recorder.plaintext.readableBytes == round * perRound)
        }
        #expect(server.recorder.errors.isEmpty)
    }
}
