import COpenSSL

extension Certificate {
    /// The identity that the certificate claims. It is proven only by `TrustAnchors.verify`.
    ///
    /// Throws `malformedIdentity` unless there is exactly one URI among the subject's alternative
    /// names and it is an identity, `foreignTrustDomain` for one of another domain. The subject's
    /// common name counts for nothing.
    public func peerIdentity(trustDomain: String) throws -> PeerIdentity {
        let uris = try self.uniformResourceIdentifiers()
        guard uris.count == 1 else {
            throw CryptoError(
                code: .malformedIdentity, message: "certificate has \(uris.count) URIs, expected 1")
        }
        return try PeerIdentity(spiffeID: uris[0], trustDomain: trustDomain)
    }

    /// The bytes of each URI among the subject's alternative names.
    private func uniformResourceIdentifiers() throws(CryptoError) -> [[UInt8]] {
        defer { ERR_clear_error() }
        var criticality: Int32 = 0
        let names = self.withX509 {
            OpaquePointer(X509_get_ext_d2i($0, NID_subject_alt_name, &criticality, nil))
        }
        // With no names: -1 says that the certificate has none, anything else that it has them
        // twice or that they cannot be read.
        guard let names else {
            guard criticality == -1 else {
                throw CryptoError(
                    code: .malformedIdentity, message: "alternative names cannot be read")
            }
            return []
        }
        defer { GENERAL_NAMES_free(names) }
        return (0..<OPENSSL_sk_num(names)).compactMap { index in
            let name = OPENSSL_sk_value(names, index)?.assumingMemoryBound(to: GENERAL_NAME.self)
            guard let name, name.pointee.type == GEN_URI else { return nil }
            let string = name.pointee.d.uniformResourceIdentifier  // borrowed
            return [UInt8](
                UnsafeBufferPointer(
                    start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
        }
    }
}
