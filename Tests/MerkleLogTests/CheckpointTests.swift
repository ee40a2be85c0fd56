import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Checkpoints")
struct CheckpointTests {
    static let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

    @Test("the specification's example text is read and written")
    func example() throws {
        let text = "example.com/behind-the-sofa\n20852163\n\(Self.root)\n"
        let checkpoint = try Checkpoint(text: text)
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.head.size == 20_852_163)
        #expect(checkpoint.head.root.base64 == Self.root)
        #expect(checkpoint.text == text)
    }

    @Test("a signed checkpoint verifies", arguments: [KeyAlgorithm.ed25519, .ecdsaP256])
    func roundTrip(algorithm: KeyAlgorithm) throws {
        let signer = try makeSigner(algorithm)
        for size in [0, 1, Tree.maximumSize] {
            let head = TreeHead(size: size, root: Tree.emptyRoot)
            let signed = try signer.sign(head)
            let back = try SignedCheckpoint(verifying: signed.bytes, with: signer.verifierKey)
            #expect(back == signed)
            #expect(back.head == head)
            #expect(back.isBare)
            #expect(back.checkpoint.origin == signer.name)
        }
        expectRefusal(.sizeMismatch) {
            _ = try signer.sign(TreeHead(size: Tree.maximumSize + 1, root: Tree.emptyRoot))
        }
    }

    @Test(
        "no bit of a signed checkpoint can be flipped",
        arguments: [KeyAlgorithm.ed25519, .ecdsaP256])
    func flippedBits(algorithm: KeyAlgorithm) throws {
        let signer = try makeSigner(algorithm)
        let bytes = try signer.sign(TreeHead(size: 63, root: Tree.leafHash(of: [1]))).bytes
        for bit in 0..<bytes.count * 8 {
            expectRefusal {
                _ = try SignedCheckpoint(
                    verifying: bytes.flipping(bit: bit), with: signer.verifierKey)
            }
        }
    }

    @Test("a witness's signature is passed over, and shows")
    func cosigned() throws {
        let (signer, witness) = (try makeSigner(.ed25519), try makeSigner(.ecdsaP256, "witness"))
        let signed = try signer.sign(.empty)
        let cosignature = try witness.sign(signed.checkpoint.text)
            .dropFirst(signed.checkpoint.text.utf8.count + 1)
        let both = try SignedCheckpoint(
            verifying: signed.bytes + cosignature, with: signer.verifierKey)
        #expect(!both.isBare)
        #expect(both.head == .empty)
        expectRefusal(.ambiguousForm) { try both.requireBare() }
        try signed.requireBare()
    }

    @Test("another log's checkpoint, another key's and an unsigned one are told apart")
    func others() throws {
        let (signer, other) = (try makeSigner(.ed25519), try makeSigner(.ed25519, "log.example/2"))
        let signed = try signer.sign(.empty)
        expectRefusal(.wrongOrigin) {
            _ = try SignedCheckpoint(verifying: signed.bytes, with: other.verifierKey)
        }
        let successor = try makeSigner(.ed25519)
        expectRefusal(.unknownKey) {
            _ = try SignedCheckpoint(verifying: signed.bytes, with: successor.verifierKey)
        }
        // Signed by the log's own key, and speaking of another log.
        let foreign = try signer.sign(Checkpoint(origin: "log.example/2", head: .empty).text)
        expectRefusal(.wrongOrigin) {
            _ = try SignedCheckpoint(verifying: foreign, with: signer.verifierKey)
        }
        let extended = try signer.sign("\(signed.checkpoint.text)extension\n")
        expectRefusal(.ambiguousForm) {
            _ = try SignedCheckpoint(verifying: extended, with: signer.verifierKey)
        }
    }

    @Test(
        "what is not exactly origin, size and root is refused",
        arguments: [
            "", "\n", "o\n", "o\n1\n", "o\n1\n\n", "o\n1\n\(root)", "o\n1\n\(root)\n\n",
            "o\n1\n\(root)\nextension\n", "\n1\n\(root)\n", " o\n1\n\(root)\n", "o p\n1\n\(root)\n",
            "o+p\n1\n\(root)\n", "o\n\n\(root)\n", "o\n01\n\(root)\n", "o\n00\n\(root)\n",
            "o\n+1\n\(root)\n", "o\n-1\n\(root)\n", "o\n-0\n\(root)\n", "o\n1 \n\(root)\n",
            "o\n 1\n\(root)\n", "o\n1.0\n\(root)\n", "o\n0x1\n\(root)\n", "o\n1e3\n\(root)\n",
            "o\n\u{661}\n\(root)\n", "o\n18446744073709551616\n\(root)\n", "o\n1\n \(root)\n",
            "o\n1\n\(root) \n", "o\n1\n\(root.dropLast())\n", "o\n1\n\(root.dropLast(2))J=\n",
            "o\n1\n\(root)=\n", "o\n1\nAAAA\n", "o\n1\nAAAA\(root)\n", "o\r\n1\r\n\(root)\r\n",
            "o\n1\n\(root.replacing("/", with: "_"))\n",
        ])
    func malformed(text: String) {
        expectRefusal(.ambiguousForm) { _ = try Checkpoint(text: text) }
    }

    @Test("a size past 2^62 is refused as a size")
    func tooLarge() {
        for size in ["4611686018427387905", "9223372036854775808", "18446744073709551615"] {
            expectRefusal(.sizeMismatch) { _ = try Checkpoint(text: "o\n\(size)\n\(Self.root)\n") }
        }
    }
}
