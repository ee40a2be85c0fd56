import COpenSSL

/// What libssl and libcrypto put into this thread's error queue, oldest first.
struct OpenSSLError: Error, CustomStringConvertible {
    /// Packed error codes: library and reason.
    let codes: [UInt]

    /// Empties this thread's queue. Call it on the thread of the call that failed, right after it.
    static func drain() -> OpenSSLError {
        var codes: [UInt] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { return OpenSSLError(codes: codes) }
            codes.append(code)
        }
    }

    /// The reason of the oldest error of libssl, which is the one that says why.
    var reasonOfTLS: Int32? {
        self.codes.first { ERR_GET_LIB($0) == ERR_LIB_SSL }.map { ERR_GET_REASON($0) }
    }

    /// libcrypto's texts: library, function and reason, no data.
    var description: String {
        if self.codes.isEmpty { return "no OpenSSL error" }
        return self.codes.map(Self.text(of:)).joined(separator: ", ")
    }

    private static func text(of code: UInt) -> String {
        // 256 is the size that ERR_error_string(3) names as always enough.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            ERR_error_string_n(code, start, buffer.count)
            return String(cString: start)
        }
    }
}

extension TLSError {
    /// What a failed libssl call means, by what it left in the error queue.
    init(_ queue: OpenSSLError, whileHandshaking: Bool) {
        switch queue.reasonOfTLS {
        case .some(SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE):
            self.init(.peerCertificateMissing, "peer presented no certificate", cause: queue)
        case .some(SSL_R_UNSUPPORTED_PROTOCOL), .some(SSL_R_WRONG_SSL_VERSION),
            .some(SSL_R_VERSION_TOO_LOW):
            self.init(.protocolVersionRefused, "peer does not offer TLS 1.3", cause: queue)
        case .some(SSL_R_NO_APPLICATION_PROTOCOL):
            self.init(
                .applicationProtocolRefused, "peer offers no application protocol of ours",
                cause: queue)
        case .some(let reason) where reason >= SSL_AD_REASON_OFFSET:
            self.init(alert: reason - SSL_AD_REASON_OFFSET, cause: queue)
        case .some, .none:
            self.init(
                whileHandshaking ? .handshakeFailed : .protocolViolation,
                "libssl refused what the peer sent", cause: queue)
        }
    }

    /// The meaning of a fatal alert that the peer sent (RFC 8446, section 6.2).
    private init(alert: Int32, cause: OpenSSLError) {
        let message =
            "peer sent alert \(alert), \(String(cString: SSL_alert_desc_string_long(alert)))"
        switch alert {
        case SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED,
            SSL_AD_CERTIFICATE_EXPIRED, SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA,
            SSL_AD_ACCESS_DENIED, SSL_AD_CERTIFICATE_REQUIRED:
            self.init(.certificateRefusedByPeer, message, cause: cause)
        case SSL_AD_PROTOCOL_VERSION:
            self.init(.protocolVersionRefused, message, cause: cause)
        case SSL_AD_NO_APPLICATION_PROTOCOL:
            self.init(.applicationProtocolRefused, message, cause: cause)
        default:
            self.init(.alertReceived, message, cause: cause)
        }
    }

    /// Why libcrypto refused the peer's chain: `code` is an X509_V_ERR value, `depth` the position
    /// of the certificate it is about, 0 being the end-entity.
    init(verification code: Int32, depth: Int32) {
        let reason = String(cString: X509_verify_cert_error_string(Int(code)))
        let message = "\(reason) (X.509 error \(code) at depth \(depth))"
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED, X509_V_ERR_CERT_NOT_YET_VALID:
            self.init(.peerCertificateOutOfDate, message)
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
            X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_CERT_UNTRUSTED:
            self.init(.peerCertificateUntrusted, message)
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            self.init(.peerNameMismatch, message)
        default:
            self.init(.peerCertificateUnfit, message)
        }
    }
}
