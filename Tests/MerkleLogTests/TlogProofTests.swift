import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Proof files of leaves")
struct TlogProofTests {
    private let tree = TestTree(size: 11)
    private let signer: NoteSigner

    init() throws { self.signer = try makeSigner(.ed25519) }

    private func makeProof(_ index: Int, _ size: Int) throws -> TlogProof {
        TlogProof(
            leafIndex: UInt64(index), path: try self.tree.inclusion(index, size),
            checkpoint: try self.signer.sign(self.tree.head(size)).bytes)
    }

    @Test("every leaf's file is read back and verifies")
    func roundTrip() throws {
        for size in 1...11 {
            for index in 0..<size {
                let proof = try makeProof(index, size)
                let back = try TlogProof(text: proof.text)
                #expect(back == proof)
                #expect(back.text == proof.text)
                let checkpoint = try back.verify(
                    leaf: self.tree.leaves[index], with: self.signer.verifierKey)
                #expect(checkpoint.head == (try self.tree.head(size)))
            }
        }
    }

    @Test("the file is written as specified")
    func form() throws {
        let proof = try makeProof(2, 3)
        let expected = """
            c2sp.org/tlog-proof@v1
            index 2
            \(proof.path[0].base64)

            log.example/1
            3
            \(try self.tree.head(3).root.base64)

            \u{2014} log.example/1 
            """
        #expect(proof.text.hasPrefix(expected))
    }

    @Test("no bit of a file can be flipped, and it cannot be cut")
    func flippedBits() throws {
        let text = Array(try makeProof(6, 11).text.utf8)
        let leaf = self.tree.leaves[6]
        for bit in 0..<text.count * 8 {
            let changed = String(decoding: text.flipping(bit: bit), as: UTF8.self)
            expectRefusal {
                try TlogProof(text: changed).verify(leaf: leaf, with: self.signer.verifierKey)
            }
        }
        for count in 0..<text.count {
            let cut = String(decoding: text[..<count], as: UTF8.self)
            expectRefusal(.ambiguousForm) { _ = try TlogProof(text: cut) }
        }
    }

    @Test("another leaf, another index, another key and a second signature are refused")
    func others() throws {
        let (proof, key) = (try makeProof(6, 11), self.signer.verifierKey)
        let leaf = self.tree.leaves[6]
        expectRefusal(.wrongRoot) { try proof.verify(leaf: self.tree.leaves[5], with: key) }
        let moved = TlogProof(leafIndex: 7, path: proof.path, checkpoint: proof.checkpoint)
        expectRefusal(.wrongRoot) { try moved.verify(leaf: leaf, with: key) }
        let outside = TlogProof(leafIndex: 11, path: proof.path, checkpoint: proof.checkpoint)
        expectRefusal(.wrongIndex) { try outside.verify(leaf: leaf, with: key) }
        let short = TlogProof(leafIndex: 6, path: [], checkpoint: proof.checkpoint)
        expectRefusal(.wrongProof) { try short.verify(leaf: leaf, with: key) }
        let stranger = try makeSigner(.ed25519).verifierKey
        expectRefusal(.unknownKey) { try proof.verify(leaf: leaf, with: stranger) }
        let line = Array("\u{2014} witness AAAAAAA=\n".utf8)
        let cosigned = TlogProof(
            leafIndex: 6, path: proof.path, checkpoint: proof.checkpoint + line)
        expectRefusal(.ambiguousForm) { try cosigned.verify(leaf: leaf, with: key) }
        expectRefusal(.ambiguousForm) { _ = try TlogProof(text: cosigned.text) }
    }

    @Test("any line too many, too few or in another form is refused")
    func malformed() throws {
        let text = try makeProof(6, 11).text
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for index in lines.indices.dropLast() {
            var (fewer, more) = (lines, lines)
            fewer.remove(at: index)
            more.insert("", at: index)
            for changed in [fewer, more] {
                let joined = changed.joined(separator: "\n")
                expectRefusal {
                    try TlogProof(text: joined).verify(
                        leaf: self.tree.leaves[6], with: self.signer.verifierKey)
                }
            }
        }
        let changes = [
            ("@v1\n", "@v2\n"), ("@v1\n", "@v1\nextra AAAA\n"), ("index 6", "index 06"),
            ("index 6", "index  6"), ("index 6", "index 6 "), ("index 6", "Index 6"),
            ("index 6", "index +6"), ("index 6", "index"), ("\n", "\r\n"),
        ]
        for (old, new) in changes {
            let changed = text.replacing(old, with: new)
            expectRefusal(.ambiguousForm) { _ = try TlogProof(text: changed) }
        }
        expectRefusal(.ambiguousForm) { _ = try TlogProof(text: text + "\n") }
        expectRefusal(.ambiguousForm) { _ = try TlogProof(text: text + text) }
    }
}
