public import DossierCore
public import DossierCrypto
public import MerkleLog

/// Leaves that follow in a mirrored log, verified: ready to be kept.
///
/// Whoever makes one has verified everything that `Protos/dossier/v1/mirror.proto` says; the mirror
/// compares nothing with anything but where it stands.
public struct MirroredLeaves: Sendable {
    /// The leaves, in log order.
    public var runs: [MirroredRun]
    /// How many leaves the log has before them.
    public var firstIndex: UInt64
    /// The newest checkpoint that was seen; it may be of a larger tree.
    public var checkpoint: SignedCheckpoint

    /// Verified leaves.
    public init(runs: [MirroredRun], firstIndex: UInt64, checkpoint: SignedCheckpoint) {
        self.runs = runs
        self.firstIndex = firstIndex
        self.checkpoint = checkpoint
    }
}

/// Leaves that one batch added to a mirrored log, or of which there are the hashes alone.
public struct MirroredRun: Sendable {
    /// The encoded attestation; empty where there are hashes alone.
    public var attestation: [UInt8]
    /// The leaf hash of each record of the batch, or of each leaf.
    public var leafHashes: [Digest]
    /// RFC 6962 root over them.
    public var root: Digest
    /// Which of them the run added to the log, ascending.
    public var appended: [Int]
    /// The added records; an empty one where there is the hash alone.
    public var records: [[UInt8]]
    /// What checking each added record gave; nil where there is the hash alone.
    public var facts: [RecordFacts?]

    /// What a batch added.
    public init(
        attestation: [UInt8], leafHashes: [Digest], root: Digest, appended: [Int],
        records: [[UInt8]], facts: [RecordFacts?]
    ) {
        self.root = root
        precondition(
            appended.count == records.count && facts.count == records.count,
            "records and facts are those of the added leaves")
        self.attestation = attestation
        self.leafHashes = leafHashes
        self.appended = appended
        self.records = records
        self.facts = facts
    }

    /// Leaves of which there are the hashes alone.
    public init(hashes: [Digest]) {
        self.init(
            attestation: [], leafHashes: hashes, root: Tree.root(of: hashes),
            appended: Array(hashes.indices),
            records: hashes.map { _ in [] }, facts: hashes.map { _ in nil })
    }
}

/// A record whose leaf a mirror had as a hash alone, verified.
public struct LateRecord: Sendable {
    /// Its leaf index.
    public var leafIndex: UInt64
    /// The record, exactly as signed.
    public var record: [UInt8]
    /// The encoded attestation of its batch.
    public var attestation: [UInt8]
    /// Root of its batch.
    public var batchRoot: Digest
    /// Number of records in its batch.
    public var batchSize: Int
    /// Zero-based position in the batch.
    public var positionInBatch: Int
    /// Sibling hashes up to the batch root, lowest first.
    public var batchPath: [Digest]

    /// A verified record.
    public init(
        leafIndex: UInt64, record: [UInt8], attestation: [UInt8], batchRoot: Digest,
        batchSize: Int, positionInBatch: Int, batchPath: [Digest]
    ) {
        self.leafIndex = leafIndex
        self.record = record
        self.attestation = attestation
        self.batchRoot = batchRoot
        self.batchSize = batchSize
        self.positionInBatch = positionInBatch
        self.batchPath = batchPath
    }
}
