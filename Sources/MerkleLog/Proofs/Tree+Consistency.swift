public import DossierCrypto

extension Tree {
    /// Verifies that the first tree is a prefix of the second: that the log only grew (RFC 9162,
    /// section 2.1.4.2).
    ///
    /// Throws `sizeMismatch` if the first is the larger, `wrongProof`, or `splitView` if a proof of
    /// the right length does not lead to both roots.
    public static func verifyConsistency(
        from first: TreeHead, to second: TreeHead, proof: [Digest]
    ) throws(VerificationError) {
        try self.checkSize(second.size)
        try self.checkOrder(first.size, second.size)
        let length = self.consistencyProofLength(from: first.size, to: second.size)
        try self.checkLength(of: proof, length)
        guard self.isPrefix(first, of: second, proof) else {
            throw VerificationError(
                code: .splitView,
                message: "tree of \(first.size) leaves is no prefix of that of \(second.size)")
        }
    }

    /// How many hashes the consistency proof between two sizes has.
    public static func consistencyProofLength(from first: UInt64, to second: UInt64) -> Int {
        guard first > 0, first < second else { return 0 }
        let node = TreeNode.last(ofTree: first)
        let nodes = ((second - 1) >> UInt64(node.level)) + 1
        let path = self.inclusionPathLength(for: node.index, treeSize: nodes)
        return node.index == 0 ? path : path + 1
    }

    /// Whether a proof of the right length leads to both roots.
    private static func isPrefix(
        _ first: TreeHead, of second: TreeHead, _ proof: [Digest]
    ) -> Bool {
        if first.size == 0, first.root != self.emptyRoot { return false }
        guard first.size > 0, first.size < second.size else {
            return first.size == 0 && second.size > 0 || first.root == second.root
        }
        let node = TreeNode.last(ofTree: first.size)
        let known = node.index == 0 ? first.root : proof[0]
        let path = node.index == 0 ? proof : Array(proof.dropFirst())
        var (firstRoot, secondRoot) = (known, known)
        self.climb(path, from: node.index, last: (second.size - 1) >> UInt64(node.level)) {
            sibling, isLeft in
            // What stands on the right is not in the first tree.
            if isLeft { firstRoot = self.nodeHash(sibling, firstRoot) }
            secondRoot =
                isLeft
                ? self.nodeHash(sibling, secondRoot) : self.nodeHash(secondRoot, sibling)
        }
        return firstRoot == first.root && secondRoot == second.root
    }
}
