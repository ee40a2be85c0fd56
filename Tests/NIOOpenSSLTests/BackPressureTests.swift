import NIOCore
import NIOPosix
import Testing

@testable import NIOOpenSSL

@Suite("Back-pressure through TLS on a socket", .timeLimit(.minutes(1)))
struct BackPressureTests {
    private static let total = 32 << 20

    @Test("a writer is told to pause while its peer does not read, and goes on when it does")
    func writability() async throws {
        let (client, server) = (try TLSContext.client(), try TLSContext.server())
        let group = MultiThreadedEventLoopGroup.singleton
        let accepted = group.any().makePromise(of: (any Channel).self)
        let paused = group.any().makePromise(of: Void.self)
        let arrived = group.any().makePromise(of: Int.self)
        let listener = try await ServerBootstrap(group: group)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TLSHandler(context: server))
                    try channel.pipeline.syncOperations.addHandler(
                        SlowReader(total: Self.total, accepted: accepted, arrived: arrived))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(listener.localAddress)

        let connection = try await ClientBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TLSHandler(context: client))
                    try channel.pipeline.syncOperations.addHandler(
                        EagerWriter(total: Self.total, paused: paused))
                }
            }
            .connect(to: address).get()
        // The writer pauses by itself although nothing was read: the queue is bounded.
        try await paused.futureResult.get()
        try await accepted.futureResult.get().setOption(.autoRead, value: true).get()

        #expect(try await arrived.futureResult.get() == Self.total)
        try await connection.close()
        try await listener.close()
    }
}

/// Writes as long as the channel takes it, until everything is written.
private final class EagerWriter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var rest: Int
    private let paused: EventLoopPromise<Void>
    private let chunk = ByteBuffer(repeating: 7, count: 64 << 10)

    init(total: Int, paused: EventLoopPromise<Void>) {
        self.rest = total
        self.paused = paused
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSHandshakeCompleted { self.write(context) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { self.write(context) }

    private func write(_ context: ChannelHandlerContext) {
        while self.rest > 0, context.channel.isWritable {
            self.rest -= self.chunk.readableBytes
            context.writeAndFlush(self.wrapOutboundOut(self.chunk), promise: nil)
        }
        if self.rest > 0 { self.paused.succeed() }
    }
}

/// Reads nothing until it is told to, then counts.
private final class SlowReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let total: Int
    private let accepted: EventLoopPromise<any Channel>
    private let arrived: EventLoopPromise<Int>
    private var count = 0

    init(total: Int, accepted: EventLoopPromise<any Channel>, arrived: EventLoopPromise<Int>) {
        self.total = total
        self.accepted = accepted
        self.arrived = arrived
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is TLSHandshakeCompleted { self.accepted.succeed(context.channel) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.count += self.unwrapInboundIn(data).readableBytes
        if self.count >= self.total { self.arrived.succeed(self.count) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.accepted.fail(error)
        self.arrived.fail(error)
    }
}
