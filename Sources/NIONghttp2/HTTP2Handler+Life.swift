import NIOCore

// How a connection begins, ends, and is watched.

extension HTTP2Handler {
    func activate(_ context: ChannelHandlerContext) {
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

    func perform(_ action: ConnectionLife.Action) {
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

    func fail(_ error: any Error, code: HTTP2ErrorCode? = nil) {
        guard self.life.takesInput else { return }
        let error =
            error as? HTTP2Error ?? HTTP2Error(.library, "connection failed", cause: error)
        self.failure = error
        if let code { self.session?.terminate(code) }
        self.perform(self.life.failed())
        self.delegate.connectionIsDraining()
        self.session?.abandon(error)
    }

    func closeIfDrained() {
        guard let session, session.streams.isEmpty else { return }
        let action = self.life.hasNoStreams()
        // The peer may still be owed a GOAWAY.
        if action == .close { self.writeOutput() }
        self.perform(action)
    }

    private func closeChannel() {
        self.context?.close(promise: nil)
    }

    func end() {
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
