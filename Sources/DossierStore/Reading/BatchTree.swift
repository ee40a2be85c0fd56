import DossierCrypto
import MerkleLog

/// The tree over a batch's leaf hashes with all its levels, for the inclusion paths of many leaves
/// at the cost of one hashing (RFC 6962, section 2.1).
struct BatchTree {
    // From the leaves up to the root; a node without a sibling rises as it is.
    private let levels: [[Digest]]

    /// Builds the tree over leaf hashes, at least one.
    init(_ leafHashes: [Digest]) {
        precondition(!leafHashes.isEmpty, "a batch has at least one record")
        var levels = [leafHashes]
        while let level = levels.last, level.count > 1 {
            levels.append(Self.parents(of: level))
        }
        self.levels = levels
    }

    /// The batch root.
    var root: Digest { self.levels[self.levels.count - 1][0] }

    /// The siblings on a leaf's way to the root, lowest first.
    func inclusionPath(for index: Int) -> [Digest] {
        var path: [Digest] = []
        path.reserveCapacity(self.levels.count - 1)
        var position = index
        for level in self.levels.dropLast() {
            let sibling = position ^ 1
            if sibling < level.count { path.append(level[sibling]) }
            position /= 2
        }
        return path
    }

    private static func parents(of level: [Digest]) -> [Digest] {
        stride(from: 0, to: level.count, by: 2).map { left in
            left + 1 < level.count ? Tree.nodeHash(level[left], level[left + 1]) : level[left]
        }
    }
}
