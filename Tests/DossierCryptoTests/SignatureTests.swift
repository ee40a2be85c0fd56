import DossierCrypto
import Testing

@Suite("Signatures")
struct SignatureTests {
    static let message = Array("dossier-attestation/v1\nsomething".utf8)

    @Test("what was signed verifies, and under no other key", arguments: KeyAlgorithm.allCases)
    func roundTrip(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let other = try PrivateKey.generate(algorithm)
        for message in [[], [0], Self.message, [UInt8](repeating: 9, count: 5000)] {
            let signature = try key.sign(message)
            try key.publicKey.verify(signature: signature, of: message)
            expectRefusal(.invalidSignature) {
                try other.publicKey.verify(signature: signature, of: message)
            }
            expectRefusal(.invalidSignature) {
                try key.publicKey.verify(signature: signature, of: message + [0])
            }
        }
        #expect(key.algorithm == algorithm)
        #expect(other.publicKey.keyID != key.publicKey.keyID)
    }

    @Test("no signature survives a flipped bit", arguments: KeyAlgorithm.allCases)
    func flippedSignature(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let signature = try key.sign(Self.message)
        for bit in 0..<(8 * signature.count) {
            var changed = signature
            changed[bit / 8] ^= 1 << (bit % 8)
            expectRefusal(.invalidSignature, .malformedSignature) {
                try key.publicKey.verify(signature: changed, of: Self.message)
            }
        }
    }

    @Test("no message survives a flipped bit", arguments: [KeyAlgorithm.ecdsaP256, .ed25519])
    func flippedMessage(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let signature = try key.sign(Self.message)
        for bit in 0..<(8 * Self.message.count) {
            var changed = Self.message
            changed[bit / 8] ^= 1 << (bit % 8)
            expectRefusal(.invalidSignature) {
                try key.publicKey.verify(signature: signature, of: changed)
            }
        }
    }

    @Test("the ECDSA example of RFC 6979, section A.2.5, verifies")
    func publishedECDSA() throws {
        let key = try PublicKey(
            subjectPublicKeyInfo: bytes(
                """
                3059301306072a8648ce3d020106082a8648ce3d03010703420004
                60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6
                7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299
                """))
        let signature = bytes(
            """
            3046 022100 efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716
                 022100 f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8
            """)

        try key.verify(signature: signature, of: Array("sample".utf8))

        #expect(key.algorithm == .ecdsaP256)
        expectRefusal(.invalidSignature) { try key.verify(signature: signature, of: [1]) }
    }

    @Test("the Ed25519 example of RFC 8032, section 7.1, verifies")
    func publishedEd25519() throws {
        let key = try PublicKey(
            subjectPublicKeyInfo: bytes(
                """
                302a300506032b6570032100
                3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c
                """))
        let signature = bytes(
            """
            92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
            085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
            """)

        try key.verify(signature: signature, of: [0x72])

        #expect(key.algorithm == .ed25519)
    }

    @Test("a curve signature in any other encoding than strict DER is refused")
    func otherEncodings() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let (r, s) = try self.numbers(of: key.sign(Self.message))
        // The control: put together the right way, the two numbers verify.
        try key.publicKey.verify(signature: sequence(integer(r) + integer(s)), of: Self.message)
        let both = integer(r) + integer(s)
        let malformed: [[UInt8]] = [
            [], [0x30], [0x30, 0x00], r + s, both,
            sequence(both) + [0x00],  // a byte behind it
            sequence(both + [0x05, 0x00]),  // a third element
            sequence(integer([0x00] + r) + integer(s)),  // a zero too many in front
            [0x30, 0x81, UInt8(both.count)] + both,  // a length in its long form
            [0x30, 0x80] + both + [0x00, 0x00],  // indefinite length
            sequence([0x02, 0x81, UInt8(r.count)] + r + integer(s)),
            sequence(integer(s)), [0x31, UInt8(both.count)] + both,  // one number; a set
            Array(sequence(both).dropLast()),
        ]
        for signature in malformed {
            expectRefusal(.malformedSignature) {
                try key.publicKey.verify(signature: signature, of: Self.message)
            }
        }
    }

    @Test("numbers outside the curve's range are no signature")
    func outOfRange() throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        let (r, s) = try self.numbers(of: key.sign(Self.message))
        let order = bytes("00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        for (first, second) in [([0], [0]), ([0], s), (r, [0]), (order, s), (r, order), ([1], [1])]
        {
            expectRefusal(.invalidSignature) {
                try key.publicKey.verify(
                    signature: self.sequence(self.integer(first) + self.integer(second)),
                    of: Self.message)
            }
        }
        // Minus one: strict DER, but negative.
        expectRefusal(.invalidSignature, .malformedSignature) {
            try key.publicKey.verify(
                signature: self.sequence([0x02, 0x01, 0xFF] + self.integer(s)), of: Self.message)
        }
    }

    @Test("an Ed25519 signature has 64 bytes", arguments: [0, 63, 65, 128])
    func otherSize(count: Int) throws {
        let key = try PrivateKey.generate(.ed25519)
        let signature = Array((try key.sign(Self.message) + key.sign(Self.message)).prefix(count))
        expectRefusal(.malformedSignature) {
            try key.publicKey.verify(signature: signature, of: Self.message)
        }
    }

    @Test("one key signs and verifies for many tasks at once")
    func parallel() async throws {
        let key = try PrivateKey.generate(.ecdsaP256)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in UInt8(0)..<16 {
                group.addTask {
                    for _ in 0..<20 {
                        try key.publicKey.verify(signature: key.sign([number]), of: [number])
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// The contents of the two integers of a signature.
    private func numbers(of signature: [UInt8]) throws -> (r: [UInt8], s: [UInt8]) {
        let rCount = Int(signature[3])
        let r = Array(signature[4..<(4 + rCount)])
        let s = Array(signature[(6 + rCount)...])
        try #require(signature == self.sequence(self.integer(r) + self.integer(s)))
        return (r, s)
    }

    private func integer(_ contents: [UInt8]) -> [UInt8] {
        [0x02, UInt8(contents.count)] + contents
    }

    private func sequence(_ contents: [UInt8]) -> [UInt8] {
        [0x30, UInt8(contents.count)] + contents
    }
}
