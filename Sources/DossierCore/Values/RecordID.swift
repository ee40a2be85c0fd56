public import DossierCrypto
private import MerkleLog

/// The name of a record: its leaf hash, SHA-256 of a zero byte and the record's exact bytes
/// (RFC 6962, section 2.1). Written as 64 lower-case hexadecimal digits.
public struct RecordID: Hashable, Sendable, CustomStringConvertible {
    /// The leaf hash.
    public let digest: Digest

    /// The id that a leaf hash is.
    public init(_ digest: Digest) {
        self.digest = digest
    }

    /// Reads the 64 lower-case hexadecimal digits; nil for anything else.
    public init?(hexadecimal: some StringProtocol) {
        guard let digest = Digest(hexadecimal: hexadecimal) else { return nil }
        self.init(digest)
    }

    /// Reads the 32 bytes that a message holds; nil for any other number of bytes.
    public init?(bytes: some Collection<UInt8>) {
        guard let digest = Digest(bytes) else { return nil }
        self.init(digest)
    }

    /// The id of an encoded record, exactly as its originator made it.
    public init(ofEncoded record: UnsafeRawBufferPointer) {
        self.init(Tree.leafHash(of: record))
    }

    /// The id of an encoded record, exactly as its originator made it.
    public init(ofEncoded record: [UInt8]) {
        self.init(Tree.leafHash(of: record))
    }

    /// The 64 lower-case hexadecimal digits.
    public var hexadecimal: String { self.digest.hexadecimal }

    /// The 32 bytes.
    public var bytes: [UInt8] { self.digest.bytes }

    /// The hexadecimal digits.
    public var description: String { self.hexadecimal }
}
