import NIOCore
import NIOPosix
import Synchronization

@testable import NIOOpenSSL

/// A TLS server on a port of its own choosing, on the loopback interface.
struct LoopbackServer {
    /// How one accepted connection went.
    enum Outcome: Sendable, Equatable {
        case served(plaintext: String)
        case failed(TLSError)
    }

    let port: Int
    private let channel: any Channel
    private let outcomes: AsyncStream<Outcome>

    /// Starts one that sends the first buffer of each connection back and then closes it.
    static func start(_ context: TLSContext) async throws -> LoopbackServer {
        let (outcomes, continuation) = AsyncStream.makeStream(of: Outcome.self)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context))
                    try channel.pipeline.syncOperations.addHandler(AnswerOnce(continuation))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LoopbackServer(
            port: channel.localAddress?.port ?? 0, channel: channel, outcomes: outcomes)
    }

    /// How the next connection went, once it is over.
    func nextOutcome() async -> Outcome? {
        var iterator = self.outcomes.makeAsyncIterator()
        return await iterator.next()
    }

    func stop() async throws { try await self.channel.close() }
}

/// Sends the first buffer back, closes, and reports how the connection went.
private final class AnswerOnce: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let outcomes: AsyncStream<LoopbackServer.Outcome>.Continuation
    private var plaintext = ""
    private var failure: TLSError?

    init(_ outcomes: AsyncStream<LoopbackServer.Outcome>.Continuation) { self.outcomes = outcomes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.plaintext += String(buffer: self.unwrapInboundIn(data))
        context.writeAndFlush(data, promise: nil)
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.failure = self.failure ?? error as? TLSError
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.outcomes.yield(
            self.failure.map { .failed($0) } ?? .served(plaintext: self.plaintext))
    }
}

/// Dials 127.0.0.1 with `context`, says `request`, and returns everything the peer said until it
/// closed; throws what ended the connection otherwise.
func converse(port: Int, context: TLSContext, request: String) async throws -> String {
    let (answers, continuation) = AsyncThrowingStream.makeStream(of: String.self)
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(TLSHandler(context: context))
                try channel.pipeline.syncOperations.addHandler(Collector(continuation))
            }
        }
        .connect(host: "127.0.0.1", port: port).get()
    // Fails if the connection does; the collector tells why.
    channel.writeAndFlush(ByteBuffer(string: request), promise: nil)
    return try await answers.reduce(into: "") { $0 += $1 }
}

/// Passes on what it reads, and how the connection ended.
private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let continuation: AsyncThrowingStream<String, any Error>.Continuation

    init(_ continuation: AsyncThrowingStream<String, any Error>.Continuation) {
        self.continuation = continuation
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.continuation.yield(String(buffer: self.unwrapInboundIn(data)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.continuation.finish(throwing: error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { self.continuation.finish() }
}
