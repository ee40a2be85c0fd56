import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("A log as its readers know it")
struct LogIdentityTests {
    private static let origin = TestMembers.logOrigin("kr")

    private static func signer(_ algorithm: KeyAlgorithm = .ed25519) throws -> NoteSigner {
        try NoteSigner(name: self.origin, privateKey: .generate(algorithm))
    }

    private static func head(_ size: UInt64) -> TreeHead {
        TreeHead(size: size, root: SHA256.digest(of: [UInt8(size)]))
    }

    @Test("the key's checkpoints verify, whichever algorithm it is of, and nobody else's")
    func key() throws {
        for algorithm in [KeyAlgorithm.ed25519, .ecdsaP256] {
            let (signer, stranger) = (try Self.signer(algorithm), try Self.signer(algorithm))
            let log = LogIdentity(origin: Self.origin, key: signer.verifierKey)
            let note = try signer.sign(Self.head(5)).bytes
            #expect(try log.verify(checkpoint: note).head == Self.head(5))
            expectRefusal(.unknownKey) {
                _ = try log.verify(checkpoint: stranger.sign(Self.head(5)).bytes)
            }
        }
    }

    @Test("a former key's checkpoints verify up to the size that it may have signed")
    func formerKeys() throws {
        let signers = [try Self.signer(), try Self.signer(.ecdsaP256), try Self.signer()]
        let log = LogIdentity(
            origin: Self.origin, key: signers[0].verifierKey,
            formerKeys: [
                .init(key: signers[1].verifierKey, treeSize: 9),
                .init(key: signers[2].verifierKey, treeSize: 4),
            ])
        for (signer, limit) in [(signers[1], 9), (signers[2], 4)] as [(NoteSigner, UInt64)] {
            for size in [0, limit - 1, limit] {
                let note = try signer.sign(Self.head(size)).bytes
                #expect(try log.verify(checkpoint: note).head.size == size)
            }
            for size in [limit + 1, limit + 100] {
                expectRefusal(.revokedKey) {
                    _ = try log.verify(checkpoint: signer.sign(Self.head(size)).bytes)
                }
            }
        }
        let current = try signers[0].sign(Self.head(99)).bytes
        #expect(try log.verify(checkpoint: current).head.size == 99)
        expectRefusal(.unknownKey) {
            _ = try log.verify(checkpoint: Self.signer().sign(Self.head(1)).bytes)
        }
    }

    @Test("what a former key did not sign is refused for what it is, not as of an unknown key")
    func formerKeyForgeries() throws {
        let (current, former) = (try Self.signer(), try Self.signer())
        let log = LogIdentity(
            origin: Self.origin, key: current.verifierKey,
            formerKeys: [.init(key: former.verifierKey, treeSize: 9)])
        let note = try former.sign(Self.head(5)).bytes
        expectRefusal(.wrongSignature) {
            _ = try log.verify(checkpoint: FalseNote.tampered(note, "\n5\n", "\n6\n"))
        }
        expectRefusal(.ambiguousForm) {
            _ = try log.verify(checkpoint: FalseNote.tampered(note, "\n5\n", "\n05\n"))
        }
    }

    @Test("a log whose key is not known has no checkpoints that count")
    func noKey() throws {
        let former = try Self.signer()
        let log = LogIdentity(
            origin: Self.origin, key: nil,
            formerKeys: [.init(key: former.verifierKey, treeSize: 9)])
        expectRefusal(.unknownKey) {
            _ = try log.verify(checkpoint: former.sign(Self.head(5)).bytes)
        }
    }

    @Test("a checkpoint of another log is refused, also when the same key signed it")
    func origins() throws {
        let key = try PrivateKey.generate(.ed25519)
        let signer = try NoteSigner(name: Self.origin, privateKey: key)
        let log = LogIdentity(origin: Self.origin, key: signer.verifierKey)
        for origin in [Self.origin + "0", "msmt.example/dossier/kr", "kr"] {
            let other = try NoteSigner(name: origin, privateKey: key)
            expectRefusal(.wrongOrigin) {
                _ = try log.verify(checkpoint: other.sign(Self.head(5)).bytes)
            }
        }
    }

    @Test("a log holds batches for itself and those that it succeeds, byte for byte")
    func batches() {
        let log = LogIdentity(
            origin: "log.example/\u{E9}/3", key: nil,
            formerOrigins: ["log.example/\u{E9}/1", "log.example/\u{E9}/2"])
        for number in 1...3 {
            #expect(log.holdsBatches(signedFor: "log.example/\u{E9}/\(number)"))
            // The same letter to the eye, in two characters.
            #expect(!log.holdsBatches(signedFor: "log.example/e\u{301}/\(number)"))
        }
        for origin in ["", "log.example/\u{E9}/4", "log.example/\u{E9}/", "LOG.example/\u{E9}/3"] {
            #expect(!log.holdsBatches(signedFor: origin))
        }
    }
}
