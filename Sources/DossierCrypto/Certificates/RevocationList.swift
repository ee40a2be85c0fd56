/// A CA's list of the certificates that it has taken back, verified (RFC 5280, section 5).
public struct RevocationList: Hashable, Sendable {
    /// The CA's name, as `Certificate.subject`.
    public let issuer: String
    /// SHA-256 of the CA's SubjectPublicKeyInfo: CAs are told apart by their keys.
    public let issuerKey: Digest
    /// When it was made, in seconds since 1970 in UTC.
    public let thisUpdate: Int64
    /// By when the CA promises the next one; nil if it does not say.
    public let nextUpdate: Int64?
    /// Serial numbers of the certificates, each a DER INTEGER.
    public let serialNumbers: Set<[UInt8]>
}

/// Who issued a certificate, and under which number: what a revocation list knows it by.
public struct Issuance: Hashable, Sendable {
    /// SHA-256 of the issuer's SubjectPublicKeyInfo.
    public let issuerKey: Digest
    /// The serial number, a DER INTEGER.
    public let serialNumber: [UInt8]
}
