import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Range proofs")
struct RangeTests {
    @Test("every proof of every range up to size 64 is the oracle's and verifies")
    func everyProof() throws {
        let tree = TestTree(size: 64)
        let oracle = ProofOracle(tree.leaves)
        for size in 1...64 {
            let head = try tree.head(size)
            try forEachRange(of: size) { range in
                let proof = try tree.range(range, size)
                if proof != oracle.range(range, size) { Issue.record("\(range) of \(size)") }
                try verify(tree, range, head, proof)
            }
        }
    }

    @Test("every leaf of a verified range has its inclusion path")
    func paths() throws {
        let tree = TestTree(size: 24)
        for size in 1...24 {
            let head = try tree.head(size)
            try forEachRange(of: size) { range in
                let leaves = try ProvenLeaves(
                    Array(tree.leaves[range]), from: UInt64(range.lowerBound), in: head,
                    proof: tree.range(range, size))
                for index in 0...size {
                    if range.contains(index) {
                        let path = try leaves.inclusionPath(of: UInt64(index))
                        #expect(try path == tree.inclusion(index, size))
                    } else {
                        expectRefusal(.wrongIndex) {
                            _ = try leaves.inclusionPath(of: UInt64(index))
                        }
                    }
                }
            }
        }
    }

    @Test("no proof survives a flipped bit in proof, leaves or root, a hash more or a hash less")
    func changes() throws {
        let tree = TestTree(size: 32)
        for size in 1...32 {
            let head = try tree.head(size)
            try forEachRange(of: size) { range in
                let proof = try tree.range(range, size)
                let (leaves, first) = (Array(tree.leaves[range]), UInt64(range.lowerBound))
                let bit = (range.lowerBound * 7 + range.upperBound * 11 + size) % 256
                let other = TreeHead(size: head.size, root: head.root.flipping(bit))
                expectRefusal(.wrongRoot) { try verify(tree, range, other, proof) }
                for changed in proof.flipped([bit]) {
                    expectRefusal(.wrongRoot) { try verify(tree, range, head, changed) }
                }
                for changed in proof.resized {
                    expectRefusal(.wrongProof) { try verify(tree, range, head, changed) }
                }
                for changed in size < 17 ? leaves.flipped([bit]) : [] {
                    expectRefusal(.wrongRoot) {
                        try Tree.verifyRange(changed, from: first, in: head, proof: proof)
                    }
                }
            }
        }
    }

    @Test("no proof survives another first index or another size")
    func otherPlace() throws {
        let tree = TestTree(size: 33)
        let heads = try (0...33).map { try tree.head($0) }
        for size in 1...32 {
            try forEachRange(of: size) { range in
                let (proof, leaves) = (try tree.range(range, size), Array(tree.leaves[range]))
                for first in 0..<size where first != range.lowerBound {
                    expectRefusal(.wrongRoot, .wrongProof, .wrongIndex) {
                        try Tree.verifyRange(
                            leaves, from: UInt64(first), in: heads[size], proof: proof)
                    }
                }
                for other in [size - 1, size + 1] {
                    expectRefusal(.wrongRoot, .wrongProof, .wrongIndex) {
                        try verify(tree, range, heads[other], proof)
                    }
                }
            }
        }
    }

    @Test("a range that is empty, leaves the tree or overflows is refused")
    func wrongArguments() throws {
        let tree = TestTree(size: 4)
        let (head, leaves) = (try tree.head(4), tree.leaves)
        let endless = TreeHead(size: .max, root: head.root)
        for (count, first) in [(0, 0), (0, 4), (1, 4), (2, 3), (4, UInt64.max)] {
            expectRefusal(.wrongIndex) {
                try Tree.verifyRange(Array(leaves[..<count]), from: first, in: head, proof: [])
            }
        }
        expectRefusal(.sizeMismatch) {
            try Tree.verifyRange(leaves, from: .max, in: endless, proof: [])
        }
        expectRefusal(.wrongIndex) { _ = try ProofPlan.range(2..<2, in: 4) }
        expectRefusal(.wrongIndex) { _ = try ProofPlan.range(2..<5, in: 4) }
        expectRefusal(.sizeMismatch) { _ = try ProofPlan.range(2..<5, in: .max) }
    }

    @Test("a range of 10,000 leaves in the middle of a log verifies")
    func largestBatch() throws {
        let tree = TestTree(size: 12_345)
        let range = 1_111..<11_111
        let proof = try tree.range(range, 12_345)
        try verify(tree, range, tree.head(12_345), proof)
        #expect(proof.count <= 2 * 14)
    }
}

private func forEachRange(of size: Int, _ body: (Range<Int>) throws -> Void) rethrows {
    for first in 0..<size {
        for end in first + 1...size { try body(first..<end) }
    }
}

private func verify(
    _ tree: TestTree, _ range: Range<Int>, _ head: TreeHead, _ proof: [Digest]
) throws {
    try Tree.verifyRange(
        Array(tree.leaves[range]), from: UInt64(range.lowerBound), in: head, proof: proof)
}
