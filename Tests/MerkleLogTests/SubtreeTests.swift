import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Stored subtrees")
struct SubtreeTests {
    @Test("the places of all subtrees of every tree up to 2,000 leaves are dense, each taken once")
    func dense() {
        var places: Set<UInt64> = []
        for size in 1...2_000 as ClosedRange<UInt64> {
            for level in 0...size.trailingZeroBitCount {
                let subtree = Subtree(level: level, index: (size >> UInt64(level)) - 1)
                #expect(subtree.leaves.upperBound == size)
                places.insert(subtree.storedIndex)
            }
            let count = Subtree.storedCount(treeSize: size)
            #expect(places.count == Int(count))
            #expect(places.max() == count - 1)
        }
    }

    @Test("an edge stores every subtree's hash at the subtree's place")
    func appended() {
        let tree = TestTree(size: 300)
        let oracle = ProofOracle(tree.leaves)
        for level in 0...8 {
            for index in 0..<300 >> level {
                let subtree = Subtree(level: level, index: UInt64(index))
                let leaves = Array(
                    tree.leaves[Int(subtree.leaves.lowerBound)..<Int(subtree.leaves.upperBound)])
                #expect(
                    tree.stored[Int(subtree.storedIndex)] == ProofOracle(leaves).root(1 << level))
            }
        }
        #expect(tree.stored.count == Int(Subtree.storedCount(treeSize: 300)))
        #expect(Tree.root(of: tree.leaves) == oracle.root(300))
    }

    @Test("an edge is made of the subtrees of its size, and storing changes nothing else")
    func edges() {
        let tree = TestTree(size: 130)
        var (edge, plain) = (TreeEdge(), TreeEdge())
        var stored: [Digest] = []
        for leaf in tree.leaves {
            let subtrees = Subtree.edge(ofSize: edge.size)
            #expect(edge.hashes == subtrees.map { tree.stored[Int($0.storedIndex)] })
            #expect(subtrees.reduce(0) { $0 + UInt64($1.leaves.count) } == edge.size)
            edge.append(leaf, storing: &stored)
            plain.append(leaf)
            #expect(edge == plain)
        }
        #expect(stored == tree.stored)
    }

    @Test("the last subtree of the largest tree has a place below 2^63")
    func largest() {
        let whole = Subtree(level: 62, index: 0)
        #expect(whole.leaves == 0..<Tree.maximumSize)
        #expect(whole.storedIndex == UInt64.max / 2 - 1)
        #expect(Subtree.storedCount(treeSize: Tree.maximumSize) == UInt64.max / 2)
        #expect(Subtree.edge(ofSize: Tree.maximumSize) == [whole])
    }

    @Test("a plan reads few hashes and folds the ragged node")
    func plans() throws {
        let plan = try ProofPlan.inclusion(of: 4, in: 11)
        let places: [(Int, UInt64)] = [(0, 5), (1, 3), (2, 0), (1, 4), (0, 10)]
        #expect(plan.subtrees == places.map { Subtree(level: $0.0, index: $0.1) })
        #expect(TestTree(size: 11).proof(plan).count == 4)
        #expect(try ProofPlan.root(ofSize: 0).proof(from: []) == [Tree.emptyRoot])
        expectRefusal(.sizeMismatch) { _ = try ProofPlan.root(ofSize: .max) }
    }
}
