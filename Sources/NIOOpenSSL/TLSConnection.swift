import COpenSSL
import NIOCore

/// One TLS connection without any I/O: bytes of the peer in and out, plaintext in and out. Wraps
/// an `SSL`.
///
/// Not safe for threads: it belongs to one event loop. After a failure only what waits to be sent
/// (the alert) may still be taken.
final class TLSConnection {
    /// Messages a peer may send after the handshake (key updates, tickets) before it is refused.
    /// Some libraries send a handful at the start; after that, one in 2^24 records would do.
    static let postHandshakeMessageAllowance = 32

    /// Records after which both directions get new keys: well below the 2^24.5 that RFC 8446,
    /// section 5.5 allows for AES-GCM. libssl does not do this by itself.
    static let recordsPerKey = 1 << 23

    /// How far a call came.
    enum Progress { case complete, incomplete }

    /// Why reading stopped.
    enum ReadOutcome {
        /// Everything that arrived has been decrypted.
        case drained
        /// The peer sent close_notify: nothing will follow.
        case closed
        /// The connection is broken. What was read before is good.
        case failed(TLSError)
    }

    private let ssl: OpaquePointer  // SSL *, owned (+1); owns the BIO
    let transport: BufferBIO
    let context: TLSContext

    /// What a callback refused the peer for, as no Swift error can pass through libssl.
    var refusal: TLSError?

    /// Whether the handshake has ended.
    private(set) var isEstablished = false

    /// The peer's chain as libssl verified it, in DER, end-entity first. Empty before that.
    var peerCertificates: [[UInt8]] = []

    private let recordsPerKey: Int
    private var recordsUnderKey = 0

    /// How many post-handshake messages the peer may still send. Raise it again as time passes.
    var remainingMessages = TLSConnection.postHandshakeMessageAllowance

    /// A connection in the role of `context` that has not begun its handshake.
    init(
        context: TLSContext, recordsPerKey: Int = TLSConnection.recordsPerKey
    ) throws(TLSError) {
        ERR_clear_error()
        // Null only without memory.
        guard let ssl = context.withContext({ SSL_new($0) }) else {
            throw TLSError(.handshakeFailed, "no SSL object", cause: OpenSSLError.drain())
        }
        self.ssl = ssl
        self.transport = BufferBIO()
        self.context = context
        self.recordsPerKey = recordsPerKey

        guard let bio = self.transport.makeBIO() else {
            throw TLSError(.handshakeFailed, "no BIO", cause: OpenSSLError.drain())
        }
        SSL_set_bio(ssl, bio, bio)  // takes the one reference, used for both directions
        // The callbacks come back by this pointer; they run inside calls on this object only.
        dossier_SSL_set_app_data(ssl, Unmanaged.passUnretained(self).toOpaque())
        switch context.role {
        case .server:
            SSL_set_accept_state(ssl)
        case .client:
            SSL_set_connect_state(ssl)
            if let name = context.serverNameIndication,
                dossier_SSL_set_tlsext_host_name(ssl, name) != 1
            {
                throw TLSError(
                    .invalidConfiguration, "server name is not taken", cause: OpenSSLError.drain())
            }
        }
    }

    deinit { SSL_free(self.ssl) }

    /// Gives the connection bytes of the peer.
    func receive(_ ciphertext: ByteBuffer) { self.transport.receive(ciphertext) }

    /// Bytes received that have not been looked at yet.
    var inboundBytes: Int { self.transport.inbound.readableBytes }

    /// Bytes that wait to be sent to the peer.
    var outboundBytes: Int { self.transport.outboundBytes }

    /// What waits to be sent to the peer.
    func takeOutbound() -> ByteBuffer { self.transport.takeOutbound() }

    /// Goes on with the handshake as far as the bytes received allow. A failure may leave an alert
    /// to be sent.
    func handshake() throws(TLSError) -> Progress {
        ERR_clear_error()
        // 1 is done; otherwise SSL_get_error says whether bytes are missing or it has failed.
        let result = SSL_do_handshake(self.ssl)
        self.transport.releaseInboundIfDrained()
        if result == 1 {
            self.isEstablished = true
            try self.requireApplicationProtocol()
            return .complete
        }
        if SSL_get_error(self.ssl, result) == SSL_ERROR_WANT_READ { return .incomplete }
        throw self.failure()
    }

    /// Decrypts what has arrived, as far as records are whole, and appends it to `plaintext`.
    func read(into plaintext: inout ByteBuffer) -> ReadOutcome {
        defer { self.transport.releaseInboundIfDrained() }
        while self.transport.inbound.readableBytes > 0 || SSL_has_pending(self.ssl) == 1 {
            ERR_clear_error()
            var result: Int32 = 0
            plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: 1) { target in
                var count = 0
                result = SSL_read_ex(self.ssl, target.baseAddress, target.count, &count)
                return count  // untouched, 0, unless the call succeeds
            }
            if result == 1 {
                self.recordsUnderKey += 1
                continue
            }
            switch SSL_get_error(self.ssl, result) {
            case SSL_ERROR_WANT_READ: return .drained
            case SSL_ERROR_ZERO_RETURN: return .closed
            default: return .failed(self.failure())
            }
        }
        return .drained
    }

    /// Encrypts all of `plaintext`, which must not be empty. Incomplete, with nothing written,
    /// while a message of the peer's that changes keys has arrived in part: go on when more has.
    func write(_ plaintext: ByteBuffer) throws(TLSError) -> Progress {
        let records = Self.recordCount(for: plaintext.readableBytes)
        self.transport.reserveOutbound(plaintext.readableBytes + records * Self.recordOverhead)
        self.renewKeysIfDue(afterWriting: records)
        ERR_clear_error()
        var result: Int32 = 0
        plaintext.withUnsafeReadableBytes { source in
            var count = 0
            // The BIO takes everything, so it is all or nothing.
            result = SSL_write_ex(self.ssl, source.baseAddress, source.count, &count)
        }
        if result == 1 { return .complete }
        if SSL_get_error(self.ssl, result) == SSL_ERROR_WANT_READ { return .incomplete }
        throw self.failure()
    }

    /// Ends our direction: leaves a close_notify to be sent. Harmless at any time after the
    /// handshake, except after a failure.
    func close() {
        ERR_clear_error()
        // 0 is "sent, peer's not seen yet", 1 "both"; below that it was too late to say goodbye.
        _ = SSL_shutdown(self.ssl)
        ERR_clear_error()
    }

    /// The protocol both sides agreed on.
    var applicationProtocol: String? {
        var name: UnsafePointer<UInt8>?  // borrowed
        var length: UInt32 = 0
        SSL_get0_alpn_selected(self.ssl, &name, &length)
        guard let name else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }
}

extension TLSConnection {
    /// Header, content type and tag (RFC 8446, section 5.2).
    private static let recordOverhead = 5 + 1 + 16

    /// Records that `count` bytes of plaintext become.
    private static func recordCount(for count: Int) -> Int {
        let limit = Int(SSL3_RT_MAX_PLAIN_LENGTH)
        return (count + limit - 1) / limit
    }

    /// Has libssl put a key update before what is written next, and ask the peer for one.
    private func renewKeysIfDue(afterWriting records: Int) {
        self.recordsUnderKey += records
        guard self.recordsUnderKey > self.recordsPerKey else { return }
        ERR_clear_error()
        // 0 while a message of the peer's is half read: then with the next write.
        guard SSL_key_update(self.ssl, SSL_KEY_UPDATE_REQUESTED) == 1 else { return }
        self.recordsUnderKey = records
    }

    /// A peer that sends no ALPN extension gets through the handshake, so this is checked after it.
    private func requireApplicationProtocol() throws(TLSError) {
        if self.context.applicationProtocols.isEmpty { return }
        let selected = self.applicationProtocol.map { Array($0.utf8) }
        if let selected, self.context.applicationProtocols.contains(selected) { return }
        self.close()
        throw TLSError(.applicationProtocolRefused, "no application protocol was agreed on")
    }

    private func failure() -> TLSError {
        let queue = OpenSSLError.drain()
        if var refusal = self.refusal {
            refusal.cause = refusal.cause ?? queue
            return refusal
        }
        return TLSError(queue, whileHandshaking: !self.isEstablished)
    }
}
