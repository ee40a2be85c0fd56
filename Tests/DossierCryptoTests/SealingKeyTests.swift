import DossierCrypto
import Testing

@Suite("Sealing")
struct SealingKeyTests {
    static let authenticated: [UInt8] = Array("kr/list".utf8)

    @Test("what was sealed is opened", arguments: [0, 1, 15, 16, 17, 64, 4096])
    func roundTrip(count: Int) throws {
        let key = try SealingKey.generate()
        let plaintext = SecureRandom.bytes(count)

        let sealed = try key.seal(plaintext, authenticating: Self.authenticated)

        #expect(sealed.count == count + SealingKey.overheadBytes)
        #expect(try key.open(sealed, authenticating: Self.authenticated) == plaintext)
        let unbound = try key.seal(plaintext, authenticating: [])
        #expect(try key.open(unbound, authenticating: []) == plaintext)
    }

    @Test("the AES-256-GCM example of McGrew and Viega opens")
    func published() throws {
        // Test case 14: nonce, ciphertext and tag of 16 zero bytes under a zero key.
        let sealed =
            [UInt8](repeating: 0, count: 12)
            + bytes("cea7403d4d606b6e074ec5d3baf39d18 d0d1c8a799996bf0265b98b5d48ab919")
        let key = try SealingKey([UInt8](repeating: 0, count: 32))

        #expect(try key.open(sealed, authenticating: []) == [UInt8](repeating: 0, count: 16))
    }

    @Test("no seal survives a flipped bit, in what is sealed or in what is bound to it")
    func flippedBits() throws {
        let key = try SealingKey.generate()
        let sealed = try key.seal([1, 2, 3, 4, 5], authenticating: Self.authenticated)
        for bit in 0..<(8 * sealed.count) {
            var changed = sealed
            changed[bit / 8] ^= 1 << (bit % 8)
            expectRefusal(.brokenSeal) {
                _ = try key.open(changed, authenticating: Self.authenticated)
            }
        }
        for bit in 0..<(8 * Self.authenticated.count) {
            var changed = Self.authenticated
            changed[bit / 8] ^= 1 << (bit % 8)
            expectRefusal(.brokenSeal) { _ = try key.open(sealed, authenticating: changed) }
        }
        expectRefusal(.brokenSeal) { _ = try key.open(sealed, authenticating: []) }
    }

    @Test("a seal cut or extended anywhere does not open")
    func otherLength() throws {
        let key = try SealingKey.generate()
        let sealed = try key.seal([UInt8](repeating: 7, count: 20), authenticating: [])
        for count in 0..<sealed.count {
            expectRefusal(count < SealingKey.overheadBytes ? .malformedSeal : .brokenSeal) {
                _ = try key.open(Array(sealed[..<count]), authenticating: [])
            }
        }
        expectRefusal(.brokenSeal) { _ = try key.open(sealed + [0], authenticating: []) }
    }

    @Test("another key does not open a seal, and the same plaintext is never sealed alike")
    func otherKey() throws {
        let key = try SealingKey.generate()
        let sealed = (0..<100).map { _ in try? key.seal([1], authenticating: []) }
        #expect(Set(sealed).count == 100)
        let other = try SealingKey.generate()
        expectRefusal(.brokenSeal) {
            _ = try other.open(key.seal([1], authenticating: []), authenticating: [])
        }
    }

    @Test("a key of another size is refused", arguments: [0, 16, 31, 33])
    func otherSize(count: Int) {
        expectRefusal(.malformedKey) { _ = try SealingKey([UInt8](repeating: 1, count: count)) }
    }
}
