public import DossierCrypto
public import MerkleLog

/// A receipt with the leaf hashes of its batch: whoever has the log's key can check it, at any time
/// and without a network. The file form stands in `Protos/dossier/v1/log.proto`.
public struct KeptReceipt: Hashable, Sendable {
    /// The leaf hashes of the batch, in order.
    public let leafHashes: [Digest]
    /// Where its records are in the log: runs that cover the batch, in order.
    public let runs: [BatchRun]
    /// The leaves of the runs as ranges of the log, with their proofs.
    public let ranges: [ProvenRange]
    /// The checkpoint under which they are proven: a signed note, byte for byte.
    public let checkpoint: [UInt8]

    /// A receipt as it came; nothing of it is verified.
    public init(
        leafHashes: [Digest], runs: [BatchRun], ranges: [ProvenRange], checkpoint: [UInt8]
    ) {
        self.leafHashes = leafHashes
        self.runs = runs
        self.ranges = ranges
        self.checkpoint = checkpoint
    }

    /// Root of the batch.
    public var batchRoot: Digest { Tree.root(of: self.leafHashes) }

    /// Verifies that all records of the batch are in the log.
    ///
    /// Throws ``MerkleLog/VerificationError``: what ``LogIdentity/verify(checkpoint:)`` throws,
    /// `sizeMismatch` when runs do not cover the batch in order, `wrongIndex` when ranges are not
    /// those of the runs, and `wrongIndex`, `wrongProof` or `wrongRoot` for the ranges.
    @discardableResult
    public func verify(in log: LogIdentity) throws(VerificationError) -> VerifiedReceipt {
        try self.verify(under: try log.verify(checkpoint: self.checkpoint))
    }

    /// Verifies the receipt under its checkpoint, which has been verified.
    public func verify(
        under checkpoint: SignedCheckpoint
    ) throws(VerificationError) -> VerifiedReceipt {
        let head = checkpoint.head
        try self.checkRuns(treeSize: head.size)
        guard self.runs.ranges == self.ranges.map(\.leaves) else {
            throw VerificationError(
                code: .wrongIndex, message: "receipt proves other leaves than those of its runs")
        }
        var proven: [ProvenLeaves] = []
        var positions = self.positions()[...]
        for range in self.ranges {
            let leaves = positions.prefix(range.count).map { self.leafHashes[$0.position] }
            positions = positions.dropFirst(range.count)
            proven.append(
                try ProvenLeaves(leaves, from: range.firstIndex, in: head, proof: range.proof))
        }
        return VerifiedReceipt(receipt: self, checkpoint: checkpoint, proven: proven)
    }

    /// The runs cover the batch in order, are as few as possible, and lie in the tree.
    private func checkRuns(treeSize: UInt64) throws(VerificationError) {
        var covered = 0
        var last: BatchRun?
        for run in self.runs {
            let missing = self.leafHashes.count - covered
            guard run.offset == covered, run.count > 0, run.count <= missing else {
                throw Self.uncovered
            }
            guard run.firstIndex < treeSize, UInt64(run.count) <= treeSize - run.firstIndex else {
                throw VerificationError(
                    code: .wrongIndex,
                    message: "run from leaf \(run.firstIndex) on in a tree of \(treeSize)")
            }
            guard last?.leaves.upperBound != run.firstIndex else {
                throw VerificationError(
                    code: .ambiguousForm, message: "runs that follow each other are one run")
            }
            covered += run.count
            last = run
        }
        guard covered == self.leafHashes.count, covered > 0 else { throw Self.uncovered }
        // A batch has no record twice: neither has its receipt a leaf.
        guard self.runs.ranges.reduce(0, { $0 + $1.count }) == covered else {
            throw VerificationError(
                code: .sizeMismatch, message: "receipt's runs have leaves in common")
        }
    }

    private static let uncovered = VerificationError(
        code: .sizeMismatch, message: "receipt's runs do not cover the batch in order")

    /// Position in the batch of each leaf, in order of the log.
    private func positions() -> [(leafIndex: UInt64, position: Int)] {
        self.runs.flatMap { run in
            (0..<run.count).map { (run.firstIndex + UInt64($0), run.offset + $0) }
        }
        .sorted { $0.leafIndex < $1.leafIndex }
    }
}

/// A receipt that was verified.
public struct VerifiedReceipt: Sendable {
    /// The receipt.
    public let receipt: KeptReceipt
    /// The checkpoint, verified.
    public let checkpoint: SignedCheckpoint
    let proven: [ProvenLeaves]

    /// Where a record is in the log, and the proof that it is there.
    ///
    /// Throws `wrongLeaf` when the receipt does not speak of it.
    public func proof(of record: Digest) throws(VerificationError) -> TlogProof {
        guard let position = self.receipt.leafHashes.firstIndex(of: record),
            let leafIndex = self.receipt.runs.leafIndex(at: position),
            let leaves = self.proven.first(where: { $0.indices.contains(leafIndex) })
        else {
            throw VerificationError(
                code: .wrongLeaf, message: "the receipt does not speak of record \(record)")
        }
        return TlogProof(
            leafIndex: leafIndex, path: try leaves.inclusionPath(of: leafIndex),
            checkpoint: self.checkpoint.bytes)
    }
}

extension ProvenRange {
    /// The leaves. What came from elsewhere may end past any tree: then there are none.
    var leaves: Range<UInt64> {
        let (end, overflows) = self.firstIndex.addingReportingOverflow(UInt64(self.count))
        return overflows ? 0..<0 : self.firstIndex..<end
    }
}
