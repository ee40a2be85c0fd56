import NIOCore

// How what nghttp2 has to say gets to the channel.

extension HTTP2Handler {
    func scheduleFlush() {
        guard !self.isReading, !self.isFlushing, !self.isFlushScheduled, let context else { return }
        self.isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            self.flush()
        }
    }

    func flush() {
        guard let session else { return }
        self.writeOutput()
        self.closeIfDrained()
        // A drained connection is over as well, and is closed by now.
        if self.life.takesInput, session.isOver {
            self.fail(HTTP2Error(.peerViolation, "peer broke the protocol"))
        }
    }

    /// Writes what nghttp2 has to say while the channel takes it.
    func writeOutput() {
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
}
