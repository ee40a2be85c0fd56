import COpenSSL

extension CertificateAuthority {
    /// How long a revocation list is good unless told otherwise: 90 days, in seconds.
    public static let revocationListLifetimeSeconds: Int64 = 90 * 86_400

    /// Takes certificates back: the PEM file of revocation lists with this CA's made anew.
    ///
    /// What the CA had taken back stays so, and other CAs' lists stay as they are.
    ///
    /// - Parameters:
    ///   - certificates: certificates of this CA; none makes the same list, good for longer.
    ///   - file: the PEM file as it was; empty if there is none yet.
    ///   - time: when the list is made, in seconds since 1970 in UTC.
    /// - Throws: ``CryptoError`` with code `untrustedChain` for a certificate that this CA has not
    ///   issued, `malformedRevocationList` for a file that is none.
    public func revoke(
        _ certificates: [Certificate], addingTo file: [UInt8] = [],
        issuedAt time: Int64 = UnixTime.now,
        lifetimeSeconds: Int64 = CertificateAuthority.revocationListLifetimeSeconds
    ) throws -> [UInt8] {
        for certificate in certificates where !self.hasIssued(certificate) {
            throw CryptoError(
                code: .untrustedChain,
                message: "the certificate of \(certificate.subject) is not one of "
                    + self.certificate.subject)
        }
        var numbers = Set(try certificates.map { try $0.serialNumber })
        let old = file.isEmpty ? nil : try RevocationBlocks(pem: file)
        var others: [[UInt8]] = []
        for (position, der) in (old?.lists ?? []).enumerated() {
            let list = try UnverifiedRevocationList(der: der, position: position + 1)
            if list.isSigned(by: self.certificate) {
                numbers.formUnion(try list.verified(by: [self.certificate]).serialNumbers)
            } else {
                others.append(der)
            }
        }
        let made = try self.revocationList(
            of: numbers, issuedAt: time, lifetimeSeconds: lifetimeSeconds)
        var pem: [UInt8] = []
        for certificate in old?.certificates ?? [] { pem += try certificate.pem }
        for der in others + [made] {
            pem += try PEMBlock(label: RevocationBlocks.listLabel, bytes: der).pem
        }
        return pem
    }

    private func hasIssued(_ certificate: Certificate) -> Bool {
        defer { ERR_clear_error() }
        return certificate.withX509 { x509 in
            self.certificate.withX509 { authority in
                // 0 is "the issuer by name and key identifier", 1 a good signature.
                X509_check_issued(authority, x509) == X509_V_OK
                    && X509_verify(x509, X509_get0_pubkey(authority)) == 1
            }
        }
    }

    /// A list of serial numbers, in DER.
    func revocationList(
        of numbers: Set<[UInt8]>, issuedAt time: Int64, lifetimeSeconds: Int64
    ) throws -> [UInt8] {
        let crl = try LibCrypto.make(.libraryFailure, "no list") { X509_CRL_new() }
        defer { X509_CRL_free(crl) }
        try self.certificate.withX509 { authority throws(CryptoError) in
            try RevocationListBuilder.setHead(
                of: crl, authority, from: time, to: time + lifetimeSeconds)
        }
        for number in numbers.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            try RevocationListBuilder.add(number, at: time, to: crl)
        }
        try self.withSigningContext { context in
            // The signature's size, or 0 for failure.
            try LibCrypto.require(.libraryFailure, "list not signed") {
                X509_CRL_sort(crl) == 1 && X509_CRL_sign_ctx(crl, context) > 0
            }
        }
        return try LibCrypto.encoding { i2d_X509_CRL(crl, $0) }
    }
}

/// Puts a revocation list together.
private enum RevocationListBuilder {
    /// Lists with extensions are of version 2, which is written as 1.
    private static let version2 = 1

    static func setHead(
        of crl: OpaquePointer, _ authority: OpaquePointer, from start: Int64, to end: Int64
    ) throws(CryptoError) {
        try LibCrypto.require(.libraryFailure, "version or issuer of the list not set") {
            X509_CRL_set_version(crl, self.version2) == 1
                && X509_CRL_set_issuer_name(crl, X509_get_subject_name(authority)) == 1
        }
        try self.withTime(start) { X509_CRL_set1_lastUpdate(crl, $0) == 1 }
        try self.withTime(end) { X509_CRL_set1_nextUpdate(crl, $0) == 1 }

        var context = X509V3_CTX()
        X509V3_set_ctx(&context, authority, nil, nil, crl, 0)
        let identifier = try LibCrypto.make(.libraryFailure, "no key identifier") {
            X509V3_EXT_conf_nid(nil, &context, NID_authority_key_identifier, "keyid:always")
        }
        defer { X509_EXTENSION_free(identifier) }
        // Of two lists of one CA, the newer has the greater number.
        let number = try LibCrypto.make(.libraryFailure, "no number") { ASN1_INTEGER_new() }
        defer { ASN1_INTEGER_free(number) }
        try LibCrypto.require(.libraryFailure, "extensions of the list not added") {
            X509_CRL_add_ext(crl, identifier, -1) == 1 && ASN1_INTEGER_set_int64(number, start) == 1
                && X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1
        }
    }

    static func add(
        _ number: [UInt8], at time: Int64, to crl: OpaquePointer
    ) throws(CryptoError) {
        let serial = try LibCrypto.make(.libraryFailure, "no serial number") {
            LibCrypto.decoding(
                number, { d2i_ASN1_INTEGER(nil, $0, $1) }, free: { ASN1_INTEGER_free($0) })
        }
        defer { ASN1_INTEGER_free(serial) }
        let entry = try LibCrypto.make(.libraryFailure, "no entry") { X509_REVOKED_new() }
        do {
            try self.withTime(time) { X509_REVOKED_set_revocationDate(entry, $0) == 1 }
            try LibCrypto.require(.libraryFailure, "entry not added") {
                // The list takes the entry over if this succeeds.
                X509_REVOKED_set_serialNumber(entry, serial) == 1
                    && X509_CRL_add0_revoked(crl, entry) == 1
            }
        } catch {
            X509_REVOKED_free(entry)
            throw error
        }
    }

    /// Calls `body` with a time, which is copied; it says whether it worked.
    private static func withTime(
        _ seconds: Int64, _ body: (UnsafeMutablePointer<ASN1_TIME>) -> Bool
    ) throws(CryptoError) {
        let time = try LibCrypto.make(.invalidProfile, "time cannot be written") {
            ASN1_TIME_set(nil, Int(seconds))
        }
        defer { ASN1_TIME_free(time) }
        try LibCrypto.require(.libraryFailure, "time not set") { body(time) }
    }
}
