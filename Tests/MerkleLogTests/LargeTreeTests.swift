import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Large trees")
struct LargeTreeTests {
    static let seed = UInt64.random(in: .min ... .max)

    @Test("inclusion of the odd leaf, and of any other, in trees of up to 2^40 and 2^62 leaves")
    func inclusion() throws {
        try forEachTree(seed: Self.seed) { tree, generator in
            let head = try tree.head
            #expect(head.root == tree.hash(0..<tree.size))
            for index in [tree.odd, UInt64.random(in: 0..<tree.size, using: &generator)] {
                let path = try tree.proof(.inclusion(of: index, in: tree.size))
                let leaf = tree.hash(index..<index + 1)
                try Tree.verifyInclusion(
                    leaf: leaf, index: index, treeSize: tree.size, path: path, root: head.root)
                let other = index ^ 1 << UInt64.random(in: 0..<62, using: &generator)
                guard leaf != tree.hash(other..<other + 1) else { continue }
                expectRefusal(.wrongRoot, .wrongIndex, .wrongProof) {
                    try Tree.verifyInclusion(
                        leaf: leaf, index: other, treeSize: tree.size, path: path, root: head.root)
                }
            }
        }
    }

    @Test("consistency of trees of up to 2^40 and 2^62 leaves")
    func consistency() throws {
        try forEachTree(seed: Self.seed) { tree, generator in
            let size = UInt64.random(in: 1...tree.size, using: &generator)
            let first = TreeHead(size: size, root: tree.hash(0..<size))
            let proof = try tree.proof(.consistency(from: size, to: tree.size))
            try Tree.verifyConsistency(from: first, to: tree.head, proof: proof)
            #expect(proof.count <= 63)
            #expect(
                proof.count == Tree.consistencyProofLength(from: size, to: tree.size))
            for changed in proof.flipped([Int(size % 256)]) {
                expectRefusal(.splitView) {
                    try Tree.verifyConsistency(from: first, to: tree.head, proof: changed)
                }
            }
        }
    }

    @Test("ranges about the odd leaf in trees of up to 2^40 and 2^62 leaves")
    func ranges() throws {
        try forEachTree(seed: Self.seed) { tree, generator in
            let first = tree.odd - min(tree.odd, .random(in: 0...50, using: &generator))
            let end = min(tree.size, tree.odd + .random(in: 1...50, using: &generator))
            let proof = try tree.proof(.range(first..<end, in: tree.size))
            let leaves = (first..<end).map { tree.hash($0..<$0 + 1) }
            let proven = try ProvenLeaves(leaves, from: first, in: tree.head, proof: proof)
            #expect(
                try proven.inclusionPath(of: tree.odd)
                    == tree.proof(.inclusion(of: tree.odd, in: tree.size)))
            for changed in proof.flipped([Int(first % 256)]) {
                expectRefusal(.wrongRoot) {
                    try Tree.verifyRange(leaves, from: first, in: tree.head, proof: changed)
                }
            }
        }
    }

    @Test("a range proof reads no more than two hashes a level")
    func planSize() throws {
        try forEachTree(seed: Self.seed) { tree, _ in
            let plan = try ProofPlan.range(tree.odd..<tree.odd + 1, in: tree.size)
            #expect(plan.subtrees.count <= 2 * (64 - tree.size.leadingZeroBitCount))
        }
    }
}

/// A tree of any size in which all leaves but one are the same, so that the hash of any node is
/// found without storing leaves.
private struct SparseTree {
    let size: UInt64
    let odd: UInt64

    private static let common = Tree.leafHash(of: [0])
    private static let special = Tree.leafHash(of: [1])
    /// The hashes of the perfect subtrees without the odd leaf, by level.
    private static let levels = (0..<63).reduce(into: [Digest]()) { levels, _ in
        levels.append(levels.last.map { Tree.nodeHash($0, $0) } ?? common)
    }

    /// MTH of a node, by recursion over its halves.
    func hash(_ node: Range<UInt64>) -> Digest {
        let count = node.upperBound - node.lowerBound
        if count & (count - 1) == 0, !node.contains(self.odd) {
            return Self.levels[count.trailingZeroBitCount]
        }
        if count == 1 { return Self.special }
        let half = UInt64(1) << UInt64(63 - (count - 1).leadingZeroBitCount)
        let middle = node.lowerBound + half
        return Tree.nodeHash(
            self.hash(node.lowerBound..<middle), self.hash(middle..<node.upperBound))
    }

    func proof(_ plan: ProofPlan) -> [Digest] {
        plan.proof(from: plan.subtrees.map { self.hash($0.leaves) })
    }

    var head: TreeHead {
        get throws {
            TreeHead(size: self.size, root: try self.proof(.root(ofSize: self.size))[0])
        }
    }
}

/// Calls `body` with trees of random sizes, as many of each number of bits.
private func forEachTree(
    seed: UInt64, _ body: (SparseTree, inout SeededGenerator) throws -> Void
) throws {
    print("large trees: seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    for bits in Array(1...40) + [50, 61, 62] as [UInt64] {
        for _ in 0..<20 {
            let size = UInt64.random(in: 1 << (bits - 1)...1 << bits, using: &generator)
            let odd = UInt64.random(in: 0..<size, using: &generator)
            try body(SparseTree(size: size, odd: odd), &generator)
        }
    }
}
