public import DossierCrypto

extension Tree {
    /// Verifies that the tree with this head has these leaves, one after the other from an index
    /// on: rebuilds the root from the hashes on the left, the leaves and the hashes on the right.
    ///
    /// Costs about one node hash a leaf. Throws `wrongIndex`, `wrongProof`, `wrongRoot` or
    /// `sizeMismatch`.
    public static func verifyRange(
        _ leaves: [Digest], from firstIndex: UInt64, in head: TreeHead, proof: [Digest]
    ) throws(VerificationError) {
        _ = try ProvenLeaves(leaves, from: firstIndex, in: head, proof: proof)
    }

    /// How many hashes the range proof of leaves has in a tree of a size.
    public static func rangeProofLength(of leaves: Range<UInt64>, treeSize: UInt64) -> Int {
        // Up to the place where the ways to the range's last leaf and to the tree's part, there is
        // a hash on the right of every level where the former turns left.
        let last = leaves.upperBound - 1
        let parting = UInt64.bitWidth - (last ^ (treeSize - 1)).leadingZeroBitCount
        let right = ~last & ((1 << UInt64(parting)) &- 1)
        return leaves.lowerBound.nonzeroBitCount + right.nonzeroBitCount
    }
}
