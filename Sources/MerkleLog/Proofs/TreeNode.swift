/// A node of the tree of some size: the leaves from `index << level` on, 2^level of them, or fewer
/// where the tree ends before. Then it is ragged.
struct TreeNode {
    let level: Int
    let index: UInt64

    /// Whether it is the right one of two children.
    var isRight: Bool { !self.index.isMultiple(of: 2) }

    /// The siblings on the node's way to the root of a tree, lowest first. Levels where it has none
    /// are passed over.
    func siblings(in size: UInt64) -> [TreeNode] {
        var siblings: [TreeNode] = []
        var level = self.level
        var position = self.index
        var last = (size - 1) >> UInt64(level)
        while last > 0 {
            let sibling = position ^ 1
            if sibling <= last { siblings.append(TreeNode(level: level, index: sibling)) }
            level += 1
            position >>= 1
            last >>= 1
        }
        return siblings
    }

    /// The perfect subtrees that make up the node in a tree of a size: itself, unless it is ragged.
    func subtrees(in size: UInt64) -> [Subtree] {
        let whole = Subtree(level: self.level, index: self.index)
        let leaves = whole.leaves
        return leaves.upperBound <= size
            ? [whole] : Subtree.parts(of: leaves.lowerBound..<size)
    }
}
