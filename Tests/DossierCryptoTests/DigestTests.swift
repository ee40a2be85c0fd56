import DossierCrypto
import DossierTestSupport
import Testing

@Suite("Digests")
struct DigestTests {
    @Test(
        "the examples of FIPS 180-4 come out",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ])
    func published(message: String, expected: String) {
        #expect(SHA256.digest(of: Array(message.utf8)).hexadecimal == expected)
    }

    @Test("pieces give the digest of the whole, wherever they are cut, and the hasher starts over")
    func pieces() {
        let message = (0..<200).map { UInt8($0) }
        let expected = SHA256.digest(of: message)
        let hasher = SHA256.Hasher()
        for cut in 0...message.count {
            hasher.update(Array(message[..<cut]))
            hasher.update(Array(message[cut...]))
            #expect(hasher.finish() == expected)
        }
        #expect(hasher.finish() == SHA256.digest(of: []))
    }

    @Test("a hasher in the middle of its work is not disturbed by digests made meanwhile")
    func interleaved() {
        let hasher = SHA256.Hasher()
        hasher.update([1])
        let other = SHA256.digest(of: [3])
        hasher.update([2])

        #expect(hasher.finish() == SHA256.digest(of: [1, 2]))
        #expect(other == SHA256.digest(of: [3]))
    }

    @Test("a prefix is one more byte in front")
    func prefixes() {
        let left = SHA256.digest(of: [1])
        let right = SHA256.digest(of: [2])
        for prefix in UInt8.min...UInt8.max {
            let pair = SHA256.digest(prefix: prefix, left, right)
            let single = left.withUnsafeBytes { SHA256.digest(prefix: prefix, $0) }
            #expect(pair == SHA256.digest(of: [prefix] + left.bytes + right.bytes))
            #expect(single == SHA256.digest(of: [prefix] + left.bytes))
        }
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        #expect(SHA256.digest(prefix: 7, nothing) == SHA256.digest(of: [7]))
        #expect(SHA256.digest(of: nothing) == SHA256.digest(of: []))
    }

    @Test("many tasks at once get the digests that one gets alone")
    func parallel() async {
        let messages = (0..<64).map { [UInt8](repeating: UInt8($0), count: 700 + $0) }
        let expected = messages.map { SHA256.digest(of: $0) }
        await withTaskGroup(of: Bool.self) { group in
            for (message, digest) in zip(messages, expected) {
                group.addTask { (0..<200).allSatisfy { _ in SHA256.digest(of: message) == digest } }
            }
            for await agrees in group { #expect(agrees) }
        }
    }

    @Test("bytes and text are read back as they were written")
    func roundTrip() {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let digest = Digest(bytes)
            #expect(digest?.bytes == bytes)
            #expect(digest.flatMap { Digest(hexadecimal: $0.hexadecimal) } == digest)
            #expect(digest?.hexadecimal == bytes.map(hexadecimal).joined())
        }
    }

    @Test("text of another length, case or alphabet is refused")
    func malformedText() {
        let text = SHA256.digest(of: []).hexadecimal
        #expect(Digest(hexadecimal: text.uppercased()) == nil)
        #expect(Digest(hexadecimal: text.dropLast()) == nil)
        #expect(Digest(hexadecimal: text + "0") == nil)
        #expect(Digest(hexadecimal: "") == nil)
        #expect(Digest(hexadecimal: text.dropLast() + "g") == nil)
        #expect(Digest(hexadecimal: text.dropLast(2) + "é") == nil)
        #expect(Digest([UInt8](repeating: 0, count: 31)) == nil)
        #expect(Digest([UInt8](repeating: 0, count: 33)) == nil)
    }

    @Test("digests are ordered as their bytes are")
    func order() {
        var generator = SeededGenerator(seed: 2)
        for position in 0..<32 {
            var low = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
            low[position] = .random(in: 0..<128, using: &generator)
            var high = low
            high[position] += 128
            // What follows the first difference does not matter.
            for later in (position + 1)..<max(32, position + 1) { high[later] = 0 }
            let pair = (Digest(low), Digest(high))
            guard let lower = pair.0, let higher = pair.1 else {
                Issue.record("32 bytes are no digest")
                continue
            }
            #expect(lower < higher)
            #expect(!(higher < lower))
            #expect(!(lower < lower))
        }
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
