import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Verifier keys")
struct VerifierKeyTests {
    @Test("an ECDSA key is named by the digest of its encoding alone")
    func ecdsaKeyID() throws {
        let key = try PrivateKey.generate(.ecdsaP256).publicKey
        let first = try VerifierKey(name: "a", publicKey: key)
        let second = try VerifierKey(name: "b", publicKey: key)
        let keyID = key.keyID.bytes.prefix(4).reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        #expect(first.keyID == keyID)
        #expect(second.keyID == keyID)
        #expect(first != second)
        #expect(first.text.hasPrefix("a+\(key.keyID.hexadecimal.prefix(8))+AjBZMBMG"))
    }

    @Test("a flipped bit in an Ed25519 key's text makes it no key")
    func flippedBits() throws {
        let text = Array(NoteTests.exampleKey.utf8)
        for bit in 0..<text.count * 8 {
            let changed = String(decoding: text.flipping(bit: bit), as: UTF8.self)
            expectRefusal(.ambiguousForm, .unknownKey) { _ = try VerifierKey(changed) }
        }
    }

    @Test("a flipped bit in an ECDSA key's text makes it no key, or another log's")
    func flippedECDSABits() throws {
        let signer = try makeSigner(.ecdsaP256)
        let text = Array(signer.verifierKey.text.utf8)
        let checkpoint = try signer.sign(.empty)
        for bit in 0..<text.count * 8 {
            let changed = String(decoding: text.flipping(bit: bit), as: UTF8.self)
            expectRefusal(.ambiguousForm, .unknownKey, .wrongOrigin) {
                _ = try SignedCheckpoint(verifying: checkpoint.bytes, with: VerifierKey(changed))
            }
        }
    }

    @Test("a key ID with zeros in front keeps its eight digits")
    func leadingZeros() throws {
        // One name in sixteen has such an ID.
        let key = try VerifierKey(NoteTests.exampleKey).publicKey
        let keys = try (0..<200).map { try VerifierKey(name: "log\($0)", publicKey: key) }
        #expect(keys.contains { $0.keyID < 1 << 28 })
        for key in keys { #expect(try VerifierKey(key.text) == key) }
    }

    @Test("keys of other algorithms and types are unknown")
    func otherKeys() throws {
        let key = try PrivateKey.generate(.ecdsaP384)
        expectRefusal(.unknownKey) { _ = try NoteSigner(name: "n", privateKey: key) }
        for type in [0x00, 0x03, 0x04, 0x05, 0x06, 0xFA, 0xFF] as [UInt8] {
            let material = StrictBase64.encode([type] + [UInt8](repeating: 7, count: 32))
            expectRefusal(.unknownKey) { _ = try VerifierKey("n+00000000+\(material)") }
        }
    }

    @Test("a name that is empty or has a space, plus or control character is none")
    func names() throws {
        let key = try PrivateKey.generate(.ed25519)
        let bad = [
            "", " ", "a b", "a+b", "+", "a\n", "a\u{A0}b", "a\u{85}", "\u{3000}", "a\0", "\u{1F}",
        ]
        for name in bad + ["a \u{301}", "a+\u{301}"] {
            expectRefusal(.ambiguousForm) { _ = try NoteSigner(name: name, privateKey: key) }
        }
        for name in ["a", "a/b", "\u{1F512}", "a-b_c.d:e"] {
            let signer = try NoteSigner(name: name, privateKey: key)
            #expect(try VerifierKey(signer.verifierKey.text) == signer.verifierKey)
        }
    }

    @Test("any other spelling of a key is refused")
    func malformed() {
        let (name, keyID) = ("example.com/foo", "530d903a")
        let key = "AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
        let texts = [
            "", "+", "++", "n+00000000+", name, "\(name)+\(keyID)", "\(name)+\(keyID)+\(key)\n",
            " \(name)+\(keyID)+\(key)", "\(name)+530D903A+\(key)", "\(name)+0530d903a+\(key)",
            "\(name)+530d903b+\(key)", "\(name)+\(keyID)+\(key)=", "\(name)+\(keyID)+\(key)+",
            "\(name)+\(keyID)++\(key)", "\(name)+\(keyID)+\(key.dropLast(4))", "+\(keyID)+\(key)",
            "\(name)+\(keyID)+\(key)AAAA", "example.com/fo+\(keyID)+\(key)",
        ]
        for text in texts { expectRefusal(.ambiguousForm) { _ = try VerifierKey(text) } }
    }
}
