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
    private static let writeSize = 128 * 1024
    private static let tickInterval = TimeAmount.seconds(1)

    private let role: HTTP2Role
    private let limits: HTTP2Limits
    private let delegate: any HTTP2ConnectionDelegate
    private var session: HTTP2Session?
    private var context: ChannelHandlerContext?
    private var life = ConnectionLife()
    private var watch: ConnectionWatch
    private var failure: HTTP2Error?
    private var isReading = false
    private var isFlushing = false
    private var isFlushScheduled = false
    private var ticking: Scheduled<Void>?
    private var isOver = false

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

    // MARK: - Life

    private func activate(_ context: ChannelHandlerContext) {
        guard self.life.activated() == .start else { return }
        do {
            let session = try HTTP2Session(
                role: self.role, limits: self.limits, allocator: context.channel.allocator)
            session.delegate = self.delegate
            session.outputReady = { [unowned self] in self.scheduleFlush() }
            session.pingAcknowledged = { [unowned self] in self.pingAcknowledged() }
            session.goAwayReceived = { [unowned self] in self.goAwayReceived() }
            self.session = session
            self.watch.begin(at: context.eventLoop.now)
            try session.start()
            self.flush()
            self.scheduleTick(context)
        } catch {
            self.fail(error)
        }
    }

    private func pingAcknowledged() {
        self.watch.received()
        self.perform(self.life.announcementEnded())
    }

    private func goAwayReceived() {
        self.life.peerIsLeaving()
        self.delegate.connectionIsDraining()
    }

    private func perform(_ action: ConnectionLife.Action) {
        switch action {
        case .none, .start:
            break
        case .announceEnd:
            self.session?.announceEnd()
            self.after(self.limits.drainAnnouncement) { handler in
                handler.perform(handler.life.announcementEnded())
                handler.closeIfDrained()
            }
        case .refuseNewStreams:
            self.session?.refuseNewStreams()
            self.delegate.connectionIsDraining()
        case .linger:
            self.flush()
            self.after(self.limits.linger) { $0.closeChannel() }
        case .close:
            self.closeChannel()
        }
    }

    private func fail(_ error: any Error, code: HTTP2ErrorCode? = nil) {
        guard self.life.takesInput else { return }
        let error =
            error as? HTTP2Error ?? HTTP2Error(.library, "connection failed", cause: error)
        self.failure = error
        if let code { self.session?.terminate(code) }
        self.perform(self.life.failed())
        self.session?.abandon(error)
    }

    private func closeIfDrained() {
        guard let session, session.streams.isEmpty else { return }
        let action = self.life.hasNoStreams()
        // The peer may still be owed a GOAWAY.
        if action == .close { self.writeOutput() }
        self.perform(action)
    }

    private func closeChannel() {
        self.context?.close(promise: nil)
    }

    private func end() {
        self.ticking?.cancel()
        self.ticking = nil
        guard !self.isOver else { return }
        self.isOver = true
        let wasCut = self.life.ended()
        let hadStreams = self.session?.streams.isEmpty == false
        let lost = HTTP2Error(.connectionLost, "connection was closed")
        self.session?.abandon(self.failure ?? lost)
        self.session = nil
        self.delegate.connectionClosed(self.failure ?? (wasCut && hadStreams ? lost : nil))
    }

    // MARK: - Output

    private func scheduleFlush() {
        guard !self.isReading, !self.isFlushing, !self.isFlushScheduled, let context else { return }
        self.isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            self.flush()
        }
    }

    private func flush() {
        guard let session else { return }
        self.writeOutput()
        self.closeIfDrained()
        // A drained connection is over as well, and is closed by now.
        if self.life.takesInput, session.isOver {
            self.fail(HTTP2Error(.peerViolation, "peer broke the protocol"))
        }
    }

    /// Writes what nghttp2 has to say while the channel takes it.
    private func writeOutput() {
        guard let context, let session, !self.isFlushing else { return }
        self.isFlushing = true
        defer { self.isFlushing = false }
        do {
            // Each round is flushed before the next: the channel may become writable again within
            // the flush, which is not told again.
            while context.channel.isWritable {
                session.output.clear()
                try session.produce(limit: Self.writeSize)
                guard session.output.readableBytes > 0 else { break }
                context.writeAndFlush(self.wrapOutboundOut(session.output), promise: nil)
            }
        } catch {
            self.fail(error)
        }
    }

    // MARK: - Time

    private func after(_ delay: TimeAmount, _ body: @escaping (HTTP2Handler) -> Void) {
        _ = self.context?.eventLoop.assumeIsolated().scheduleTask(in: delay) { body(self) }
    }

    private func scheduleTick(_ context: ChannelHandlerContext) {
        self.ticking = context.eventLoop.assumeIsolated().scheduleTask(in: Self.tickInterval) {
            self.tick(context)
        }
    }

    private func tick(_ context: ChannelHandlerContext) {
        guard let session, !self.isOver else { return }
        let verdict = self.watch.verdict(
            on: ConnectionWatch.Sight(
                now: context.eventLoop.now, streamCount: session.streams.count,
                streamsOpened: session.streamsOpened, hasPeerSettings: session.hasPeerSettings,
                openBlockStart: session.meter.openBlockStart))
        session.tick(
            stallLimit: Int(self.limits.stallTimeout.nanoseconds / Self.tickInterval.nanoseconds))
        switch verdict {
        case .well: break
        case .ping: session.ping()
        case .endGracefully: self.closeGracefully()
        case .timedOut(let what):
            self.fail(HTTP2Error(.timedOut, what), code: .enhanceYourCalm)
        }
        if self.life.takesInput { self.scheduleTick(context) }
    }
}
