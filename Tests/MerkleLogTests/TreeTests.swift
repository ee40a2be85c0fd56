import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Tree")
struct TreeTests {
    /// Larger than any place where the shape of a tree changes: several powers of two and their
    /// neighbours.
    static let exhaustiveSize = 130

    static let leaves = (0..<exhaustiveSize).map { Tree.leafHash(of: [UInt8($0), 0xD0]) }

    @Test("the roots of the RFC 6962 test vectors come out")
    func publishedVectors() throws {
        // The leaves and roots of the certificate-transparency reference implementation.
        let leaves: [[UInt8]] = [
            [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
            [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            [
                0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D,
                0x6E, 0x6F,
            ],
        ]
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ]
        let hashes = leaves.map { Tree.leafHash(of: $0) }

        for size in roots.indices {
            #expect(Tree.root(of: Array(hashes[..<size])).hexadecimal == roots[size])
        }
        #expect(Tree.emptyRoot.hexadecimal == roots[0])
    }

    @Test("every root up to size 130 is the oracle's")
    func everyRoot() {
        var edge = TreeEdge()
        for size in 0...Self.exhaustiveSize {
            let expected = TreeOracle.root(Self.leaves[..<size])
            #expect(Tree.root(of: Array(Self.leaves[..<size])) == expected)
            #expect(edge.root == expected)
            #expect(edge.size == UInt64(size))
            if size < Self.exhaustiveSize { edge.append(Self.leaves[size]) }
        }
    }

    @Test("a leaf that looks like a node has another hash than the node")
    func domainSeparation() {
        let left = Self.leaves[0]
        let right = Self.leaves[1]

        #expect(Tree.leafHash(of: left.bytes + right.bytes) != Tree.nodeHash(left, right))
        #expect(Tree.nodeHash(left, right) != Tree.nodeHash(right, left))
        #expect(Tree.leafHash(of: []) != Tree.emptyRoot)
    }

    @Test("the root of 10,000 leaves is the oracle's")
    func largestBatch() {
        let leaves = (0..<10_000).map { number in
            withUnsafeBytes(of: UInt32(number).bigEndian) { Tree.leafHash(of: $0) }
        }

        #expect(Tree.root(of: leaves) == TreeOracle.root(leaves[...]))
    }
}
