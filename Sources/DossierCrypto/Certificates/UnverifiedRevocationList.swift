import COpenSSL

/// A revocation list that nobody has vouched for yet. Wraps an `X509_CRL`.
final class UnverifiedRevocationList {
    /// Bits of security that the digest of its signature must have: no SHA-1.
    private static let minimumSecurityBits: Int32 = 112

    private let crl: OpaquePointer  // X509_CRL *, owned
    private let name: String

    /// Reads a list from DER; `position` is its place in its file, from 1, for messages.
    ///
    /// Throws `malformedRevocationList`, also for lists in forms that are not understood: those
    /// that only change another list, or speak for other CAs.
    init(der: [UInt8], position: Int) throws {
        self.crl = try LibCrypto.make(
            .malformedRevocationList, "list \(position) is no revocation list"
        ) {
            LibCrypto.decoding(der, { d2i_X509_CRL(nil, $0, $1) }, free: { X509_CRL_free($0) })
        }
        self.name = "list \(position)"
        try self.checkForm()
    }

    deinit { X509_CRL_free(self.crl) }

    /// The list, if one of the CAs given has signed it and may sign lists.
    ///
    /// Throws `untrustedRevocationList`.
    func verified(by authorities: [Certificate]) throws -> RevocationList {
        let issuer = try Certificate.text(of: X509_CRL_get_issuer(self.crl))
        guard let authority = authorities.first(where: { self.isSigned(by: $0) }) else {
            throw CryptoError(
                code: .untrustedRevocationList,
                message: "\(self.name), of \(issuer), is signed by no member's CA that may sign "
                    + "lists; the certificate of an intermediate CA belongs into the same file")
        }
        let nextUpdate = X509_CRL_get0_nextUpdate(self.crl)  // borrowed; null if there is none
        return RevocationList(
            issuer: issuer,
            issuerKey: SHA256.digest(of: try authority.subjectPublicKeyInfo),
            thisUpdate: try Certificate.seconds(X509_CRL_get0_lastUpdate(self.crl)),
            nextUpdate: try nextUpdate.map { try Certificate.seconds($0) },
            serialNumbers: try self.serialNumbers())
    }

    /// Whether a CA has signed the list, and may.
    func isSigned(by authority: Certificate) -> Bool {
        defer { ERR_clear_error() }
        ERR_clear_error()
        return authority.withX509 { x509 in
            // All bits set means that the certificate does not restrict what its key is for.
            let usage = X509_get_key_usage(x509)
            guard usage == UInt32.max || usage & UInt32(KU_CRL_SIGN) != 0,
                X509_NAME_cmp(X509_get_subject_name(x509), X509_CRL_get_issuer(self.crl)) == 0
            else { return false }
            // 1 is a good signature; 0 and below are not.
            return X509_CRL_verify(self.crl, X509_get0_pubkey(x509)) == 1  // borrowed
        }
    }

    private func checkForm() throws(CryptoError) {
        guard self.hasStrongDigest else { throw self.malformed("is signed with a weak digest") }
        var position: Int32 = -1
        while true {
            position = X509_CRL_get_ext_by_critical(self.crl, 1, position)
            guard position >= 0 else { break }
            let found = X509_CRL_get_ext(self.crl, position)  // borrowed
            guard OBJ_obj2nid(X509_EXTENSION_get_object(found)) == NID_issuing_distribution_point
            else {
                throw self.malformed("changes another list, or has a critical extension unknown")
            }
        }
        guard !self.isIndirect else { throw self.malformed("speaks for other CAs") }
    }

    private func malformed(_ what: String) -> CryptoError {
        CryptoError(
            code: .malformedRevocationList,
            message: "\(self.name) \(what); expected a complete list of one CA's own certificates")
    }

    private var hasStrongDigest: Bool {
        var digest: Int32 = NID_undef
        let signature = X509_CRL_get_signature_nid(self.crl)
        guard OBJ_find_sigid_algs(signature, &digest, nil) == 1 else { return false }
        // Ed25519 brings its own digest, and RSA-PSS names it elsewhere.
        guard digest != NID_undef else { return true }
        let method = EVP_get_digestbyname(OBJ_nid2sn(digest))
        // A digest of n bits resists collisions with n / 2.
        return method.map { EVP_MD_get_size($0) * 8 / 2 >= Self.minimumSecurityBits } ?? false
    }

    private var isIndirect: Bool {
        var criticality: Int32 = 0
        let found = X509_CRL_get_ext_d2i(
            self.crl, NID_issuing_distribution_point, &criticality, nil)
        ERR_clear_error()
        // With nothing: -1 says that there is no such extension, else it cannot be read.
        guard let found else { return criticality != -1 }
        let point = found.assumingMemoryBound(to: ISSUING_DIST_POINT.self)
        defer { ISSUING_DIST_POINT_free(point) }
        return point.pointee.indirectCRL != 0
    }

    private func serialNumbers() throws(CryptoError) -> Set<[UInt8]> {
        let entries = X509_CRL_get_REVOKED(self.crl)  // borrowed; null if there are none
        var numbers: Set<[UInt8]> = []
        for index in 0..<max(OPENSSL_sk_num(entries), 0) {
            let entry = OpaquePointer(OPENSSL_sk_value(entries, index))  // borrowed
            let number = X509_REVOKED_get0_serialNumber(entry)  // borrowed
            numbers.insert(try LibCrypto.encoding { i2d_ASN1_INTEGER(number, $0) })
        }
        return numbers
    }
}
