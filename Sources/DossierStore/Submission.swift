public import DossierCore
public import DossierCrypto

/// A checked batch, ready for the log.
///
/// Whoever makes one has verified the attestation and checked the records: the store compares
/// nothing with anything, it stores.
public struct Submission: Sendable {
    /// The encoded attestation.
    public var attestation: [UInt8]
    /// Root of the tree over the leaf hashes.
    public var batchRoot: Digest
    /// The leaf hash of each record, in order.
    public var leafHashes: [Digest]
    /// The encoded records, exactly as signed.
    public var records: [[UInt8]]
    /// What checking each record gave.
    public var facts: [RecordFacts]

    /// Creates a submission; leaf hashes, records and facts are as many, and at least one.
    public init(
        attestation: [UInt8], batchRoot: Digest, leafHashes: [Digest], records: [[UInt8]],
        facts: [RecordFacts]
    ) {
        precondition(!records.isEmpty, "a batch has at least one record")
        precondition(
            leafHashes.count == records.count && facts.count == records.count,
            "leaf hashes and facts are those of the records")
        self.attestation = attestation
        self.batchRoot = batchRoot
        self.leafHashes = leafHashes
        self.records = records
        self.facts = facts
    }
}

/// What became of a submission: all its records are in the log, durably.
public struct SubmissionOutcome: Sendable {
    /// Where they are, in order of the batch; together they are the whole batch.
    public var runs: [BatchRun]
    /// How many of them this submission added.
    public var appended: Int
    /// The tree that they are in, published after they were durable.
    public var tree: PublishedTree

    /// Size of the log, which is that of the tree.
    public var logSize: UInt64 { self.tree.size }
}
