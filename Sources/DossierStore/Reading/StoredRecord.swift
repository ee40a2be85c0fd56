public import DossierCore
public import DossierCrypto

/// A record as the log holds it.
public struct StoredRecord: Hashable, Sendable {
    /// The exact bytes that the originator signed; they have been compared with the record id.
    public var bytes: [UInt8]
    /// Leaf index in the log.
    public var leafIndex: UInt64
    /// Record id.
    public var recordID: RecordID
    /// The batch it came in.
    public var batch: StoredBatch
    /// Zero-based position in the batch.
    public var positionInBatch: Int
    /// Sibling hashes from the leaf to the batch root (RFC 6962, section 2.1.1).
    public var batchPath: [Digest]
}

/// The batch that records came in.
public struct StoredBatch: Hashable, Sendable {
    /// Leaf index of the first record that the batch added to the log; no other batch has it.
    public var firstIndex: UInt64
    /// The encoded attestation.
    public var attestation: [UInt8]
    /// Root of the tree over the leaf hashes.
    public var root: Digest
    /// Number of records.
    public var size: Int
}
