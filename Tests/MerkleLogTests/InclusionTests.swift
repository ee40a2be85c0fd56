import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Inclusion proofs")
struct InclusionTests {
    @Test("every path of every size up to 130 is the oracle's and verifies")
    func everyPath() throws {
        for size in 1...TreeTests.exhaustiveSize {
            let leaves = Array(TreeTests.leaves[..<size])
            let root = Tree.root(of: leaves)
            for index in 0..<size {
                let path = Tree.inclusionPath(for: index, in: leaves)
                #expect(path == TreeOracle.path(index, leaves[...]))
                #expect(path.count == Tree.inclusionPathLength(for: index, treeSize: size))
                try Tree.verifyInclusion(
                    leaf: leaves[index], index: index, treeSize: size, path: path, root: root)
            }
        }
    }

    @Test("no proof survives a flipped bit in leaf, path or root")
    func flippedBits() {
        for size in 1...17 {
            let leaves = Array(TreeTests.leaves[..<size])
            let root = Tree.root(of: leaves)
            for index in 0..<size {
                let path = Tree.inclusionPath(for: index, in: leaves)
                for bit in 0..<256 {
                    expectRefusal(flipped(leaves[index], bit), index, size, path, root)
                    expectRefusal(leaves[index], index, size, path, flipped(root, bit))
                    for position in path.indices {
                        var changed = path
                        changed[position] = flipped(changed[position], bit)
                        expectRefusal(leaves[index], index, size, changed, root)
                    }
                }
            }
        }
    }

    @Test("no proof survives another index, another size, a hash more or a hash less")
    func otherShape() {
        let sizes = 1...40
        for size in sizes {
            let leaves = Array(TreeTests.leaves[..<size])
            let root = Tree.root(of: leaves)
            for index in 0..<size {
                let leaf = leaves[index]
                let path = Tree.inclusionPath(for: index, in: leaves)
                for other in 0..<size where other != index {
                    expectRefusal(leaf, other, size, path, root)
                }
                expectRefusal(leaf, index, size, path + [root], root, .wrongPathLength)
                expectRefusal(leaf, index, size, [leaf] + path, root, .wrongPathLength)
                if !path.isEmpty {
                    expectRefusal(leaf, index, size, path.dropLast(), root, .wrongPathLength)
                    expectRefusal(leaf, index, size, Array(path[1...]), root, .wrongPathLength)
                }
                expectRefusal(leaf, size, size, path, root, .indexOutOfRange)
                expectRefusal(leaf, -1, size, path, root, .indexOutOfRange)
            }
        }
    }

    @Test("a proof for one size does not verify against the root of another")
    func otherTree() {
        for size in 1...40 {
            let path = Tree.inclusionPath(for: size - 1, in: Array(TreeTests.leaves[..<size]))
            for other in size...41 where other != size {
                let root = Tree.root(of: Array(TreeTests.leaves[..<other]))
                expectRefusal(TreeTests.leaves[size - 1], size - 1, other, path, root)
            }
        }
    }

    @Test("sizes up to the largest number do not overflow")
    func extremes() {
        let hash = TreeTests.leaves[0]
        let deep = [Digest](repeating: hash, count: 63)
        expectRefusal(hash, 0, .max, deep, hash, .rootMismatch)
        expectRefusal(hash, .max - 1, .max, deep, hash)
        expectRefusal(hash, .max, .max, deep, hash, .indexOutOfRange)
        expectRefusal(hash, .min, .max, deep, hash, .indexOutOfRange)
        expectRefusal(hash, 0, 0, [], Tree.emptyRoot, .indexOutOfRange)
        expectRefusal(hash, 0, .min, [], hash, .indexOutOfRange)
    }
}

private func flipped(_ digest: Digest, _ bit: Int) -> Digest {
    var bytes = digest.bytes
    bytes[bit / 8] ^= 1 << (bit % 8)
    return Digest(bytes) ?? digest
}

private func expectRefusal(
    _ leaf: Digest, _ index: Int, _ size: Int, _ path: [Digest], _ root: Digest,
    _ code: ProofError.Code? = nil, sourceLocation: SourceLocation = #_sourceLocation
) {
    do throws(ProofError) {
        try Tree.verifyInclusion(leaf: leaf, index: index, treeSize: size, path: path, root: root)
        Issue.record("leaf \(index) of \(size) is accepted", sourceLocation: sourceLocation)
    } catch {
        if let code { #expect(error.code == code, sourceLocation: sourceLocation) }
    }
}
