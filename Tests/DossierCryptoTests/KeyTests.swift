import DossierCrypto
import DossierTestSupport
import Foundation
import Testing

@Suite("Keys")
struct KeyTests {
    @Test("a private key is the same after PEM and back", arguments: KeyAlgorithm.allCases)
    func privateRoundTrip(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)

        let back = try PrivateKey(pem: key.pem())

        #expect(back.publicKey == key.publicKey)
        try key.publicKey.verify(signature: back.sign([1]), of: [1])
    }

    @Test("a public key is named by the digest of its encoding", arguments: KeyAlgorithm.allCases)
    func publicRoundTrip(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm).publicKey

        let back = try PublicKey(subjectPublicKeyInfo: key.subjectPublicKeyInfo)

        #expect(back == key)
        #expect(back.keyID == SHA256.digest(of: key.subjectPublicKeyInfo))
    }

    @Test("a public key cut or extended anywhere is refused", arguments: KeyAlgorithm.allCases)
    func otherLength(algorithm: KeyAlgorithm) throws {
        let der = try PrivateKey.generate(algorithm).publicKey.subjectPublicKeyInfo
        for count in 0..<der.count {
            expectRefusal(.unsupportedKey) {
                _ = try PublicKey(subjectPublicKeyInfo: Array(der[..<count]))
            }
        }
        expectRefusal(.unsupportedKey) { _ = try PublicKey(subjectPublicKeyInfo: der + [0]) }
    }

    @Test("a point off its curve, a compressed point and another curve are refused")
    func otherPoints() throws {
        let der = try PrivateKey.generate(.ecdsaP256).publicKey.subjectPublicKeyInfo
        var offCurve = der
        offCurve[der.count - 1] ^= 1
        expectRefusal(.malformedKey) { _ = try PublicKey(subjectPublicKeyInfo: offCurve) }
        // The same key, compressed: half as long, the sign in the first byte.
        let header = bytes("3039301306072a8648ce3d020106082a8648ce3d030107032200")
        let compressed = header + [0x02 | der[der.count - 1] & 1] + der[27..<59]
        expectRefusal(.unsupportedKey) { _ = try PublicKey(subjectPublicKeyInfo: compressed) }
        // secp256k1 under the same shape.
        let foreign = bytes("3056301006072a8648ce3d020106052b8104000a03420004") + der[27...]
        expectRefusal(.unsupportedKey) { _ = try PublicKey(subjectPublicKeyInfo: foreign) }
    }

    @Test("a key whose public half is another's is refused")
    func mismatchedHalves() throws {
        var first = try der(ofPEM: PrivateKey.generate(.ecdsaP256).pem())
        let second = try der(ofPEM: PrivateKey.generate(.ecdsaP256).pem())
        try #require(first.count == second.count)
        // PKCS #8 of a curve key ends in the public point.
        first.replaceSubrange((first.count - 64)..., with: second.suffix(64))

        expectRefusal(.malformedKey) { _ = try PrivateKey(pem: pem("PRIVATE KEY", first)) }
    }

    @Test("what is no private key is refused")
    func malformed() throws {
        let good = try PrivateKey.generate(.ed25519).pem()
        for bad in [[], Array("nonsense".utf8), Array(good.dropLast(30)), pem("PRIVATE KEY", [1])] {
            expectRefusal(.malformedKey) { _ = try PrivateKey(pem: bad) }
        }
        let certificate = try TestPKI(organisations: ["kr"]).node("kr").certificatePEM
        expectRefusal(.malformedKey) { _ = try PrivateKey(pem: certificate) }
    }

    @Test("a key file that only its owner may touch is read", arguments: [0o600, 0o400, 0o700])
    func secureFile(mode: Int) throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/key.pem"
            let key = try PrivateKey.generate(.ecdsaP256)
            try key.write(toNewFile: path)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)

            #expect(try PrivateKey(contentsOfFile: path).publicKey == key.publicKey)
        }
    }

    @Test("a key file that anybody else may touch in any way is refused")
    func insecureFile() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/key.pem"
            try PrivateKey.generate(.ecdsaP256).write(toNewFile: path)
            for mode in 1...0o77 {
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o600 | mode], ofItemAtPath: path)
                expectRefusal(.insecureKeyFile) { _ = try PrivateKey(contentsOfFile: path) }
            }
        }
    }

    @Test("a key is written for its owner alone, and never over another file")
    func writing() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/key.pem"
            let key = try PrivateKey.generate(.ecdsaP256)
            try key.write(toNewFile: path)
            let attributes = try FileManager.default.attributesOfItem(atPath: path)

            #expect(attributes[.posixPermissions] as? Int == 0o600)
            expectRefusal(.unreadableKeyFile) {
                try PrivateKey.generate(.ecdsaP256).write(toNewFile: path)
            }
            #expect(try PrivateKey(contentsOfFile: path).publicKey == key.publicKey)
            expectRefusal(.unreadableKeyFile) { try key.write(toNewFile: directory + "/no/key") }
        }
    }

    @Test("a missing file, a directory, a pipe and a file too large are refused")
    func unreadable() throws {
        try withTemporaryDirectory { directory in
            expectRefusal(.unreadableKeyFile) {
                _ = try PrivateKey(contentsOfFile: directory + "/missing")
            }
            expectRefusal(.unreadableKeyFile) { _ = try PrivateKey(contentsOfFile: directory) }
            try #require(mkfifo(directory + "/pipe", 0o600) == 0)
            expectRefusal(.unreadableKeyFile) {
                _ = try PrivateKey(contentsOfFile: directory + "/pipe")
            }
            let large = directory + "/large"
            try Data(count: 100_000).write(to: URL(fileURLWithPath: large))
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: large)
            expectRefusal(.unreadableKeyFile) { _ = try PrivateKey(contentsOfFile: large) }
        }
    }
}
