import COpenSSL

/// What connections of one role share: our credentials, the trust anchors, the rules. Wraps an
/// `SSL_CTX`.
///
/// It never changes. To rotate certificates make another and hand it to new handlers; a
/// connection keeps the one it began with. The system's OpenSSL configuration applies first
/// (providers, cipher suites, groups, security level); this type only ever narrows it.
///
/// Sendable by proof: `context` is written by `init` alone, and what `SSL_new` does to it later is
/// reference counting and look-ups under libssl's own locks (openssl-threads(7)).
public final class TLSContext: @unchecked Sendable {
    /// Intermediates allowed between the peer's certificate and the anchor.
    static let maximumIntermediates: Int32 = 4

    /// At least 112 bits: no SHA-1 signature, no RSA key below 2048 bits.
    static let minimumSecurityLevel: Int32 = 2

    private let context: OpaquePointer  // SSL_CTX *, owned (+1)
    let role: TLSConfiguration.Role
    let applicationProtocols: [[UInt8]]
    let verifyPeer: @Sendable ([[UInt8]]) throws -> Void

    /// A context for `configuration`; throws `invalidConfiguration` if it does not make one.
    public init(_ configuration: TLSConfiguration) throws(TLSError) {
        self.role = configuration.role
        self.applicationProtocols = configuration.applicationProtocols.map { Array($0.utf8) }
        self.verifyPeer = configuration.verifyPeer

        let method = configuration.role == .server ? TLS_server_method() : TLS_client_method()
        ERR_clear_error()
        // Null when memory or the system's configuration does not allow it. Loads openssl.cnf.
        guard let context = SSL_CTX_new(method) else {
            throw TLSError(
                .invalidConfiguration, "no TLS context on this system", cause: OpenSSLError.drain())
        }
        self.context = context

        try self.restrictProtocol()
        try self.requireCertificateOfPeer()
        try self.trust(configuration.trustAnchors)
        try self.useCredentials(
            chain: configuration.certificateChainPEM, key: configuration.privateKeyPEM)
        try self.negotiateApplicationProtocol()
    }

    deinit { SSL_CTX_free(self.context) }

    /// Calls `body` with the `SSL_CTX`, which must not outlive the call.
    func withContext<Result, Failure: Error>(
        _ body: (OpaquePointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(self.context)
    }
}

extension TLSContext {
    private func restrictProtocol() throws(TLSError) {
        // 0 is "whatever the library has".
        let highest = dossier_SSL_CTX_get_max_proto_version(self.context)
        guard highest == 0 || highest >= TLS1_3_VERSION else {
            throw TLSError(.invalidConfiguration, "the system's configuration rules out TLS 1.3")
        }
        try self.expect("TLS 1.3 is not to be had") {
            dossier_SSL_CTX_set_min_proto_version($0, TLS1_3_VERSION) == 1
                && dossier_SSL_CTX_set_max_proto_version($0, TLS1_3_VERSION) == 1
                // No resumption: each connection presents its certificate and has it judged.
                && SSL_CTX_set_num_tickets($0, 0) == 1
        }
        SSL_CTX_set_options(
            self.context,
            dossier_SSL_OP_NO_TICKET | dossier_SSL_OP_NO_COMPRESSION
                | dossier_SSL_OP_NO_RENEGOTIATION)
        dossier_SSL_CTX_set_session_cache_mode(self.context, SSL_SESS_CACHE_OFF)
        if SSL_CTX_get_security_level(self.context) < Self.minimumSecurityLevel {
            SSL_CTX_set_security_level(self.context, Self.minimumSecurityLevel)
        }
        // One call of the BIO for as many records as fit, not two for each. Harmless as the BIO
        // has no end that could be overrun: what is read ahead stays in the same SSL object.
        dossier_SSL_CTX_set_read_ahead(self.context, 1)
        SSL_CTX_set_msg_callback(self.context, tlsMessagePassed)
    }

    private func requireCertificateOfPeer() throws(TLSError) {
        SSL_CTX_set_verify(
            self.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        SSL_CTX_set_verify_depth(self.context, Self.maximumIntermediates)
        SSL_CTX_set_cert_verify_callback(self.context, tlsVerifyPeer, nil)

        let parameters = SSL_CTX_get0_param(self.context)  // borrowed
        try self.expect("verification parameters are not to be had") { _ in
            X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN)) == 1
        }
        guard case .client(let serverName) = self.role else { return }
        // libcrypto reads an address to the first NUL only.
        guard !serverName.isEmpty, !serverName.utf8.contains(0) else {
            throw TLSError(.invalidConfiguration, "server name is empty or contains NUL")
        }
        // Fails unless the text is an address: then it is a name.
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, serverName) == 1 { return }
        X509_VERIFY_PARAM_set_hostflags(
            parameters,
            UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
        try self.expect("server name is neither a DNS name nor an IP address") { _ in
            X509_VERIFY_PARAM_set1_host(parameters, serverName, serverName.utf8.count) == 1
        }
    }

    /// The name for the server name indication, which is for DNS names only (RFC 6066, section 3).
    var serverNameIndication: String? {
        guard case .client(let serverName) = self.role else { return nil }
        guard let address = a2i_IPADDRESS(serverName) else {
            ERR_clear_error()
            return serverName
        }
        ASN1_OCTET_STRING_free(address)
        return nil
    }

    private func negotiateApplicationProtocol() throws(TLSError) {
        var list: [UInt8] = []
        for name in self.applicationProtocols {
            guard let length = UInt8(exactly: name.count), length > 0 else {
                throw TLSError(
                    .invalidConfiguration,
                    "application protocol has \(name.count) bytes, expected 1 to 255")
            }
            list.append(length)
            list.append(contentsOf: name)
        }
        if list.isEmpty { return }
        switch self.role {
        case .server:
            SSL_CTX_set_alpn_select_cb(self.context, tlsSelectApplicationProtocol, nil)
        case .client:
            // 0 is success here, unlike everywhere else.
            try self.expect("application protocols are not taken") {
                SSL_CTX_set_alpn_protos($0, list, UInt32(list.count)) == 0
            }
        }
    }

    /// Runs `call` on the context with a clean error queue; throws `invalidConfiguration` with
    /// `message` if it returns false.
    func expect(_ message: String, _ call: (OpaquePointer) -> Bool) throws(TLSError) {
        ERR_clear_error()
        guard self.withContext(call) else {
            throw TLSError(.invalidConfiguration, message, cause: OpenSSLError.drain())
        }
    }
}
