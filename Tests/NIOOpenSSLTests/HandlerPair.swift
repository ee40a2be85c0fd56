import NIOCore
import NIOEmbedded

@testable import NIOOpenSSL

/// What a handler behind the TLS handler gets to see.
final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var handshakes: [TLSHandshakeCompleted] = []
    var errors: [TLSError] = []
    var reads: [ByteBuffer] = []
    var isInactive = false

    /// Whether each buffer is sent back at once, with a flush of its own.
    let echoes: Bool

    init(echoes: Bool = false) { self.echoes = echoes }

    /// Everything read, as one buffer.
    var plaintext: ByteBuffer {
        self.reads.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // A copy: the TLS handler may use a buffer again that nobody holds.
        self.reads.append(ByteBuffer(bytes: self.unwrapInboundIn(data).readableBytesView))
        if self.echoes { context.writeAndFlush(data, promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? TLSHandshakeCompleted { self.handshakes.append(event) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? TLSError { self.errors.append(error) }
    }

    func channelInactive(context: ChannelHandlerContext) { self.isInactive = true }
}

/// Stands where the socket would: counts the reads it is asked for.
final class ReadCounter: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    var reads = 0

    func read(context: ChannelHandlerContext) {
        self.reads += 1
        context.read()
    }
}

/// One side: a channel with the TLS handler, and a recorder behind it.
final class HandlerSide {
    let channel = EmbeddedChannel()
    let recorder: Recorder
    let counter = ReadCounter()

    init(_ context: TLSContext, echoes: Bool = false) throws {
        self.recorder = Recorder(echoes: echoes)
        let pipeline = self.channel.pipeline.syncOperations
        try pipeline.addHandler(self.counter)
        try pipeline.addHandler(TLSHandler(context: context))
        try pipeline.addHandler(self.recorder)
        self.channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// Ends the channel, whatever state it is in: an embedded one holds itself until then.
    deinit {
        self.endTransport()
        self.channel.close(promise: nil)
        self.channel.embeddedEventLoop.run()
    }

    /// What it has to send.
    func outbound() throws -> [ByteBuffer] {
        var buffers: [ByteBuffer] = []
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) {
            buffers.append(ByteBuffer(bytes: buffer.readableBytesView))
        }
        return buffers
    }

    /// Has the transport end, as it does when the peer goes away.
    func endTransport() { self.channel.pipeline.fireChannelInactive() }
}

/// A client's and a server's channel, carried by hand.
struct HandlerPair {
    let client: HandlerSide
    let server: HandlerSide
    private let step: Int

    init(
        client: TLSContext, server: TLSContext, echoes: Bool = false, step: Int = .max
    ) throws {
        self.client = try HandlerSide(client)
        self.server = try HandlerSide(server, echoes: echoes)
        self.step = step
    }

    /// A pair after its handshake.
    static func connected(echoes: Bool = false) throws -> HandlerPair {
        let pair = try HandlerPair(client: .client(), server: .server(), echoes: echoes)
        try pair.exchange()
        return pair
    }

    /// Carries bytes to and fro until there are no more.
    func exchange() throws {
        var moved = true
        while moved {
            let toServer = try self.carry(from: self.client, to: self.server)
            let toClient = try self.carry(from: self.server, to: self.client)
            moved = toServer || toClient
        }
    }

    private func carry(from source: HandlerSide, to target: HandlerSide) throws -> Bool {
        let buffers = try source.outbound()
        for buffer in buffers {
            var rest = buffer
            while let piece = rest.readSlice(length: min(self.step, rest.readableBytes)),
                piece.readableBytes > 0
            {
                // Throws again what the recorder has seen.
                _ = try? target.channel.writeInbound(piece)
            }
        }
        return !buffers.isEmpty
    }
}
