extension PublicKey {
    /// Creates an Ed25519 key from its 32 bytes (RFC 8032, section 5.1.5).
    ///
    /// Throws `malformedKey` for another number of bytes.
    public convenience init(ed25519 bytes: [UInt8]) throws {
        guard let der = KeyAlgorithm.ed25519.subjectPublicKeyInfo(ofKey: bytes) else {
            throw CryptoError(
                code: .malformedKey, message: "Ed25519 key of \(bytes.count) bytes, expected 32")
        }
        try self.init(subjectPublicKeyInfo: der)
    }

    /// The 32 bytes of an Ed25519 key; nil for a key of another algorithm.
    public var ed25519: [UInt8]? {
        guard self.algorithm == .ed25519 else { return nil }
        return self.algorithm.keyBytes(inSubjectPublicKeyInfo: self.subjectPublicKeyInfo)
    }
}
