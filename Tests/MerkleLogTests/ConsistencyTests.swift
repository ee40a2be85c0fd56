import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Consistency proofs")
struct ConsistencyTests {
    @Test("every proof of every pair of sizes up to 256 is the oracle's and verifies")
    func everyProof() throws {
        let tree = TestTree(size: 256)
        let oracle = ProofOracle(tree.leaves)
        let heads = try (0...256).map { try tree.head($0) }
        for second in 0...256 {
            for first in 0...second {
                let proof = try tree.consistency(first, second)
                if proof != oracle.consistency(first, second) {
                    Issue.record("\(first) to \(second)")
                }
                try Tree.verifyConsistency(from: heads[first], to: heads[second], proof: proof)
            }
        }
    }

    @Test("no proof survives a flipped bit, a hash more or less, or another root or size")
    func changes() throws {
        let tree = TestTree(size: 33)
        let heads = try (0...33).map { try tree.head($0) }
        for second in 1...32 {
            for first in 1...second {
                let proof = try tree.consistency(first, second)
                let (old, new) = (heads[first], heads[second])
                expectRefusals(of: proof, from: old, to: new)
                let other = TreeHead(size: new.size, root: new.root.flipping(first))
                expectRefusal(.splitView) {
                    try Tree.verifyConsistency(from: old, to: other, proof: proof)
                }
                let older = TreeHead(size: old.size, root: old.root.flipping(second))
                expectRefusal(.splitView) {
                    try Tree.verifyConsistency(from: older, to: new, proof: proof)
                }
                for size in first...33 where size != second {
                    expectRefusal(.splitView, .wrongProof) {
                        try Tree.verifyConsistency(from: old, to: heads[size], proof: proof)
                    }
                }
            }
        }
    }

    @Test("a log whose history was changed in any one leaf is a split view")
    func rewritten() throws {
        let tree = TestTree(size: 24)
        for first in 1...23 {
            let proof = try tree.consistency(first, 24)
            for changed in 0..<first {
                var leaves = Array(tree.leaves[..<first])
                leaves[changed] = leaves[changed].flipping(0)
                let seen = TreeHead(size: UInt64(first), root: Tree.root(of: leaves))
                let head = try tree.head(24)
                expectRefusal(.splitView) {
                    try Tree.verifyConsistency(from: seen, to: head, proof: proof)
                }
            }
        }
    }

    @Test("from the empty tree and from a size to itself the proof is empty and roots count")
    func emptyProofs() throws {
        let tree = TestTree(size: 5)
        let (five, hash) = (try tree.head(5), tree.leaves[0])
        try Tree.verifyConsistency(from: .empty, to: .empty, proof: [])
        try Tree.verifyConsistency(from: .empty, to: five, proof: [])
        try Tree.verifyConsistency(from: five, to: five, proof: [])
        for first in [TreeHead.empty, five] {
            expectRefusal(.wrongProof) {
                try Tree.verifyConsistency(from: first, to: five, proof: [hash])
            }
            let other = TreeHead(size: first.size, root: hash)
            expectRefusal(.splitView) {
                try Tree.verifyConsistency(from: other, to: five, proof: [])
            }
        }
        let nothing = TreeHead(size: 0, root: hash)
        for (first, second) in [(nothing, nothing), (.empty, nothing), (nothing, .empty)] {
            expectRefusal(.splitView) {
                try Tree.verifyConsistency(from: first, to: second, proof: [])
            }
        }
    }

    @Test("a tree does not shrink, and none is larger than 2^62")
    func wrongSizes() throws {
        let tree = TestTree(size: 8)
        let (five, eight) = (try tree.head(5), try tree.head(8))
        let proof = try tree.consistency(5, 8)
        let endless = TreeHead(size: .max, root: eight.root)
        expectRefusal(.sizeMismatch) {
            try Tree.verifyConsistency(from: eight, to: five, proof: proof)
        }
        expectRefusal(.sizeMismatch) {
            try Tree.verifyConsistency(from: five, to: endless, proof: proof)
        }
        expectRefusal(.sizeMismatch) { _ = try ProofPlan.consistency(from: 8, to: 5) }
        expectRefusal(.sizeMismatch) { _ = try ProofPlan.consistency(from: 8, to: .max) }
    }

    private func expectRefusals(of proof: [Digest], from old: TreeHead, to new: TreeHead) {
        // One bit of each hash, another one each time: all would take minutes and find no more.
        let bit = Int(old.size * 7 + new.size * 11) % 256
        for changed in proof.flipped([bit]) {
            expectRefusal(.splitView) {
                try Tree.verifyConsistency(from: old, to: new, proof: changed)
            }
        }
        for changed in proof.resized {
            expectRefusal(.wrongProof) {
                try Tree.verifyConsistency(from: old, to: new, proof: changed)
            }
        }
    }
}
