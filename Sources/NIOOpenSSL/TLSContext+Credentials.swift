import COpenSSL

extension TLSContext {
    /// Makes each of `anchors` one that a peer's chain may end in, and on a server names them to
    /// clients, which choose their certificate by that.
    func trust(_ anchors: [[UInt8]]) throws(TLSError) {
        guard !anchors.isEmpty else {
            throw TLSError(.invalidConfiguration, "there is no trust anchor")
        }
        for (position, der) in anchors.enumerated() {
            guard let anchor = Self.certificate(der: der) else {
                throw TLSError(
                    .invalidConfiguration, "trust anchor \(position) is not a certificate in DER",
                    cause: OpenSSLError.drain())
            }
            defer { X509_free(anchor) }
            try self.expect("trust anchor \(position) is not taken") { context in
                // Both take a reference of their own.
                X509_STORE_add_cert(SSL_CTX_get_cert_store(context), anchor) == 1
                    && (self.role != .server || SSL_CTX_add_client_CA(context, anchor) == 1)
            }
        }
    }

    /// Presents `chain` to peers, and proves possession with `key`.
    func useCredentials(chain: [UInt8], key: SecretBytes) throws(TLSError) {
        let certificates = try Self.certificates(pem: chain)
        defer { for certificate in certificates { X509_free(certificate) } }
        guard let endEntity = certificates.first else {
            throw TLSError(.invalidConfiguration, "the chain holds no certificate in PEM")
        }
        try self.expect("our certificate is not taken") {
            SSL_CTX_use_certificate($0, endEntity) == 1
        }
        for intermediate in certificates.dropFirst() {
            try self.expect("an intermediate certificate is not taken") {
                dossier_SSL_CTX_add1_chain_cert($0, intermediate) == 1
            }
        }

        ERR_clear_error()
        let privateKey = key.withUnsafeBytes { bytes in
            Self.reading(bytes) { PEM_read_bio_PrivateKey($0, nil, refusePassPhrase, nil) }
        }
        guard let privateKey else {
            throw TLSError(
                .invalidConfiguration, "the private key is not an unencrypted key in PEM",
                cause: OpenSSLError.drain())
        }
        defer { EVP_PKEY_free(privateKey) }
        try self.expect("the private key does not fit the certificate") {
            SSL_CTX_use_PrivateKey($0, privateKey) == 1 && SSL_CTX_check_private_key($0) == 1
        }
    }

    /// Parses one certificate; null if `der` is anything else or more. The caller owns it.
    private static func certificate(der: [UInt8]) -> OpaquePointer? {
        ERR_clear_error()
        return der.withUnsafeBufferPointer { bytes in
            var position = bytes.baseAddress
            guard let certificate = d2i_X509(nil, &position, bytes.count) else { return nil }
            if position == bytes.baseAddress.map({ $0 + bytes.count }) { return certificate }
            X509_free(certificate)
            return nil
        }
    }

    /// Parses all certificates in `pem`. The caller owns each.
    private static func certificates(pem: [UInt8]) throws(TLSError) -> [OpaquePointer] {
        ERR_clear_error()
        let certificates = pem.withUnsafeBytes { bytes in
            var certificates: [OpaquePointer] = []
            _ = Self.reading(bytes) { bio -> OpaquePointer? in
                while let next = PEM_read_bio_X509(bio, nil, refusePassPhrase, nil) {
                    certificates.append(next)
                }
                return nil
            }
            return certificates
        }
        // The end of the text is told as "no start line"; anything else is a broken certificate.
        let queue = OpenSSLError.drain()
        if queue.codes.contains(where: {
            ERR_GET_LIB($0) != ERR_LIB_PEM || ERR_GET_REASON($0) != PEM_R_NO_START_LINE
        }) {
            for certificate in certificates { X509_free(certificate) }
            throw TLSError(
                .invalidConfiguration, "certificate \(certificates.count) of the chain is damaged",
                cause: queue)
        }
        return certificates
    }

    /// Calls `body` with a BIO over `bytes`; null if there is none or `body` returns null.
    private static func reading(
        _ bytes: UnsafeRawBufferPointer, _ body: (OpaquePointer) -> OpaquePointer?
    ) -> OpaquePointer? {
        guard let length = Int32(exactly: bytes.count) else { return nil }
        guard let bio = BIO_new_mem_buf(bytes.baseAddress, length) else { return nil }
        defer { BIO_free(bio) }
        return body(bio)
    }
}

/// Answers libcrypto's question for a pass phrase. Without it the question goes to the terminal.
private func refusePassPhrase(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int32, _ forWriting: Int32,
    _ argument: UnsafeMutableRawPointer?
) -> Int32 { -1 }
