public import DossierCrypto

extension Tree {
    /// The inclusion path of a leaf: the siblings on its way to the root, lowest first
    /// (RFC 6962, section 2.1.1).
    ///
    /// Hashes the whole tree once; for many leaves of one tree there is ``ProvenLeaves``. `index`
    /// must be that of a leaf.
    public static func inclusionPath(for index: Int, in leaves: [Digest]) -> [Digest] {
        precondition(leaves.indices.contains(index), "no leaf has this index")
        return TreeLevels(ofWholeTree: leaves).path(of: UInt64(index))
    }

    /// Verifies that the tree with this size and root has this leaf at this index (RFC 9162,
    /// section 2.1.3.2).
    ///
    /// Throws `wrongIndex`, `wrongProof`, `wrongRoot` or `sizeMismatch`.
    public static func verifyInclusion(
        leaf: Digest, index: UInt64, treeSize: UInt64, path: [Digest], root: Digest
    ) throws(VerificationError) {
        try self.checkSize(treeSize)
        try self.checkIndex(index, in: treeSize)
        try self.checkLength(
            of: path, self.inclusionPathLength(for: index, treeSize: treeSize))
        var hash = leaf
        self.climb(path, from: index, last: treeSize - 1) { sibling, isLeft in
            hash = isLeft ? self.nodeHash(sibling, hash) : self.nodeHash(hash, sibling)
        }
        guard hash == root else {
            throw VerificationError(
                code: .wrongRoot,
                message: "path of leaf \(index) does not lead to the root of \(treeSize) leaves")
        }
    }

    /// How many hashes the inclusion path of a leaf has in a tree of a size.
    public static func inclusionPathLength(for index: UInt64, treeSize: UInt64) -> Int {
        // Below the place where the ways to this leaf and to the last one part, every level has a
        // sibling; above it, only those where the way turns right.
        let parting = UInt64.bitWidth - (index ^ (treeSize - 1)).leadingZeroBitCount
        return parting + (index >> UInt64(parting)).nonzeroBitCount
    }

    /// Gives each hash of a path of the right length with the side that it stands on, lowest first.
    ///
    /// `index` and `last` are the positions of the node to begin with and of the last one of its
    /// level.
    static func climb(
        _ path: [Digest], from index: UInt64, last: UInt64,
        _ step: (_ sibling: Digest, _ isLeft: Bool) -> Void
    ) {
        var position = index
        var last = last
        for sibling in path {
            // On the right edge, levels without a sibling are passed over.
            if position == last, position.isMultiple(of: 2) {
                let skipped = UInt64(position.trailingZeroBitCount)
                position >>= skipped
                last >>= skipped
            }
            step(sibling, !position.isMultiple(of: 2))
            position >>= 1
            last >>= 1
        }
    }
}
