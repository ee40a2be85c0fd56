import COpenSSL

extension TrustAnchors {
    /// Bits of security that every key and signature of a path must have: RSA from 2,048 bits on,
    /// no SHA-1.
    private static let securityLevel: Int32 = 2

    /// A path that was verified.
    struct Path {
        /// Its certificates in DER, without the trust anchor.
        let certificates: [[UInt8]]
        /// Who issued each of them, and under which number.
        let issuances: [Issuance]
        /// From when to when all of them, and the anchor, are valid.
        let validity: Range<Int64>
    }

    /// Path validation of RFC 5280, section 6, by libcrypto.
    static func verifyPath(
        _ chain: [Certificate], store: OpaquePointer, at time: Int64, usage: Usage
    ) throws -> Path {
        try self.withPath(of: chain, store: store) { parameters in
            self.configure(parameters, at: time, usage: usage)
        } body: { path in
            Path(
                certificates: try self.certificates(of: path),
                issuances: try self.issuances(of: path),
                validity: try self.validity(of: path, at: time))
        }
    }

    /// The anchors of all organisations, and those of the certificates given that are CAs below
    /// one, whatever the time.
    ///
    /// Throws `untrustedRevocationList` for a certificate that is not.
    func authorities(with certificates: [Certificate]) throws(CryptoError) -> [Certificate] {
        for certificate in certificates {
            let chain = [certificate] + certificates.filter { $0 != certificate }
            guard certificate.isAuthority,
                self.stores.values.contains(where: {
                    (try? Self.verifyAuthority(chain, store: $0)) != nil
                })
            else {
                throw CryptoError(
                    code: .untrustedRevocationList,
                    message: "the certificate of \(certificate.subject) is no CA's below a "
                        + "member's trust anchor")
            }
        }
        return self.certificates.values.joined() + certificates
    }

    private static func verifyAuthority(_ chain: [Certificate], store: OpaquePointer) throws {
        try self.withPath(of: chain, store: store) { parameters in
            let flags =
                UInt(X509_V_FLAG_X509_STRICT) | UInt(X509_V_FLAG_PARTIAL_CHAIN)
                | UInt(X509_V_FLAG_NO_CHECK_TIME)
            X509_VERIFY_PARAM_set_flags(parameters, flags)
            X509_VERIFY_PARAM_set_depth(parameters, Int32(self.maximumIntermediates))
            X509_VERIFY_PARAM_set_auth_level(parameters, self.securityLevel)
            X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_CRL_SIGN)
        } body: { _ in
        }
    }

    /// Has libcrypto find and verify the path from a chain's first certificate to an anchor of a
    /// store, and calls `body` with it, a stack that must not outlive the call.
    private static func withPath<Value>(
        of chain: [Certificate], store: OpaquePointer, configure: (OpaquePointer?) -> Void,
        body: (OpaquePointer?) throws -> Value
    ) throws -> Value {
        defer { withExtendedLifetime(chain) {} }  // the stack borrows from it
        let context = try LibCrypto.make(.libraryFailure, "no context") { X509_STORE_CTX_new() }
        defer { X509_STORE_CTX_free(context) }
        let intermediates = try self.stack(of: chain.dropFirst())
        defer { OPENSSL_sk_free(intermediates) }
        return try chain[0].withX509 { endEntity in
            try LibCrypto.require(.libraryFailure, "no path validation") {
                X509_STORE_CTX_init(context, store, endEntity, intermediates) == 1
            }
            configure(X509_STORE_CTX_get0_param(context))
            ERR_clear_error()
            // 1 is success; 0 and negative are failure, whose reason is in the context.
            guard X509_verify_cert(context) == 1 else {
                throw self.failure(X509_STORE_CTX_get_error(context), context)
            }
            return try body(X509_STORE_CTX_get0_chain(context))  // borrowed
        }
    }

    /// Who issued each certificate of a verified path but the last, and under which number.
    private static func issuances(of path: OpaquePointer?) throws(CryptoError) -> [Issuance] {
        var issuances: [Issuance] = []
        for index in 0..<max(OPENSSL_sk_num(path) - 1, 0) {
            let certificate = OpaquePointer(OPENSSL_sk_value(path, index))  // borrowed
            let issuer = OpaquePointer(OPENSSL_sk_value(path, index + 1))  // borrowed
            let key = try LibCrypto.encoding {
                i2d_X509_PUBKEY(X509_get_X509_PUBKEY(issuer), $0)
            }
            issuances.append(
                Issuance(
                    issuerKey: SHA256.digest(of: key),
                    serialNumber: try LibCrypto.encoding {
                        i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), $0)
                    }))
        }
        return issuances
    }

    /// The certificates of a verified path but the last, which is the anchor.
    private static func certificates(of path: OpaquePointer?) throws(CryptoError) -> [[UInt8]] {
        var certificates: [[UInt8]] = []
        for index in 0..<max(OPENSSL_sk_num(path) - 1, 0) {
            let certificate = OpaquePointer(OPENSSL_sk_value(path, index))  // borrowed
            certificates.append(try LibCrypto.encoding { i2d_X509(certificate, $0) })
        }
        return certificates
    }

    /// The time in which all certificates of a verified path are valid, which `time` is part of.
    private static func validity(
        of path: OpaquePointer?, at time: Int64
    ) throws(CryptoError) -> Range<Int64> {
        var validity = Int64.min..<Int64.max
        for index in 0..<OPENSSL_sk_num(path) {
            let certificate = OpaquePointer(OPENSSL_sk_value(path, index))  // borrowed
            let start = try Certificate.seconds(X509_get0_notBefore(certificate))
            let end = try Certificate.seconds(X509_get0_notAfter(certificate))
            guard start <= time, time < end else {
                throw CryptoError(code: .untrustedChain, message: "path verified out of its time")
            }
            validity = validity.clamped(to: start..<end)
        }
        return validity
    }

    private static func configure(_ parameters: OpaquePointer?, at time: Int64, usage: Usage) {
        // Strict: what RFC 5280 asks of certificates is not waived. Partial: an intermediate may be
        // an anchor.
        let flags = UInt(X509_V_FLAG_X509_STRICT) | UInt(X509_V_FLAG_PARTIAL_CHAIN)
        X509_VERIFY_PARAM_set_flags(parameters, flags)
        X509_VERIFY_PARAM_set_depth(parameters, Int32(self.maximumIntermediates))
        X509_VERIFY_PARAM_set_auth_level(parameters, self.securityLevel)
        X509_VERIFY_PARAM_set_time(parameters, Int(time))
        X509_VERIFY_PARAM_set_purpose(parameters, usage.purpose)
    }

    /// A stack that borrows its certificates.
    private static func stack(of chain: ArraySlice<Certificate>) throws(CryptoError)
        -> OpaquePointer
    {
        let stack = try LibCrypto.make(.libraryFailure, "no stack") { OPENSSL_sk_new_null() }
        for certificate in chain {
            let count = certificate.withX509 { OPENSSL_sk_push(stack, UnsafeRawPointer($0)) }
            guard count > 0 else {
                OPENSSL_sk_free(stack)
                throw CryptoError(code: .libraryFailure, message: "certificate not stacked")
            }
        }
        return stack
    }

    private static func failure(_ reason: Int32, _ context: OpaquePointer) -> CryptoError {
        let code: CryptoError.Code =
            switch reason {
            case X509_V_ERR_CERT_HAS_EXPIRED: .certificateExpired
            case X509_V_ERR_CERT_NOT_YET_VALID: .certificateNotYetValid
            case X509_V_ERR_INVALID_PURPOSE: .wrongUsage
            default: .untrustedChain
            }
        // Borrowed: the library's own static text.
        let text = String(cString: X509_verify_cert_error_string(Int(reason)))
        let depth = X509_STORE_CTX_get_error_depth(context)
        return CryptoError(
            code: code, message: "\(text) at depth \(depth)", cause: LibraryError.drained())
    }
}

extension TrustAnchors.Usage {
    /// What libcrypto checks along the path.
    var purpose: Int32 {
        switch self {
        case .client: X509_PURPOSE_SSL_CLIENT
        case .server: X509_PURPOSE_SSL_SERVER
        case .attestation: X509_PURPOSE_ANY
        }
    }

    /// What the end-entity certificate must say by itself. libcrypto would take an absent usage for
    /// permission; here it is none.
    func check(_ certificate: Certificate) throws(CryptoError) {
        let (isAuthority, keyUsage, extendedUsage) = certificate.withX509 {
            (X509_check_ca($0) != 0, X509_get_key_usage($0), X509_get_extended_key_usage($0))
        }
        guard !isAuthority else {
            throw CryptoError(code: .wrongUsage, message: "CA certificate as end entity")
        }
        // All bits set means that the certificate has no such extension.
        let signs = keyUsage != UInt32.max && keyUsage & UInt32(KU_DIGITAL_SIGNATURE) != 0
        let extends = { (flag: Int32) in
            extendedUsage != UInt32.max && extendedUsage & UInt32(flag) != 0
        }
        let isAllowed =
            switch self {
            case .client: signs && extends(XKU_SSL_CLIENT)
            case .server: signs && extends(XKU_SSL_SERVER)
            case .attestation: signs
            }
        guard isAllowed else {
            throw CryptoError(code: .wrongUsage, message: "certificate is not for \(self)")
        }
    }
}
