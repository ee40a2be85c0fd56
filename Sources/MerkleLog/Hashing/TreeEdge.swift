public import DossierCrypto

/// The right edge of a growing tree: all that is needed to append leaves and to know the root.
///
/// It holds one hash for each perfect subtree, largest first: a tree of 11 leaves = 8 + 2 + 1 has
/// three. Appending costs one node hash on average, the root at most as many as there are subtrees.
public struct TreeEdge: Hashable, Sendable {
    /// How many leaves the tree has.
    public private(set) var size: UInt64
    /// The hashes of the perfect subtrees that make up the tree, left to right: those of
    /// ``Subtree/edge(ofSize:)``.
    public private(set) var hashes: [Digest]

    /// The edge of the empty tree.
    public init() {
        self.size = 0
        self.hashes = []
        self.hashes.reserveCapacity(UInt64.bitWidth)
    }

    /// An edge as it was stored; nil unless there is one hash for each bit set in `size`.
    public init?(size: UInt64, hashes: [Digest]) {
        guard size <= Tree.maximumSize, hashes.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.hashes = hashes
    }

    /// Appends a leaf by its hash.
    public mutating func append(_ leaf: Digest) {
        var hash = leaf
        for _ in 0..<self.completed { hash = Tree.nodeHash(self.hashes.removeLast(), hash) }
        self.hashes.append(hash)
        self.size += 1
    }

    /// Appends a leaf by its hash, and to `stored` the hash of each subtree that it completes, in
    /// the order of ``Subtree/storedIndex``.
    public mutating func append(_ leaf: Digest, storing stored: inout [Digest]) {
        var hash = leaf
        stored.append(hash)
        for _ in 0..<self.completed {
            hash = Tree.nodeHash(self.hashes.removeLast(), hash)
            stored.append(hash)
        }
        self.hashes.append(hash)
        self.size += 1
    }

    /// How many inner nodes the next leaf completes: each one bit at the low end of the size is a
    /// subtree that becomes the left half of a larger one.
    private var completed: Int { (~self.size).trailingZeroBitCount }

    /// The root hash of the tree.
    public var root: Digest { Tree.fold(self.hashes) }

    /// Size and root of the tree.
    public var head: TreeHead { TreeHead(size: self.size, root: self.root) }
}
