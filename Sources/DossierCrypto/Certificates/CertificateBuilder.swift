import COpenSSL

/// Puts a certificate together and signs it.
///
/// One function sets one part; whatever libcrypto refuses is `invalidProfile`.
enum CertificateBuilder {
    /// A serial number's random bits fill this many bytes (RFC 5280 allows 20).
    private static let serialBytes = 16

    /// Builds a certificate for `key`; with no issuer, one that names itself.
    static func build(
        _ profile: CertificateProfile, for key: PublicKey, issuer: Certificate?,
        signedBy signer: PrivateKey
    ) throws -> Certificate {
        let x509 = try LibCrypto.make(.libraryFailure, "no certificate") { X509_new() }
        defer { X509_free(x509) }
        try LibCrypto.require(.invalidProfile, "version or key not set") {
            X509_set_version(x509, Int(X509_VERSION_3)) == 1
                && key.withKey { X509_set_pubkey(x509, $0) } == 1
        }
        try self.setSerialNumber(x509)
        try self.setTimes(x509, profile)
        try self.setNames(x509, profile, issuer: issuer)
        try self.setExtensions(x509, profile, issuer: issuer)
        try signer.withSigningContext { context in
            // The signature's size, or 0 for failure.
            try LibCrypto.require(.libraryFailure, "certificate not signed") {
                X509_sign_ctx(x509, context) > 0
            }
        }
        return try Certificate(der: LibCrypto.encoding { i2d_X509(x509, $0) })
    }

    private static func setSerialNumber(_ x509: OpaquePointer) throws(CryptoError) {
        var bytes = SecureRandom.bytes(self.serialBytes)
        bytes[0] = bytes[0] & 0x3F | 0x40  // positive, and always of the same length
        let number = try LibCrypto.make(.libraryFailure, "no serial number") {
            BN_bin2bn(bytes, Int32(bytes.count), nil)
        }
        defer { BN_free(number) }
        try LibCrypto.require(.libraryFailure, "serial number not set") {
            BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)) != nil
        }
    }

    private static func setTimes(
        _ x509: OpaquePointer, _ profile: CertificateProfile
    ) throws(CryptoError) {
        try LibCrypto.require(.invalidProfile, "certificate ends before it begins") {
            profile.notBefore <= profile.notAfter
                && ASN1_TIME_set(X509_getm_notBefore(x509), Int(profile.notBefore)) != nil
                && ASN1_TIME_set(X509_getm_notAfter(x509), Int(profile.notAfter)) != nil
        }
    }

    private static func setNames(
        _ x509: OpaquePointer, _ profile: CertificateProfile, issuer: Certificate?
    ) throws(CryptoError) {
        // Borrowed from the certificate.
        let subject = X509_get_subject_name(x509)
        let parts = [("O", profile.organisationName), ("CN", profile.commonName)]
        for (field, value) in parts where !value.isEmpty {
            let bytes = Array(value.utf8)
            try LibCrypto.require(.invalidProfile, "\(field) of \(bytes.count) bytes not accepted")
            {
                X509_NAME_add_entry_by_txt(
                    subject, field, MBSTRING_UTF8, bytes, Int32(clamping: bytes.count), -1, 0) == 1
            }
        }
        try LibCrypto.require(.libraryFailure, "issuer not set") {
            guard let issuer else { return X509_set_issuer_name(x509, subject) == 1 }
            return issuer.withX509 { X509_set_issuer_name(x509, X509_get_subject_name($0)) } == 1
        }
    }

    private static func setExtensions(
        _ x509: OpaquePointer, _ profile: CertificateProfile, issuer: Certificate?
    ) throws(CryptoError) {
        try self.add(NID_basic_constraints, profile.role.text, to: x509)
        if !profile.keyUsages.isEmpty {
            let usages = profile.keyUsages.map(\.rawValue).joined(separator: ",")
            try self.add(NID_key_usage, "critical,\(usages)", to: x509)
        }
        if !profile.extendedKeyUsages.isEmpty {
            let usages = profile.extendedKeyUsages.map(\.rawValue).joined(separator: ",")
            try self.add(NID_ext_key_usage, usages, to: x509)
        }
        try self.add(NID_subject_key_identifier, "hash", to: x509)
        // A self-signed CA names its own key, which must be set before.
        if let issuer {
            try issuer.withX509 { pointer throws(CryptoError) in
                try self.add(
                    NID_authority_key_identifier, "keyid:always", to: x509, issuer: pointer)
            }
        } else {
            try self.add(NID_authority_key_identifier, "keyid:always", to: x509, issuer: x509)
        }
        try AlternativeNames.add(profile, to: x509)
    }

    /// Adds an extension from libcrypto's text for it, which is never made of what others wrote.
    private static func add(
        _ identifier: Int32, _ text: String, to x509: OpaquePointer, issuer: OpaquePointer? = nil
    ) throws(CryptoError) {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, x509, nil, nil, 0)
        let added = try LibCrypto.make(.invalidProfile, "extension \(identifier) not made") {
            X509V3_EXT_conf_nid(nil, &context, identifier, text)
        }
        defer { X509_EXTENSION_free(added) }
        try LibCrypto.require(.libraryFailure, "extension \(identifier) not added") {
            X509_add_ext(x509, added, -1) == 1
        }
    }
}

extension CertificateProfile.Role {
    /// The basic constraints in libcrypto's text form.
    fileprivate var text: String {
        switch self {
        case .endEntity: "critical,CA:FALSE"
        case .authority(nil): "critical,CA:TRUE"
        case .authority(let maximum?): "critical,CA:TRUE,pathlen:\(maximum)"
        }
    }
}
