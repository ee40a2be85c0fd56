public import DossierCrypto

/// A tree's size and root hash: what a checkpoint signs.
public struct TreeHead: Hashable, Sendable {
    /// How many leaves the tree has.
    public let size: UInt64
    /// The hash of the whole tree.
    public let root: Digest

    /// Creates a head.
    public init(size: UInt64, root: Digest) {
        self.size = size
        self.root = root
    }

    /// The head of the tree without leaves.
    public static let empty = TreeHead(size: 0, root: Tree.emptyRoot)
}
