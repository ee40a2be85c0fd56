public import DossierCrypto

/// Which stored hashes a proof consists of: what to read, before anything is read.
///
/// All hashes of a proof are those of nodes; at most one of these is ragged, and its hash, which is
/// not stored, is made from its perfect subtrees.
public struct ProofPlan: Hashable, Sendable {
    /// The perfect subtrees whose hashes to read, in this order.
    public let subtrees: [Subtree]
    // How many of the subtrees, one after the other, make up each hash of the proof.
    private let counts: [Int]

    private init(_ nodes: [TreeNode], in size: UInt64) {
        let parts = nodes.map { $0.subtrees(in: size) }
        self.subtrees = parts.flatMap(\.self)
        self.counts = parts.map(\.count)
    }

    private init(joining subtrees: [Subtree]) {
        self.subtrees = subtrees
        self.counts = [subtrees.count]
    }

    /// The proof, from the hashes of ``subtrees`` in their order.
    public func proof(from hashes: [Digest]) -> [Digest] {
        precondition(hashes.count == self.subtrees.count, "a plan takes one hash for each subtree")
        // Only ragged nodes need any work.
        guard self.counts.count != hashes.count else { return hashes }
        var start = 0
        return self.counts.map { count in
            defer { start += count }
            return Tree.fold(hashes[start..<start + count])
        }
    }
}

extension ProofPlan {
    /// The inclusion proof of a leaf in the tree of a size (RFC 6962, section 2.1.1).
    ///
    /// Throws `wrongIndex` or `sizeMismatch`.
    public static func inclusion(
        of index: UInt64, in size: UInt64
    ) throws(VerificationError) -> ProofPlan {
        try Tree.checkSize(size)
        try Tree.checkIndex(index, in: size)
        return ProofPlan(TreeNode(level: 0, index: index).siblings(in: size), in: size)
    }

    /// The proof that the tree of one size is a prefix of that of another (RFC 6962, section
    /// 2.1.2). It is empty if the first is empty or both are the same.
    ///
    /// Throws `sizeMismatch` if the first is the larger.
    public static func consistency(
        from first: UInt64, to second: UInt64
    ) throws(VerificationError) -> ProofPlan {
        try Tree.checkSize(second)
        try Tree.checkOrder(first, second)
        guard first > 0, first < second else { return ProofPlan([], in: second) }
        let node = TreeNode.last(ofTree: first)
        // A first tree that is one perfect subtree is known by its root.
        let known = node.index == 0 ? [] : [node]
        return ProofPlan(known + node.siblings(in: second), in: second)
    }

    /// The proof that leaves which follow each other are in the tree of a size, all at once.
    ///
    /// Throws `wrongIndex` or `sizeMismatch`.
    public static func range(
        _ leaves: Range<UInt64>, in size: UInt64
    ) throws(VerificationError) -> ProofPlan {
        try Tree.checkSize(size)
        try Tree.checkRange(leaves, in: size)
        // Before the range everything is perfect. After it come the siblings on the right of the
        // way from its last leaf up.
        let left = Subtree.edge(ofSize: leaves.lowerBound)
            .map { TreeNode(level: $0.level, index: $0.index) }
        let right = TreeNode(level: 0, index: leaves.upperBound - 1)
            .siblings(in: size).filter(\.isRight)
        return ProofPlan(left + right, in: size)
    }

    /// The root of the tree of a size, as the only hash of the proof.
    ///
    /// Throws `sizeMismatch`.
    public static func root(ofSize size: UInt64) throws(VerificationError) -> ProofPlan {
        try Tree.checkSize(size)
        return ProofPlan(joining: Subtree.edge(ofSize: size))
    }
}

extension TreeNode {
    /// The smallest of the perfect subtrees that make up the tree of a size: it ends with it.
    static func last(ofTree size: UInt64) -> TreeNode {
        let level = size.trailingZeroBitCount
        return TreeNode(level: level, index: (size - 1) >> UInt64(level))
    }
}
