public import NIOCore

extension TLSHandler {
    /// Asks for bytes of the peer.
    public func read(context: ChannelHandlerContext) {
        self.isReadWanted = true
        context.read()
    }

    /// Queues plaintext for the next flush.
    public func write(
        context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?
    ) {
        guard self.lifecycle.takesWrites else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        self.pending.append(self.unwrapOutboundIn(data), promise: promise)
    }

    /// Encrypts what is queued and sends it: at once, or when the handshake has ended, or when
    /// everything that was read together has been handled. The last not if it is much: a writer
    /// that goes by the channel's writability must see it change.
    public func flush(context: ChannelHandlerContext) {
        self.pending.flush()
        if !self.isReading || self.pending.byteCount >= PendingWrites.pieceBytes {
            self.send(context)
        }
    }

    /// Sends everything that can be: what was flushed, and what libssl has to say.
    func send(_ context: ChannelHandlerContext) {
        if self.lifecycle.isOpen { self.encryptFlushed(context) }
        self.sendOutbound(context, promise: nil)
    }

    /// Encrypts what was flushed and writes it to the channel, which is yet to be flushed.
    func encryptFlushed(_ context: ChannelHandlerContext) {
        var promise: EventLoopPromise<Void>?
        while let piece = self.pending.next() {
            do throws(TLSError) {
                if try self.encrypt(piece) == .incomplete { break }
            } catch {
                promise?.fail(error)
                self.fail(error, context)
                return
            }
            promise = joined(promise, self.pending.removeNext())
            guard self.connection.outboundBytes >= PendingWrites.pieceBytes else { continue }
            self.writeOutbound(context, promise: promise)
            promise = nil
        }
        self.writeOutbound(context, promise: promise)
    }

    private func encrypt(_ piece: ByteBuffer) throws(TLSError) -> TLSConnection.Progress {
        if piece.readableBytes == 0 { return .complete }
        return try self.connection.write(piece)
    }

    private func writeOutbound(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        guard self.connection.outboundBytes > 0 || promise != nil else { return }
        self.isFlushNeeded = true
        context.write(self.wrapOutboundOut(self.connection.takeOutbound()), promise: promise)
    }

    func sendOutbound(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        self.writeOutbound(context, promise: promise)
        guard self.isFlushNeeded else { return }
        self.isFlushNeeded = false
        context.flush()
    }
}
