import DossierCrypto

/// What is known of a tree whose leaves of one range are known, level by level up to the root.
///
/// On each level that is a run of nodes: those above the leaves, and the sibling of the first or
/// last one where the range ends between two siblings. Levels are built one from the other, so the
/// whole costs one node hash a leaf, and has the path of every leaf of the range.
struct TreeLevels {
    /// The root that it all leads to.
    let root: Digest
    // Lowest first, without the root.
    private var levels: [Run] = []

    private struct Run {
        var first: UInt64
        var hashes: [Digest]

        var end: UInt64 { self.first + UInt64(self.hashes.count) }
    }

    /// The levels over all leaves of a tree.
    init(ofWholeTree leaves: [Digest]) {
        self.init(leaves, from: 0, treeSize: UInt64(leaves.count), proof: [])
    }

    /// The levels over leaves of a tree and a range proof of the right length.
    init(_ leaves: [Digest], from first: UInt64, treeSize: UInt64, proof: [Digest]) {
        // Left hashes are taken from the last to the first, right ones from the first to the last:
        // both from the leaves up.
        var left = proof.prefix(first.nonzeroBitCount)
        var right = proof.dropFirst(first.nonzeroBitCount)
        var run = Run(first: first, hashes: leaves)
        var last = treeSize == 0 ? 0 : treeSize - 1
        while last > 0 {
            if !run.first.isMultiple(of: 2), let sibling = left.popLast() {
                run.hashes.insert(sibling, at: 0)
                run.first -= 1
            }
            if !run.end.isMultiple(of: 2), run.end <= last, let sibling = right.popFirst() {
                run.hashes.append(sibling)
            }
            self.levels.append(run)
            run = Self.above(run)
            last >>= 1
        }
        self.root = run.hashes.first ?? Tree.emptyRoot
    }

    /// The run of parents; the tree's last node rises as it is when it has no sibling.
    private static func above(_ run: Run) -> Run {
        let hashes = run.hashes
        let parents = stride(from: 0, to: hashes.count, by: 2).map { left in
            left + 1 < hashes.count ? Tree.nodeHash(hashes[left], hashes[left + 1]) : hashes[left]
        }
        return Run(first: run.first >> 1, hashes: parents)
    }

    /// The inclusion path of one of the leaves.
    func path(of index: UInt64) -> [Digest] {
        var path: [Digest] = []
        path.reserveCapacity(self.levels.count)
        var position = index
        for run in self.levels {
            // Of a node above a known leaf, the sibling is known if there is one.
            let sibling = position ^ 1
            if sibling >= run.first, sibling < run.end {
                path.append(run.hashes[Int(sibling - run.first)])
            }
            position >>= 1
        }
        return path
    }
}
