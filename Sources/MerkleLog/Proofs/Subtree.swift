/// A perfect subtree: one of 2^level leaves, the first of which is `index << level`.
///
/// A log stores the hash of each perfect subtree once, when its last leaf comes: first the leaf's
/// own hash, then those of the subtrees that it completes, lowest first. So the stored hashes are
/// an array without gaps that only ever grows at its end, and the place of each follows from level
/// and index alone. Numbered as they are stored, in a tree of five leaves:
///
///     level 2              6
///                    ┌─────┴─────┐
///     level 1        2           5
///                  ┌─┴─┐       ┌─┴─┐
///     level 0      0   1       3   4       7
///
///     leaf         0   1       2   3       4
public struct Subtree: Hashable, Sendable {
    /// How many levels the root of the subtree is above the leaves.
    public let level: Int
    /// How many subtrees of this level are to the left of it.
    public let index: UInt64

    /// Creates a subtree, of a tree of at most ``Tree/maximumSize`` leaves.
    public init(level: Int, index: UInt64) {
        self.level = level
        self.index = index
    }

    /// The indices of its leaves.
    public var leaves: Range<UInt64> {
        self.index << UInt64(self.level)..<(self.index + 1) << UInt64(self.level)
    }

    /// How many hashes are stored before that of this subtree.
    public var storedIndex: UInt64 {
        // Before the last leaf of the subtree come the hashes of the tree without it, after it one
        // hash a level.
        Self.storedCount(treeSize: self.leaves.upperBound - 1) + UInt64(self.level)
    }

    /// How many hashes are stored for a tree of a size.
    ///
    /// A tree of 2^k leaves has 2 * 2^k - 1 of them, so one less than twice the size for each
    /// perfect subtree of the edge.
    public static func storedCount(treeSize: UInt64) -> UInt64 {
        2 * treeSize - UInt64(treeSize.nonzeroBitCount)
    }

    /// The perfect subtrees that make up the tree of a size, left to right, largest first.
    public static func edge(ofSize size: UInt64) -> [Subtree] {
        self.parts(of: 0..<size)
    }

    /// The perfect subtrees that make up a node which may be ragged: one whose first leaf stands
    /// where a subtree large enough for all of them would begin.
    static func parts(of leaves: Range<UInt64>) -> [Subtree] {
        var parts: [Subtree] = []
        var start = leaves.lowerBound
        while start < leaves.upperBound {
            let remaining = leaves.upperBound - start
            let level = UInt64.bitWidth - 1 - remaining.leadingZeroBitCount
            parts.append(Subtree(level: level, index: start >> UInt64(level)))
            start += 1 << UInt64(level)
        }
        return parts
    }
}
