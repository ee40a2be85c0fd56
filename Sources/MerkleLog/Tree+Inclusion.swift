public import DossierCrypto

extension Tree {
    /// The inclusion path of a leaf: the siblings on its way to the root, lowest first
    /// (RFC 6962, section 2.1.1).
    ///
    /// Hashes the whole tree once. `index` must be that of a leaf.
    public static func inclusionPath(for index: Int, in leaves: [Digest]) -> [Digest] {
        precondition(leaves.indices.contains(index), "no leaf has this index")
        var path: [Digest] = []
        var level = leaves
        var position = index
        while level.count > 1 {
            let sibling = position ^ 1
            if sibling < level.count { path.append(level[sibling]) }
            self.ascend(&level)
            position /= 2
        }
        return path
    }

    /// Replaces a level of the tree by the one above; a node without a sibling rises as it is.
    private static func ascend(_ level: inout [Digest]) {
        let pairs = level.count / 2
        for pair in 0..<pairs { level[pair] = self.nodeHash(level[2 * pair], level[2 * pair + 1]) }
        if !level.count.isMultiple(of: 2) { level[pairs] = level[level.count - 1] }
        level.removeLast(pairs)
    }

    /// Verifies that the tree with this size and root has this leaf at this index (RFC 9162,
    /// section 2.1.3.2).
    ///
    /// Throws `ProofError`: `indexOutOfRange`, `wrongPathLength` or `rootMismatch`.
    public static func verifyInclusion(
        leaf: Digest, index: Int, treeSize: Int, path: [Digest], root: Digest
    ) throws(ProofError) {
        guard index >= 0, index < treeSize else {
            throw ProofError(
                code: .indexOutOfRange, message: "leaf index \(index) in a tree of \(treeSize)")
        }
        let expected = self.inclusionPathLength(for: index, treeSize: treeSize)
        guard path.count == expected else {
            throw ProofError(
                code: .wrongPathLength,
                message: "path has \(path.count) hashes, expected \(expected)")
        }
        guard self.fold(path, from: leaf, at: index, treeSize: treeSize) == root else {
            throw ProofError(
                code: .rootMismatch,
                message: "path of leaf \(index) does not lead to the root of \(treeSize) leaves")
        }
    }

    /// How many hashes the inclusion path of a leaf has in a tree of a size.
    public static func inclusionPathLength(for index: Int, treeSize: Int) -> Int {
        // Below the place where the ways to this leaf and to the last one part, every level has a
        // sibling; above it, only those where the way turns right.
        let parting = Int.bitWidth - (index ^ (treeSize - 1)).leadingZeroBitCount
        return parting + (index >> parting).nonzeroBitCount
    }

    /// The root that a path of the right length leads to.
    private static func fold(
        _ path: [Digest], from leaf: Digest, at index: Int, treeSize: Int
    ) -> Digest {
        var hash = leaf
        var position = index
        var last = treeSize - 1
        for sibling in path {
            // On the right edge, levels without a sibling are passed over.
            if position == last, position.isMultiple(of: 2) {
                let skipped = position.trailingZeroBitCount
                position >>= skipped
                last >>= skipped
            }
            let isRight = !position.isMultiple(of: 2)
            hash = isRight ? self.nodeHash(sibling, hash) : self.nodeHash(hash, sibling)
            position >>= 1
            last >>= 1
        }
        return hash
    }
}
