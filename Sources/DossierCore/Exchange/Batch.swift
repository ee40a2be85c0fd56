public import DossierCrypto
internal import MerkleLog

/// Encoded records that are signed and submitted together: one originator, one releasability.
public struct Batch: Sendable {
    /// The most records in a batch.
    public static let maximumRecords = 10_000
    /// The most bytes that the records of a batch may have together; leaves room for the
    /// attestation in a request of 4 MiB.
    public static let maximumBytes = 4 * 1_024 * 1_024 - 128 * 1_024

    /// The most separate ranges of a log in which the records of a batch may stand: as many can be
    /// proven in one receipt of 4 MiB.
    public static let maximumRanges = 1_000

    /// The records, each exactly as its originator encodes it.
    public let records: [[UInt8]]
    /// Their leaf hashes, in order. A leaf hash is the record's id.
    public let leafHashes: [Digest]
    /// RFC 6962 root over the leaf hashes.
    public let root: Digest

    /// Hashes records.
    public init(records: [[UInt8]]) {
        self.init(records: records, leafHashes: records.map { Tree.leafHash(of: $0) })
    }

    /// A batch of records whose leaf hashes are known.
    public init(records: [[UInt8]], leafHashes: [Digest]) {
        self.records = records
        self.leafHashes = leafHashes
        self.root = Tree.root(of: leafHashes)
    }
}
