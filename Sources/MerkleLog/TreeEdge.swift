public import DossierCrypto

/// The right edge of a growing tree: all that is needed to append leaves and to know the root.
///
/// It holds one hash for each perfect subtree, largest first: a tree of 11 leaves = 8 + 2 + 1 has
/// three. Appending costs one node hash on average, the root at most as many as there are subtrees.
public struct TreeEdge: Hashable, Sendable {
    /// How many leaves the tree has.
    public private(set) var size: Int
    /// The hashes of the perfect subtrees that make up the tree, left to right.
    public private(set) var hashes: [Digest]

    /// The edge of the empty tree.
    public init() {
        self.size = 0
        self.hashes = []
        self.hashes.reserveCapacity(Int.bitWidth)
    }

    /// An edge as it was stored; nil unless there is one hash for each bit set in `size`.
    public init?(size: Int, hashes: [Digest]) {
        guard size >= 0, hashes.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.hashes = hashes
    }

    /// Appends a leaf by its hash.
    public mutating func append(_ leaf: Digest) {
        // Each one bit at the low end of the size is a subtree that the new one completes.
        var hash = leaf
        for _ in 0..<(~self.size).trailingZeroBitCount {
            hash = Tree.nodeHash(self.hashes.removeLast(), hash)
        }
        self.hashes.append(hash)
        self.size += 1
    }

    /// The root hash of the tree.
    public var root: Digest {
        guard var root = self.hashes.last else { return Tree.emptyRoot }
        for left in self.hashes.dropLast().reversed() { root = Tree.nodeHash(left, root) }
        return root
    }
}
