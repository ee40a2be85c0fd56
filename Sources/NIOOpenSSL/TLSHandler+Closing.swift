public import NIOCore

extension TLSHandler {
    /// Says goodbye to the peer and closes the channel.
    public func close(
        context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
    ) {
        guard mode == .all else {
            promise?.fail(ChannelError.operationUnsupported)
            return
        }
        self.closePromise = joined(self.closePromise, promise)
        if self.lifecycle.isOpen { self.encryptFlushed(context) }
        self.perform(self.lifecycle.closeRequested(), context)
    }

    func peerClosed(_ context: ChannelHandlerContext) {
        if self.lifecycle.isOpen { self.encryptFlushed(context) }
        self.perform(self.lifecycle.peerClosed(), context)
    }

    private func perform(_ closing: ConnectionLifecycle.Closing, _ context: ChannelHandlerContext) {
        switch closing {
        case .sayGoodbye:
            self.sayGoodbye(context, promise: nil)
        case .answerGoodbye:
            let sent = context.eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound(
                (handler: self, context: context), eventLoop: context.eventLoop)
            sent.futureResult.whenComplete { _ in
                let (handler, context) = bound.value
                if handler.lifecycle.waitEnded() { handler.closeChannel(context) }
            }
            self.sayGoodbye(context, promise: sent)
        case .closeChannel:
            self.failPending(ChannelError.ioOnClosedChannel)
            self.closeChannel(context)
        case .wait, .nothing:
            break
        }
    }

    private func sayGoodbye(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        self.connection.close()
        self.startTimer(self.closeDeadline, context)
        self.failPending(ChannelError.ioOnClosedChannel)
        self.sendOutbound(context, promise: promise)
        context.read()
    }

    /// Sends the alert that libssl has left, if any, and tells the handlers behind.
    func fail(_ error: TLSError, _ context: ChannelHandlerContext) {
        guard self.lifecycle.failed() else { return }
        self.startTimer(self.closeDeadline, context)
        self.sendOutbound(context, promise: nil)
        self.failPending(error)
        context.fireErrorCaught(error)
    }

    func closeChannel(_ context: ChannelHandlerContext) {
        self.stopTimer()
        let promise = self.closePromise
        self.closePromise = nil
        context.close(promise: promise)
    }
}
