import DossierCrypto
import Testing

@Suite("HMAC")
struct HMACSHA256Tests {
    /// RFC 4231, section 4: keys, messages and authenticators in hexadecimal.
    static let published: [(key: String, message: String, expected: String)] = [
        (
            String(repeating: "0b", count: 20), "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            String(repeating: "aa", count: 20), String(repeating: "dd", count: 50),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        ),
        (
            "0102030405060708090a0b0c0d0e0f10111213141516171819",
            String(repeating: "cd", count: 50),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"
        ),
        (
            String(repeating: "aa", count: 131),
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d20"
                + "48617368204b6579204669727374",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ]

    @Test("the examples of RFC 4231 come out, at once and from a prepared key used again")
    func publishedVectors() {
        for (key, message, expected) in Self.published {
            let prepared = HMACSHA256(key: bytes(key))
            _ = prepared.authenticate([1, 2, 3])
            #expect(prepared.authenticate(bytes(message)).hexadecimal == expected)
            #expect(prepared.authenticate(bytes(message)).hexadecimal == expected)
            let once = HMACSHA256.authenticate(bytes(message), key: bytes(key))
            #expect(once.hexadecimal == expected)
        }
    }

    @Test("an empty key and an empty message are a key and a message")
    func empty() {
        let expected = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
        let prepared = HMACSHA256(key: [])

        #expect(prepared.authenticate([]).hexadecimal == expected)
        #expect(prepared.authenticate([]).hexadecimal == expected)
        #expect(HMACSHA256(key: [0]).authenticate([]).hexadecimal == expected)
    }
}
