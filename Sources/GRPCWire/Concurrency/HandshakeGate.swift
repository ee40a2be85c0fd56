import NIOCore
import NIOOpenSSL

/// Waits for the end of a connection's TLS handshake, tells it once, and gives its place to HTTP/2.
final class HandshakeGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private var ended: ((Result<[[UInt8]], any Error>) -> Void)?

    /// `ended` is called with the peer's verified certificates, or with why there was no handshake.
    init(ended: @escaping (Result<[[UInt8]], any Error>) -> Void) {
        self.ended = ended
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? TLSHandshakeCompleted else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        if event.applicationProtocol == "h2" {
            self.end(.success(event.peerCertificates))
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } else {
            self.end(.failure(GRPCError(.connectFailed, "peer does not speak HTTP/2")))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard self.ended != nil else {
            context.fireErrorCaught(error)
            return
        }
        self.end(.failure(error))
    }

    func channelInactive(context: ChannelHandlerContext) {
        self.end(.failure(GRPCError(.connectFailed, "connection was closed by the peer")))
        context.fireChannelInactive()
    }

    private func end(_ result: Result<[[UInt8]], any Error>) {
        let ended = self.ended
        self.ended = nil
        ended?(result)
    }
}
