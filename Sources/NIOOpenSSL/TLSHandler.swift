public import NIOCore

/// Speaks TLS 1.3 on a channel: stands next to the socket, gives the handlers behind it plaintext
/// and takes plaintext from them.
///
/// What is written before the handshake has ended waits for it, without the channel becoming
/// unwritable: write in bulk only after `TLSHandshakeCompleted`, which the handlers behind see
/// when it has. Whatever ends the connection other than a regular close reaches
/// them as a `TLSError` through `errorCaught`, once; the channel then closes by itself.
///
/// Closing the channel sends what was flushed and close_notify, and waits a bounded time for the
/// peer's end, so that nothing sent is lost to a reset. Only `CloseMode.all` is supported.
public final class TLSHandler: ChannelDuplexHandler {
    /// Ciphertext of the peer.
    public typealias InboundIn = ByteBuffer
    /// Plaintext of the peer.
    public typealias InboundOut = ByteBuffer
    /// Plaintext for the peer.
    public typealias OutboundIn = ByteBuffer
    /// Ciphertext for the peer.
    public typealias OutboundOut = ByteBuffer

    /// How long a peer may take from connecting to the end of the handshake.
    public static let handshakeDeadline = TimeAmount.seconds(10)

    /// How long the peer's end is awaited after ours.
    public static let closeDeadline = TimeAmount.seconds(5)

    /// In this time a peer gets a new `TLSConnection.postHandshakeMessageAllowance`.
    static let allowancePeriod = TimeAmount.seconds(30)

    /// A plaintext buffer larger than this is not kept for the next read.
    static let maximumKeptCapacity = 32 * 1024

    let connection: TLSConnection
    let handshakeDeadline: TimeAmount
    let closeDeadline: TimeAmount

    var lifecycle = ConnectionLifecycle()
    var pending = PendingWrites()
    var plaintext = ByteBuffer()

    /// Runs out with the handshake's deadline, later with the close's.
    var timer: Scheduled<Void>?

    /// Of those who asked for the channel to be closed.
    var closePromise: EventLoopPromise<Void>?

    /// From the first `channelRead` to `channelReadComplete`: flushes wait for the latter, so that
    /// the answers to everything read together leave together.
    var isReading = false

    /// Whether something was written to the channel that it has not been told to flush.
    var isFlushNeeded = false

    /// Whether the reader asked for data and has got none since.
    var isReadWanted = false

    /// When the peer gets its allowance back; null while it is whole.
    var allowanceRenewal: NIODeadline?

    /// A handler for one connection in the role that `context` has.
    public init(
        context: TLSContext,
        handshakeDeadline: TimeAmount = TLSHandler.handshakeDeadline,
        closeDeadline: TimeAmount = TLSHandler.closeDeadline
    ) throws(TLSError) {
        self.connection = try TLSConnection(context: context)
        self.handshakeDeadline = handshakeDeadline
        self.closeDeadline = closeDeadline
    }
}

/// Belongs to its channel's event loop.
@available(*, unavailable)
extension TLSHandler: Sendable {}

extension TLSHandler {
    /// Begins the handshake if the channel is active already.
    public func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { self.begin(context) }
    }

    /// Fails what was not sent.
    public func handlerRemoved(context: ChannelHandlerContext) {
        self.release(failing: ChannelError.ioOnClosedChannel)
    }

    /// Begins the handshake. The handlers behind hear first, so that whatever the handshake does
    /// to the channel comes after that for them.
    public func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        self.begin(context)
    }

    /// Reports an end that was not announced.
    public func channelInactive(context: ChannelHandlerContext) {
        switch self.lifecycle.deactivated() {
        case .duringHandshake:
            let error = TLSError(.handshakeFailed, "connection ended before the handshake did")
            self.release(failing: error)
            context.fireErrorCaught(error)
        case .truncated:
            let error = TLSError(.truncated, "connection ended without close_notify")
            self.release(failing: error)
            context.fireErrorCaught(error)
        case .expected:
            self.release(failing: ChannelError.ioOnClosedChannel)
        }
        context.fireChannelInactive()
    }

    /// Ends what waits: the channel is closed.
    func release(failing error: any Error) {
        self.stopTimer()
        self.failPending(error)
        let promise = self.closePromise
        self.closePromise = nil
        promise?.succeed()
    }

    /// Taken out first: whoever hears of a failure may call this handler again.
    func failPending(_ error: any Error) {
        for promise in self.pending.removeAll() { promise.fail(error) }
    }

    func begin(_ context: ChannelHandlerContext) {
        guard self.lifecycle.activated() else { return }
        self.startTimer(self.handshakeDeadline, context)
        self.advance(context)
        self.send(context)
        context.read()
    }

    func startTimer(_ delay: TimeAmount, _ context: ChannelHandlerContext) {
        self.stopTimer()
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        self.timer = context.eventLoop.scheduleTask(in: delay) {
            bound.value.handler.timedOut(bound.value.context)
        }
    }

    func stopTimer() {
        self.timer?.cancel()
        self.timer = nil
    }

    func timedOut(_ context: ChannelHandlerContext) {
        let isHandshakeLate = self.lifecycle.reading == .handshake
        guard self.lifecycle.waitEnded() else { return }
        if isHandshakeLate {
            let error = TLSError(.handshakeTimedOut, "handshake did not end in time")
            self.failPending(error)
            context.fireErrorCaught(error)
        }
        self.closeChannel(context)
    }
}
