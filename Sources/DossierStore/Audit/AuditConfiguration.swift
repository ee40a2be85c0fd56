public import DossierCore
public import MerkleLog

/// What an audit reads, and what it trusts.
public struct AuditConfiguration: Sendable {
    /// Verifies an encoded attestation of the log, for records up to a leaf index, and gives what
    /// it attests.
    public typealias AttestationJudge =
        @Sendable (
            _ attestation: [UInt8], _ lastLeaf: UInt64
        ) throws(VerificationError) -> AttestedBatch

    /// The store; it may be open in a running node.
    public var store: StoreConfiguration
    /// Where the newest checkpoint is kept outside of it; nil to pass over that.
    public var guardDirectory: String?
    /// Records of a mirror that came after their leaves.
    var late = LateLeaves.none
    /// Verifies attestations.
    public var judge: AttestationJudge
    /// How many threads read and hash.
    public var threadCount: Int
    /// A file, outside of the store, that says how far the audit has come: if there is one the audit
    /// goes on from there. It is removed when the audit has ended.
    public var progressFile: String?

    /// Creates a configuration.
    public init(
        store: StoreConfiguration, guardDirectory: String?, threadCount: Int,
        progressFile: String? = nil, judge: @escaping AttestationJudge
    ) {
        self.store = store
        self.guardDirectory = guardDirectory
        self.threadCount = max(threadCount, 1)
        self.progressFile = progressFile
        self.judge = judge
    }
}
