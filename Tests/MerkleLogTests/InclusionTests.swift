import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Inclusion proofs")
struct InclusionTests {
    @Test("every proof of every size up to 256 is the oracle's and verifies")
    func everyProof() throws {
        let tree = TestTree(size: 256)
        let oracle = ProofOracle(tree.leaves)
        for size in 1...256 {
            let head = try tree.head(size)
            #expect(head.root == oracle.root(size))
            for index in 0..<size {
                let path = try tree.inclusion(index, size)
                if path != oracle.path(index, size) { Issue.record("leaf \(index) of \(size)") }
                try verify(tree.leaves[index], index, head, path)
            }
        }
    }

    @Test("the path over a batch's leaves is the plan's")
    func batchPaths() throws {
        let tree = TestTree(size: 70)
        for size in 1...70 {
            let leaves = Array(tree.leaves[..<size])
            let batch = ProvenLeaves(ofWholeTree: leaves)
            #expect(batch.head == (try tree.head(size)))
            for index in 0..<size {
                let path = try tree.inclusion(index, size)
                #expect(Tree.inclusionPath(for: index, in: leaves) == path)
                #expect(try batch.inclusionPath(of: UInt64(index)) == path)
            }
        }
    }

    @Test("no proof survives a flipped bit in leaf, path or root")
    func flippedBits() throws {
        let tree = TestTree(size: 17)
        for size in 1...17 {
            let head = try tree.head(size)
            for index in 0..<size {
                let (leaf, path) = (tree.leaves[index], try tree.inclusion(index, size))
                for bit in 0..<256 {
                    let other = TreeHead(size: head.size, root: head.root.flipping(bit))
                    expectRefusal(.wrongRoot) { try verify(leaf.flipping(bit), index, head, path) }
                    expectRefusal(.wrongRoot) { try verify(leaf, index, other, path) }
                }
                for changed in path.flipped(0..<256) {
                    expectRefusal(.wrongRoot) { try verify(leaf, index, head, changed) }
                }
            }
        }
    }

    @Test("no proof survives another index, another size, a hash more or a hash less")
    func otherShape() throws {
        let tree = TestTree(size: 41)
        for size in 1...40 {
            let head = try tree.head(size)
            for index in 0..<size {
                let (leaf, path) = (tree.leaves[index], try tree.inclusion(index, size))
                for other in 0..<size where other != index {
                    expectRefusal(.wrongRoot, .wrongProof) { try verify(leaf, other, head, path) }
                }
                expectRefusal(.wrongIndex) { try verify(leaf, size, head, path) }
                for changed in path.resized {
                    expectRefusal(.wrongProof) { try verify(leaf, index, head, changed) }
                }
                for other in index + 1...41 where other != size {
                    let head = try tree.head(other)
                    expectRefusal(.wrongRoot, .wrongProof) { try verify(leaf, index, head, path) }
                }
            }
        }
    }

    @Test("sizes up to the largest number do not overflow, and those past 2^62 are refused")
    func extremes() {
        let hash = Tree.emptyRoot
        let deep = [Digest](repeating: hash, count: 62)
        let largest = TreeHead(size: Tree.maximumSize, root: hash)
        expectRefusal(.wrongRoot) { try verify(hash, 0, largest, deep) }
        expectRefusal(.wrongRoot) { try verify(hash, 1 << 62 - 1, largest, deep) }
        expectRefusal(.wrongIndex) { try verify(hash, 1 << 62, largest, deep) }
        for size in [Tree.maximumSize + 1, .max] {
            let head = TreeHead(size: size, root: hash)
            expectRefusal(.sizeMismatch) { try verify(hash, 0, head, deep) }
            expectRefusal(.sizeMismatch) { _ = try ProofPlan.inclusion(of: 0, in: size) }
        }
        expectRefusal(.wrongIndex) { try verify(hash, 0, .empty, []) }
        expectRefusal(.wrongIndex) { _ = try ProofPlan.inclusion(of: 0, in: 0) }
        expectRefusal(.wrongIndex) { _ = try ProofPlan.inclusion(of: 5, in: 5) }
    }
}

private func verify(_ leaf: Digest, _ index: Int, _ head: TreeHead, _ path: [Digest]) throws {
    try Tree.verifyInclusion(
        leaf: leaf, index: UInt64(index), treeSize: head.size, path: path, root: head.root)
}
