import DossierCrypto
import MerkleLog
import Testing

@Suite("Tree edge")
struct TreeEdgeTests {
    @Test("an edge stored at any size goes on as if it had never been stored")
    func resumes() throws {
        let leaves = TreeTests.leaves
        for size in leaves.indices {
            var whole = TreeEdge()
            for leaf in leaves[..<size] { whole.append(leaf) }
            var resumed = try #require(TreeEdge(size: whole.size, hashes: whole.hashes))
            for leaf in leaves[size...] { resumed.append(leaf) }
            #expect(resumed.root == Tree.root(of: leaves))
        }
    }

    @Test("an edge keeps one hash for each bit set in its size")
    func isSmall() {
        var edge = TreeEdge()
        for leaf in TreeTests.leaves {
            edge.append(leaf)
            #expect(edge.hashes.count == edge.size.nonzeroBitCount)
            #expect(edge.head == TreeHead(size: edge.size, root: edge.root))
        }
    }

    @Test("an edge with a hash too many, one too few or an impossible size is refused")
    func malformed() {
        let hash = TreeTests.leaves[0]
        #expect(TreeEdge(size: 3, hashes: [hash]) == nil)
        #expect(TreeEdge(size: 3, hashes: [hash, hash, hash]) == nil)
        #expect(TreeEdge(size: 0, hashes: [hash]) == nil)
        #expect(TreeEdge(size: Tree.maximumSize, hashes: [hash]) != nil)
        #expect(TreeEdge(size: 2 * Tree.maximumSize, hashes: [hash]) == nil)
        #expect(TreeEdge(size: 0, hashes: []) == TreeEdge())
    }
}
