import DossierCrypto
import MerkleLog

/// The hashes that the last commits added to the tree, and the edge that they were added to: all
/// that proofs of new leaves, and of growth since a moment ago, are made of. No file is read.
struct RecentHashes: Sendable {
    // Enough for what is in flight at a busy node; 32 bytes each.
    private static let maximumHashes = 32_768
    private static let maximumGroups = 256

    private struct Group {
        // Stored index of the first.
        var start: UInt64
        var hashes: [Digest]
        // The tree's edge before the group.
        var edge: TreeEdge
    }

    private var groups: [Group] = []
    private var count = 0

    /// Takes the hashes that a commit added to an edge; the oldest may go for it.
    mutating func append(_ hashes: [Digest], to edge: TreeEdge) {
        self.groups.append(
            Group(
                start: Subtree.storedCount(treeSize: edge.size), hashes: hashes, edge: edge))
        self.count += hashes.count
        while self.groups.count > 1,
            self.count > Self.maximumHashes || self.groups.count > Self.maximumGroups
        {
            self.count -= self.groups.removeFirst().hashes.count
        }
    }

    /// The hashes of some subtrees; nil unless all of them are there.
    func hashes(of subtrees: [Subtree]) -> [Digest]? {
        guard let first = self.groups.first else { return nil }
        var hashes: [Digest] = []
        hashes.reserveCapacity(subtrees.count)
        for subtree in subtrees {
            let index = subtree.storedIndex
            guard let hash = index < first.start ? first.edge[subtree] : self[index] else {
                return nil
            }
            hashes.append(hash)
        }
        return hashes
    }

    private subscript(storedIndex: UInt64) -> Digest? {
        var low = 0
        var high = self.groups.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if self.groups[middle].start <= storedIndex { low = middle } else { high = middle }
        }
        let group = self.groups[low]
        let offset = Int(storedIndex - group.start)
        return group.hashes.indices.contains(offset) ? group.hashes[offset] : nil
    }
}

extension TreeEdge {
    /// The hash of a subtree, if it is one of those that make up the tree.
    fileprivate subscript(subtree: Subtree) -> Digest? {
        let bit: UInt64 = 1 << UInt64(subtree.level)
        // The subtrees stand in the order of the size's one bits, highest first.
        guard self.size & bit != 0, (self.size >> UInt64(subtree.level)) - 1 == subtree.index else {
            return nil
        }
        return self.hashes[(self.size >> UInt64(subtree.level)).nonzeroBitCount - 1]
    }
}
