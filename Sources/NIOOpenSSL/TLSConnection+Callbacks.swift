import COpenSSL

// What the C callbacks call, each while libssl is inside a call of this object.
extension TLSConnection {
    /// The connection that `ssl` belongs to.
    static func of(_ ssl: OpaquePointer?) -> TLSConnection? {
        guard let data = dossier_SSL_get_app_data(ssl) else { return nil }
        return Unmanaged<TLSConnection>.fromOpaque(data).takeUnretainedValue()
    }

    /// Verifies the peer's chain, then asks the configuration. On false, the store's error is
    /// what libssl makes the alert from.
    func verifyPeer(_ store: OpaquePointer) -> Bool {
        // 1 is verified; 0 and below are not.
        guard X509_verify_cert(store) == 1 else { return self.refuse(store) }
        let chain = X509_STORE_CTX_get0_chain(store)  // borrowed
        // libcrypto lets a CA's certificate be an end-entity. 0 is "no CA".
        guard let endEntity = OPENSSL_sk_value(chain, 0),
            X509_check_ca(OpaquePointer(endEntity)) == 0
        else {
            X509_STORE_CTX_set_error(store, X509_V_ERR_INVALID_PURPOSE)
            X509_STORE_CTX_set_error_depth(store, 0)
            return self.refuse(store)
        }
        do {
            let certificates = try Self.encode(chain: chain)
            try self.context.verifyPeer(certificates)
            self.peerCertificates = certificates
            return true
        } catch let error as TLSError where error.code == .peerCertificateRevoked {
            self.refusal = error
            X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REVOKED)
            return false
        } catch {
            self.refusal = TLSError(
                .peerCertificateRejected, "verified chain was refused", cause: error)
            X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
            return false
        }
    }

    private func refuse(_ store: OpaquePointer) -> Bool {
        self.refusal = TLSError(
            verification: X509_STORE_CTX_get_error(store),
            depth: X509_STORE_CTX_get_error_depth(store))
        return false
    }

    private static func encode(chain: OpaquePointer?) throws(TLSError) -> [[UInt8]] {
        var certificates: [[UInt8]] = []
        for index in 0..<OPENSSL_sk_num(chain) {
            let certificate = OpaquePointer(OPENSSL_sk_value(chain, index))  // borrowed
            let size = i2d_X509(certificate, nil)
            guard size > 0 else {
                throw TLSError(.peerCertificateUnfit, "certificate cannot be encoded")
            }
            certificates.append(
                [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
                    var position = buffer.baseAddress
                    count = Int(i2d_X509(certificate, &position))
                })
        }
        return certificates
    }

    /// The first of our protocols that is in `offered`, as a range of it.
    func selectProtocol(from offered: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        for name in self.context.applicationProtocols {
            var start = 0
            // libssl has checked that the lengths add up.
            while start < offered.count {
                let candidate = start + 1..<start + 1 + Int(offered[start])
                if offered[candidate].elementsEqual(name) { return candidate }
                start = candidate.upperBound
            }
        }
        return nil
    }

    /// Counts what the peer sends beside data once the handshake is over.
    func receivedHandshakeMessage() {
        guard self.isEstablished else { return }
        self.remainingMessages -= 1
        guard self.remainingMessages < 0 else { return }
        self.refusal = TLSError(.messageFlood, "too many messages after the handshake")
        self.transport.refusesReading = true
    }
}
