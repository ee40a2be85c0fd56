public import NIOCore

extension TLSHandler {
    /// Decrypts, and passes on as one buffer what there is.
    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        self.isReading = true
        self.connection.receive(self.unwrapInboundIn(data))
        self.advance(context)
    }

    /// Sends what reading has brought about.
    public func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        self.isReading = false
        self.send(context)
        // Bytes that made no whole record are no answer to the reader's wish, nor is a handshake.
        if self.isReadWanted || self.lifecycle.awaitsPeer { context.read() }
    }

    /// Goes on with what has arrived, in whatever state the connection is.
    func advance(_ context: ChannelHandlerContext) {
        if self.lifecycle.reading == .handshake { self.shakeHands(context) }
        switch self.lifecycle.reading {
        case .deliver: self.deliver(context)
        case .discard: self.discard(context)
        case .handshake, .ignore: break
        }
    }

    private func shakeHands(_ context: ChannelHandlerContext) {
        do throws(TLSError) {
            guard try self.connection.handshake() == .complete else { return }
        } catch {
            self.fail(error, context)
            return
        }
        // `verifyPeer` is foreign code, and may have had the channel closed.
        guard self.lifecycle.handshakeCompleted() else { return }
        self.stopTimer()
        context.fireUserInboundEventTriggered(
            TLSHandshakeCompleted(
                applicationProtocol: self.connection.applicationProtocol,
                peerCertificates: self.connection.peerCertificates))
    }

    private func deliver(_ context: ChannelHandlerContext) {
        let outcome = self.decrypt(context)
        if self.plaintext.readableBytes > 0 {
            self.isReadWanted = false
            context.fireChannelRead(self.wrapInboundOut(self.plaintext))
        }
        switch outcome {
        case .drained: break
        case .closed: self.peerClosed(context)
        case .failed(let error): self.fail(error, context)
        }
    }

    /// Reads on after our own close_notify, for the peer's alone.
    private func discard(_ context: ChannelHandlerContext) {
        switch self.decrypt(context) {
        case .drained: break
        case .closed: self.peerClosed(context)
        case .failed:
            if self.lifecycle.waitEnded() { self.closeChannel(context) }
        }
    }

    private func decrypt(_ context: ChannelHandlerContext) -> TLSConnection.ReadOutcome {
        self.renewAllowance(context)
        if self.plaintext.capacity > Self.maximumKeptCapacity { self.plaintext = ByteBuffer() }
        // If the reader has let go of the last buffer, this is the same memory again.
        self.plaintext.clear(minimumCapacity: self.connection.inboundBytes)
        return self.connection.read(into: &self.plaintext)
    }

    private func renewAllowance(_ context: ChannelHandlerContext) {
        guard self.connection.remainingMessages < TLSConnection.postHandshakeMessageAllowance else {
            return
        }
        let now = context.eventLoop.now
        guard let renewal = self.allowanceRenewal else {
            self.allowanceRenewal = now + Self.allowancePeriod
            return
        }
        guard now >= renewal else { return }
        self.connection.remainingMessages = TLSConnection.postHandshakeMessageAllowance
        self.allowanceRenewal = nil
    }
}
