public import DossierCrypto

/// Leaves that follow each other and are proven to be in a tree, by one range proof.
///
/// It has the inclusion path of each of them, at no further hashing or reading.
public struct ProvenLeaves: Sendable {
    /// The head of the tree.
    public let head: TreeHead
    /// The indices of the leaves.
    public let indices: Range<UInt64>
    private let levels: TreeLevels

    /// Verifies a range proof.
    ///
    /// Costs about one node hash a leaf. Throws `wrongIndex`, `wrongProof`, `wrongRoot` or
    /// `sizeMismatch`.
    public init(
        _ leaves: [Digest], from firstIndex: UInt64, in head: TreeHead, proof: [Digest]
    ) throws(VerificationError) {
        try Tree.checkSize(head.size)
        try Tree.checkIndex(firstIndex, in: head.size)
        let indices = firstIndex..<firstIndex + UInt64(leaves.count)
        try Tree.checkRange(indices, in: head.size)
        try Tree.checkLength(
            of: proof, Tree.rangeProofLength(of: indices, treeSize: head.size))
        let levels = TreeLevels(leaves, from: firstIndex, treeSize: head.size, proof: proof)
        guard levels.root == head.root else {
            throw VerificationError(
                code: .wrongRoot,
                message: "leaves \(indices) do not lead to the root of \(head.size) leaves")
        }
        self.head = head
        self.indices = indices
        self.levels = levels
    }

    /// All leaves of a tree, such as a batch's: what they lead to is the root.
    public init(ofWholeTree leaves: [Digest]) {
        self.levels = TreeLevels(ofWholeTree: leaves)
        self.head = TreeHead(size: UInt64(leaves.count), root: self.levels.root)
        self.indices = 0..<self.head.size
    }

    /// The inclusion path of one of the leaves: the siblings on its way to the root, lowest first.
    ///
    /// Throws `wrongIndex` for a leaf that is not one of these.
    public func inclusionPath(of index: UInt64) throws(VerificationError) -> [Digest] {
        guard self.indices.contains(index) else {
            throw VerificationError(
                code: .wrongIndex, message: "leaf index \(index), not one of \(self.indices)")
        }
        return self.levels.path(of: index)
    }
}
