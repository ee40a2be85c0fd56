/// What a `TLSContext` is made from: who we are, whom we trust, what we speak.
public struct TLSConfiguration: Sendable {
    /// Which side of the connection this is.
    public enum Role: Sendable, Hashable {
        /// Accepts connections. The peer must present a certificate.
        case server

        /// Opens connections to `serverName`: a DNS name or an IP address in text form, which the
        /// server's certificate must carry as a subject alternative name.
        case client(serverName: String)
    }

    /// Which side of the connection this is.
    public var role: Role

    /// Our certificate, then the intermediates that lead to the peer's anchor, in PEM.
    public var certificateChainPEM: [UInt8]

    let privateKeyPEM: SecretBytes

    /// The certificates, in DER, one of which the peer's chain must end in. They need not be
    /// self-signed: an intermediate may be an anchor.
    public var trustAnchors: [[UInt8]]

    /// The application protocols (ALPN, RFC 7301) we speak, best first. If there is one, a
    /// connection that does not agree on any is refused.
    public var applicationProtocols: [String]

    /// Judges the peer's chain after libssl has verified it: signatures, dates, key usage, names.
    /// Gets each certificate in DER, end-entity first, trust anchor last. Throwing ends the
    /// handshake with a bad_certificate alert, a `TLSError` with code `peerCertificateRevoked` with a
    /// certificate_revoked alert. Called on the connection's event loop.
    public var verifyPeer: @Sendable (_ verifiedChain: [[UInt8]]) throws -> Void

    /// A configuration with the values given.
    ///
    /// `privateKeyPEM` is moved into memory that is wiped after use; give up your own reference
    /// with the call and it is wiped as well. An encrypted key is refused: nothing here asks for
    /// a pass phrase.
    public init(
        role: Role,
        certificateChainPEM: [UInt8],
        privateKeyPEM: consuming [UInt8],
        trustAnchors: [[UInt8]],
        applicationProtocols: [String],
        verifyPeer: @escaping @Sendable (_ verifiedChain: [[UInt8]]) throws -> Void
    ) {
        self.role = role
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = SecretBytes(moving: privateKeyPEM)
        self.trustAnchors = trustAnchors
        self.applicationProtocols = applicationProtocols
        self.verifyPeer = verifyPeer
    }
}
