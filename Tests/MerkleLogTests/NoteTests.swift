import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Signed notes")
struct NoteTests {
    /// Key and note of the example in c2sp.org/signed-note.
    static let exampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    static let exampleNote = """
        This is an example message.

        \u{2014} example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

        """

    @Test("the specification's example verifies")
    func example() throws {
        let key = try VerifierKey(Self.exampleKey)
        let note = try SignedNote(Array(Self.exampleNote.utf8))
        #expect(key.text == Self.exampleKey)
        #expect(key.name == "example.com/foo")
        #expect(key.keyID == 0x530d_903a)
        #expect(note.text == "This is an example message.\n")
        #expect(note.signatures.map(\.name) == ["example.com/foo"])
        try note.verify(key)
    }

    @Test("what one signs the other verifies", arguments: [KeyAlgorithm.ed25519, .ecdsaP256])
    func roundTrip(algorithm: KeyAlgorithm) throws {
        let signer = try makeSigner(algorithm)
        let key = try VerifierKey(signer.verifierKey.text)
        for text in ["a\n", "\n", "a\n\nb\n", "a\n\n", "a\n\n\u{2014} b c\n", "\u{1F512} \u{7F}\n"]
        {
            let note = try SignedNote(signer.sign(text))
            #expect(note.text == text)
            try note.verify(key)
        }
        #expect(key == signer.verifierKey)
        for text in ["", "a", "a\tb\n", "a\r\n", "\0\n", String(repeating: "a\n", count: 2_048)] {
            expectRefusal(.ambiguousForm) { _ = try signer.sign(text) }
        }
    }

    @Test("no bit of a signed note can be flipped", arguments: [KeyAlgorithm.ed25519, .ecdsaP256])
    func flippedBits(algorithm: KeyAlgorithm) throws {
        let signer = try makeSigner(algorithm)
        let note = try signer.sign("line one\n\nline two\n")
        for bit in 0..<note.count * 8 {
            expectRefusal { try SignedNote(note.flipping(bit: bit)).verify(signer.verifierKey) }
        }
        for count in 0..<note.count {
            expectRefusal { try SignedNote(Array(note[..<count])).verify(signer.verifierKey) }
        }
    }

    @Test("signatures of other keys are passed over, and each of the key's own must verify")
    func manySignatures() throws {
        let (signer, witness) = (try makeSigner(.ed25519), try makeSigner(.ecdsaP256, "witness"))
        let text = "a\n"
        let line = try signer.sign(text).dropFirst(3)
        let foreign = try witness.sign(text).dropFirst(3)
        let wrong = try signer.sign("b\n").dropFirst(3)
        let body = Array("a\n\n".utf8)
        try SignedNote(body + foreign + line + foreign).verify(signer.verifierKey)
        try SignedNote(body + foreign + line).verify(witness.verifierKey)
        try SignedNote(body + line + line).verify(signer.verifierKey)
        for bad in [wrong, line + wrong, wrong + line] {
            expectRefusal(.wrongSignature) {
                try SignedNote(body + bad).verify(signer.verifierKey)
            }
        }
        // The same name with another key, and the same key under another name.
        for other in [try makeSigner(.ed25519), try makeSigner(.ed25519, "witness")] {
            expectRefusal(.unknownKey) {
                try SignedNote(body + line + foreign).verify(other.verifierKey)
            }
        }
    }

    @Test("names that only look the same are other names")
    func lookalikes() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let composed = try NoteSigner(name: "caf\u{E9}", privateKey: key)
        let combining = try NoteSigner(name: "cafe\u{301}", privateKey: key)
        #expect(composed.verifierKey != combining.verifierKey)
        let note = try SignedNote(composed.sign("a\n"))
        try note.verify(composed.verifierKey)
        expectRefusal(.unknownKey) { try note.verify(combining.verifierKey) }
    }

    @Test("at least 16 signatures are read, and no more than the limit")
    func limits() throws {
        let line = "\u{2014} n AAAAAAA=\n"
        for count in [1, 16, SignedNote.maximumSignatures] {
            let note = Array("a\n\n\(String(repeating: line, count: count))".utf8)
            #expect(try SignedNote(note).signatures.count == count)
        }
        let many = String(repeating: line, count: SignedNote.maximumSignatures + 1)
        expectRefusal(.ambiguousForm) { _ = try SignedNote(Array("a\n\n\(many)".utf8)) }
        let room = SignedNote.maximumBytes - "\n\n\(line)".utf8.count
        let text = String(repeating: "a", count: room)
        _ = try SignedNote(Array("\(text)\n\n\(line)".utf8))
        expectRefusal(.ambiguousForm) { _ = try SignedNote(Array("\(text)a\n\n\(line)".utf8)) }
    }

    @Test(
        "what is no note is refused",
        arguments: [
            "", "\n", "\n\n", "a\n", "a\n\n", "a\n\n\n", "\n\u{2014} n AAAAAAA=\n",
            "a\n\u{2014} n AAAAAAA=\n", "a\n\n\u{2014} n AAAAAAA=", "a\n\n\u{2014}n AAAAAAA=\n",
            "a\n\n\u{2014} AAAAAAA=\n", "a\n\n\u{2014}  AAAAAAA=\n", "a\n\n\u{2014} n n AAAAAAA=\n",
            "a\n\n\u{2014} n  AAAAAAA=\n", "a\n\n\u{2014} n AAAAAAA= \n", "a\n\n- n AAAAAAA=\n",
            "a\n\n\u{2013} n AAAAAAA=\n", "a\n\n\u{2014} n+ AAAAAAA=\n",
            "a\n\n\u{2014} n\u{A0} AAAAAAA=\n", "a\n\n\u{2014} \u{2003} AAAAAAA=\n",
            "a\n\n\u{2014} n AAAAAAA\n", "a\n\n\u{2014} n AAAAAAB=\n",
            "a\n\n\u{2014} n AAAAAAA==\n",
            "a\n\n\u{2014} n AAAAAA==\n", "a\n\n\u{2014} n =\n", "a\n\n\u{2014} n \n",
            "a\n\n\u{2014} n AAAA\u{2014}AA=\n", "a\n\n\u{2014} n AAA-AAA=\n",
            "a\n\n\u{2014} n AAAAAAA=\n\n", "a\n\n\u{2014} n AAAAAAA=\nb\n",
            "a\t\n\n\u{2014} n AAAAAAA=\n",
            "a\r\n\r\n\u{2014} n AAAAAAA=\r\n", "a\n\n\u{2014} n AAAAAAA=\r\n",
            "a\0\n\n\u{2014} n AAAAAAA=\n",
            "a\n\n \u{2014} n AAAAAAA=\n", "a\n\nb\n\u{2014} n AAAAAAA=\n",
            "\u{FEFF}", "a\n\n\u{2014} n \u{212A}AAAAAA=\n",
        ])
    func malformed(text: String) {
        expectRefusal(.ambiguousForm) { _ = try SignedNote(Array(text.utf8)) }
    }

    @Test("bytes that are not UTF-8 are no note")
    func invalidUTF8() {
        let lines = Array("\n\n\u{2014} n AAAAAAA=\n".utf8)
        for bad: [UInt8] in [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x80]] {
            expectRefusal(.ambiguousForm) { _ = try SignedNote(bad + lines) }
        }
    }
}

func makeSigner(_ algorithm: KeyAlgorithm, _ name: String = "log.example/1") throws -> NoteSigner {
    try NoteSigner(name: name, privateKey: .generate(algorithm))
}
