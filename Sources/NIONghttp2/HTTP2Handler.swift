public import NIOCore

/// An HTTP/2 connection on a channel whose bytes are in the clear (a TLS handler stands before it).
///
/// It opens the connection when the channel is or becomes active, writes what streams send once a
/// tick of the event loop, and ends the connection when a limit of `HTTP2Limits` is passed.
/// Its methods are called on the event loop.
public final class HTTP2Handler: ChannelDuplexHandler {
    /// Bytes from the peer.
    public typealias InboundIn = ByteBuffer
    /// Nothing: what arrives goes to the delegates.
    public typealias InboundOut = Never
    /// Nothing: streams are written to through `HTTP2Stream`.
    public typealias OutboundIn = Never
    /// Bytes to the peer.
    public typealias OutboundOut = ByteBuffer

    /// Bytes handed to the channel in one write.
    static let writeSize = 128 * 1024
    static let tickInterval = TimeAmount.seconds(1)

    let role: HTTP2Role
    let limits: HTTP2Limits
    let delegate: any HTTP2ConnectionDelegate
    var session: HTTP2Session?
    var context: ChannelHandlerContext?
    var life = ConnectionLife()
    var watch: ConnectionWatch
    var failure: HTTP2Error?
    var isReading = false
    var isFlushing = false
    var isFlushScheduled = false
    var ticking: Scheduled<Void>?
    var isOver = false

    /// A handler for one connection; it keeps `delegate` until the connection is over.
    public init(
        role: HTTP2Role, limits: HTTP2Limits = HTTP2Limits(),
        delegate: any HTTP2ConnectionDelegate
    ) {
        self.role = role
        self.limits = limits
        self.delegate = delegate
        self.watch = ConnectionWatch(limits: limits)
    }

    // MARK: - What users call

    /// Whether a stream can be opened.
    public var isOpen: Bool { self.life.isOpen && self.session != nil }

    /// Streams that are open.
    public var streamCount: Int { self.session?.streams.count ?? 0 }

    /// Whether so much is unsent that nothing should be done whose result has to wait behind it.
    public var isBackedUp: Bool { self.session?.isBackedUp ?? false }

    /// Opens a stream with a request.
    public func open(
        _ headers: HeaderBlock, isEnd: Bool = false, delegate: any HTTP2StreamDelegate
    ) throws -> HTTP2Stream {
        guard self.life.isOpen, let session else {
            throw HTTP2Error(.closed, "connection takes no new streams")
        }
        return try session.open(headers, isEnd: isEnd, delegate: delegate)
    }

    /// Ends the connection once the streams that are open, or under way to a server, have ended.
    public func closeGracefully() {
        self.perform(self.life.endRequested(by: self.role))
        self.closeIfDrained()
    }

    /// Ends the connection and all its streams now.
    public func close() {
        self.fail(HTTP2Error(.closed, "closed by this end"), code: .noError)
    }

    // MARK: - Channel

    /// Opens the connection if the channel is active already.
    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { self.activate(context) }
    }

    /// Ends the connection with the handler.
    public func handlerRemoved(context: ChannelHandlerContext) {
        self.end()
        self.context = nil
    }

    /// Opens the connection.
    public func channelActive(context: ChannelHandlerContext) {
        self.activate(context)
        context.fireChannelActive()
    }

    /// Ends all streams.
    public func channelInactive(context: ChannelHandlerContext) {
        self.end()
        context.fireChannelInactive()
    }

    /// Takes bytes from the peer.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let session, self.life.takesInput else { return }
        let buffer = self.unwrapInboundIn(data)
        self.isReading = true
        self.watch.received()
        do {
            try buffer.withUnsafeReadableBytes { bytes in
                try session.receive(bytes, at: context.eventLoop.now)
            }
        } catch {
            self.fail(error)
        }
    }

    /// Lets the delegate run what arrived, then writes the answers.
    public func channelReadComplete(context: ChannelHandlerContext) {
        self.delegate.connectionReadCompleted()
        self.isReading = false
        self.flush()
        context.fireChannelReadComplete()
    }

    /// Writes on when the channel takes bytes again.
    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { self.flush() }
        context.fireChannelWritabilityChanged()
    }

    /// Ends the connection: a channel that had an error is not to be trusted.
    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        self.fail(HTTP2Error(.connectionLost, "channel failed", cause: error))
    }
}
