public import DossierCrypto

extension Digest {
    /// The 32 bytes in base64, as checkpoints and proof files have them.
    public var base64: String { StrictBase64.encode(self.bytes) }
}
