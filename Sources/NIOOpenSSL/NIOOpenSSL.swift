// A TLS 1.3 connection as a NIO handler, over the system's libssl.
//
// Open `TLSHandler` first: bytes of the peer in, plaintext out, and the reverse. It drives one
// `TLSConnection`, which owns the `SSL` object and does no I/O: libssl reads and writes through
// `BufferBIO`, which is two byte buffers. `TLSContext` is the `SSL_CTX` that connections share,
// made from a `TLSConfiguration` and replaced as a whole when certificates rotate.
//
// Left out on purpose: TLS 1.2 and older, session resumption and early data (each connection
// proves its certificate anew), renegotiation, compression, peers without a certificate, and
// half-closed connections. Who a verified peer *is* is not decided here: `verifyPeer` is told the
// chain that libssl has verified, and may refuse it.

/// The user inbound event that says the handshake has ended and plaintext may flow.
///
/// On a client it does not mean that the server has accepted the client's certificate: in TLS 1.3
/// the server judges it afterwards, and its refusal arrives as a `TLSError`.
public struct TLSHandshakeCompleted: Sendable, Hashable {
    /// The application protocol that both sides agreed on; nil only if none was configured.
    public var applicationProtocol: String?

    /// The peer's verified chain, each certificate in DER, end-entity first, trust anchor last.
    public var peerCertificates: [[UInt8]]

    /// An event with the values given.
    public init(applicationProtocol: String?, peerCertificates: [[UInt8]]) {
        self.applicationProtocol = applicationProtocol
        self.peerCertificates = peerCertificates
    }
}
