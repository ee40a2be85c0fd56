import COpenSSL

/// An X.509 certificate, as it was given: its bytes are kept, and never encoded anew.
///
/// Sendable although it holds a pointer: `init` makes libcrypto fill the caches of an `X509`, after
/// which nothing changes it but its atomic reference count.
public final class Certificate: @unchecked Sendable {
    /// The most bytes that a certificate may have.
    public static let maximumBytes = 16 * 1024

    /// The certificate's own bytes.
    public let der: [UInt8]
    /// SHA-256 of the certificate's bytes.
    public let fingerprint: Digest
    /// The first second at which it is valid, since 1970 in UTC.
    public let notBefore: Int64
    /// The first second at which it is valid no more, as libcrypto counts, since 1970 in UTC.
    public let notAfter: Int64

    /// The subject's name as RFC 2253 text, with everything but printable ASCII escaped.
    public let subject: String
    /// The issuer's name, as `subject`.
    public let issuer: String

    private let x509: OpaquePointer  // X509 *, owned

    /// Creates a certificate from its DER bytes.
    ///
    /// Throws `malformedCertificate` for anything but one strictly encoded certificate of at most
    /// `maximumBytes`.
    public init(der: [UInt8]) throws {
        guard der.count <= Self.maximumBytes else {
            throw CryptoError(
                code: .malformedCertificate,
                message: "certificate has \(der.count) bytes, expected at most \(Self.maximumBytes)"
            )
        }
        let x509 = try LibCrypto.make(.malformedCertificate, "bytes are no certificate") {
            LibCrypto.decoding(der, { d2i_X509(nil, $0, $1) }, free: { X509_free($0) })
        }
        do {
            try Self.checkForm(of: x509, der)
            self.notBefore = try Self.seconds(X509_get0_notBefore(x509))
            self.notAfter = try Self.seconds(X509_get0_notAfter(x509))
            self.subject = try Self.text(of: X509_get_subject_name(x509))
            self.issuer = try Self.text(of: X509_get_issuer_name(x509))
        } catch {
            X509_free(x509)
            throw error
        }
        self.x509 = x509
        self.der = der
        self.fingerprint = SHA256.digest(of: der)
    }

    deinit { X509_free(self.x509) }

    /// The public key that the certificate is for.
    ///
    /// Throws `unsupportedKey` for one that is not of a `KeyAlgorithm`, which a CA may well have.
    public var publicKey: PublicKey {
        get throws {
            let key = try LibCrypto.make(.malformedKey, "certificate's key cannot be read") {
                X509_get0_pubkey(self.x509)  // borrowed
            }
            return try PublicKey(sharing: key, subjectPublicKeyInfo: self.subjectPublicKeyInfo)
        }
    }

    /// The certificate's SubjectPublicKeyInfo, in DER.
    public var subjectPublicKeyInfo: [UInt8] {
        get throws {
            try LibCrypto.encoding { i2d_X509_PUBKEY(X509_get_X509_PUBKEY(self.x509), $0) }
        }
    }

    /// The number under which its issuer made it: a DER INTEGER.
    public var serialNumber: [UInt8] {
        get throws {
            // Borrowed.
            try LibCrypto.encoding { i2d_ASN1_INTEGER(X509_get0_serialNumber(self.x509), $0) }
        }
    }

    /// Whether it is a CA's, by its basic constraints.
    public var isAuthority: Bool { X509_check_ca(self.x509) == 1 }

    /// Calls `body` with the certificate, which must not outlive the call.
    func withX509<Result, Failure: Error>(
        _ body: (OpaquePointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(self.x509)
    }

    /// Refuses BER, and extensions that libcrypto cannot read or that stand there twice; fills the
    /// caches on the way.
    private static func checkForm(of x509: OpaquePointer, _ der: [UInt8]) throws(CryptoError) {
        let encoding = try LibCrypto.encoding { i2d_X509(x509, $0) }
        try LibCrypto.require(.malformedCertificate, "certificate is not in its strict form") {
            // A purpose of -1 asks for nothing but the caches.
            encoding == der && self.hasWholeSignature(x509) && X509_check_purpose(x509, -1, 0) == 1
                && X509_get_extension_flags(x509) & UInt32(EXFLAG_INVALID) == 0
        }
    }

    /// Whether all bits of the signature count: libcrypto would pass over some at its end, and the
    /// same signature would have several encodings.
    private static func hasWholeSignature(_ x509: OpaquePointer) -> Bool {
        var signature: UnsafePointer<ASN1_BIT_STRING>?
        X509_get0_signature(&signature, nil, x509)  // borrowed
        return signature.map { $0.pointee.flags & 0x07 == 0 } ?? false
    }

    /// A time in seconds since 1970 in UTC.
    static func seconds(_ time: UnsafePointer<ASN1_TIME>?) throws(CryptoError) -> Int64 {
        let epoch = try LibCrypto.make(.libraryFailure, "no time") { ASN1_TIME_set(nil, 0) }
        defer { ASN1_TIME_free(epoch) }
        var days: Int32 = 0
        var seconds: Int32 = 0
        try LibCrypto.require(.malformedCertificate, "certificate has a malformed time") {
            time != nil && ASN1_TIME_diff(&days, &seconds, epoch, time) == 1
        }
        return Int64(days) * 86_400 + Int64(seconds)
    }

    static func text(of name: OpaquePointer?) throws(CryptoError) -> String {
        let output = try MemoryBIO()
        // The number of characters, or -1 for failure; an empty name has none.
        try LibCrypto.require(.malformedCertificate, "certificate has a malformed name") {
            X509_NAME_print_ex(output.bio, name, 0, dossier_XN_FLAG_RFC2253) >= 0
        }
        return String(decoding: output.contents(), as: UTF8.self)
    }
}

extension Certificate: Hashable {
    /// Whether both are the same bytes.
    public static func == (lhs: Certificate, rhs: Certificate) -> Bool { lhs.der == rhs.der }

    /// Hashes the fingerprint.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.fingerprint) }
}
