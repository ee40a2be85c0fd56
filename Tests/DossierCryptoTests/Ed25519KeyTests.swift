import DossierCrypto
import DossierTestSupport
import Testing

@Suite("Ed25519 keys as bytes")
struct Ed25519KeyTests {
    @Test("a key made from its 32 bytes is the same key and verifies")
    func roundTrip() throws {
        let key = try PrivateKey.generate(.ed25519)
        let bytes = try #require(key.publicKey.ed25519)

        let back = try PublicKey(ed25519: bytes)

        #expect(bytes.count == 32)
        #expect(back == key.publicKey)
        try back.verify(signature: key.sign([1, 2, 3]), of: [1, 2, 3])
    }

    @Test("the public key of RFC 8032, section 7.1, test 2, verifies that test's signature")
    func publishedVector() throws {
        let key = try PublicKey(
            ed25519: [UInt8](
                hexadecimal: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"))
        let signature = [UInt8](
            hexadecimal: """
                92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
                085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00
                """)

        try key.verify(signature: signature, of: [0x72])
    }

    @Test("another number of bytes is no key")
    func otherLength() {
        for count in [0, 31, 33, 44] {
            let error = #expect(throws: CryptoError.self) {
                _ = try PublicKey(ed25519: [UInt8](repeating: 1, count: count))
            }
            #expect(error?.code == .malformedKey)
        }
    }

    @Test("a key on a curve has no Ed25519 bytes", arguments: [KeyAlgorithm.ecdsaP256, .ecdsaP384])
    func otherAlgorithm(algorithm: KeyAlgorithm) throws {
        #expect(try PrivateKey.generate(algorithm).publicKey.ed25519 == nil)
    }
}
