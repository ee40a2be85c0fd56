import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

/// The test vectors that `Protos/dossier/v1/attestation.proto` gives to writers of other clients.
@Suite("Attestation test vectors")
struct AttestationVectorTests {
    private static let signedAt: Int64 = 1_740_146_580

    /// The first record, as the comment gives it.
    private static let firstRecord = [UInt8](
        hexadecimal: """
            0a2b080112026b721a03562d3120012801380c42060802220275736210000102030405060708090a0b0c0d0e0f
            12090a070a055469746c65da01180a080a066d6574726963120c0a0a706f70756c6174696f6e
            """)

    private static let batchRoot = [UInt8](
        hexadecimal: "40b7140f81f653067e974dca52e107ad4b5e755112ceeb89193ac0e79afe8b7a")

    /// RFC 8032, section 7.1, test 1, as PKCS #8.
    private static let ed25519Key = """
        302e020100300506032b657004220420\
        9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60
        """

    private static let ed25519Batch = [UInt8](
        hexadecimal: """
            080112196d736d742e6578616d706c652f646f73736965722f6b722f311a026b72222040b7140f81f653067e97
            4dca52e107ad4b5e755112ceeb89193ac0e79afe8b7a28033214323032352d30322d32315431343a30333a3030
            5a3a2006e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9
            """)

    private static let ed25519Signature = [UInt8](
        hexadecimal: """
            930e76780f007207383d141100d3f011f18054fbfb3702230181868e0856868626b42ad7f3cf873f736c1a0615
            088351bc415a2102cfbc191daba18a1f14730f
            """)

    /// RFC 6979, section A.2.5: private value, public point, as SubjectPublicKeyInfo.
    private static let p256PublicKey = [UInt8](
        hexadecimal: """
            3059301306072a8648ce3d020106082a8648ce3d03010703420004
            60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6
            7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299
            """)

    private static let p256KeyID = [UInt8](
        hexadecimal: "5a7a78cca4a0f420d9bc62bb669c3c2759e39f723d3ae10dcbe0f0815a07ecd4")

    private static let p256Signature = [UInt8](
        hexadecimal: """
            30460221008391f1a03d09d93e7115c4126d101d02d25597094930a6b8a7d315c2c9ab0fb8022100ca7b8a73e8
            9a2fbe4845b480f8a2e0eff0b9f7eb6b43d041021b8e0a5a3b3345
            """)

    /// A verifier that trusts a CA of kr, and the certificate by that CA of a published key.
    private func verifier(
        of key: PublicKey
    ) throws -> (AttestationVerifier, Certificate) {
        let authority = try CertificateAuthority.selfSigned(
            organisation: "kr", issuedAt: Self.signedAt)
        let identity = try PeerIdentity(
            trustDomain: "msmt.example", organisation: "kr", kind: .person, name: "analyst")
        let certificate = try authority.issue(
            .endEntity(identity, issuedAt: Self.signedAt), for: key)
        let anchors = try TrustAnchors(
            trustDomain: "msmt.example", anchors: ["kr": [authority.certificate]])
        return (AttestationVerifier(anchors: anchors), certificate)
    }

    @Test("the first record and its leaf hash are those of the vector")
    func record() throws {
        let encoded = Self.firstRecord

        #expect(RecordCheck.check(encoded).findings.isEmpty)
        #expect(
            RecordID(ofEncoded: encoded).hexadecimal
                == "7830cbcd448e76c7705ee0fc627700fcff3d671f0c66260a252bf3c81c77c75d")
    }

    @Test("the root of the three records is that of the vector")
    func root() throws {
        let records = (1...3).map { number in
            var record = Self.firstRecord
            record[12] = UInt8(ascii: "0") + UInt8(number)
            return record
        }

        #expect(records.allSatisfy { RecordCheck.check($0).findings.isEmpty })
        #expect(Batch(records: records).root.bytes == Self.batchRoot)
    }

    @Test("an Ed25519 key signs the vector's batch to the vector's signature, which verifies")
    func ed25519() throws {
        let key = try PrivateKey(pem: pem("PRIVATE KEY", [UInt8](hexadecimal: Self.ed25519Key)))
        let (verifier, certificate) = try self.verifier(of: key.publicKey)
        let batch = AttestedBatch(
            logOrigin: "msmt.example/dossier/kr/1", originator: "kr",
            batchRoot: try #require(Digest(Self.batchRoot)), size: 3,
            signedAt: try #require(Moment(unixSeconds: Self.signedAt)), keyID: key.publicKey.keyID)

        let attestation = try Attestation(signing: batch, with: key, certificates: [certificate])

        #expect(attestation.attestedBatch == Self.ed25519Batch)
        #expect(attestation.signature == Self.ed25519Signature)
        #expect(try verifier.verify(attestation).batch == batch)
    }

    @Test("the vector's P-256 signature verifies")
    func p256() throws {
        let key = try PublicKey(subjectPublicKeyInfo: Self.p256PublicKey)
        let (verifier, certificate) = try self.verifier(of: key)
        #expect(key.keyID.bytes == Self.p256KeyID)

        let attestation = Attestation(
            attestedBatch: Self.ed25519Batch.dropLast(32) + Self.p256KeyID,
            signature: Self.p256Signature, certificates: [certificate.der])

        #expect(try verifier.verify(attestation).batch.batchRoot.bytes == Self.batchRoot)
    }

    private func pem(_ label: String, _ der: [UInt8]) -> [UInt8] {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: der.count, by: 3) {
            let group = der[start..<min(start + 3, der.count)]
            let padded = Array(group) + [UInt8](repeating: 0, count: 3 - group.count)
            let bits = padded.reduce(0) { $0 << 8 | Int($1) }
            let digits = (0..<4).map { alphabet[bits >> (18 - 6 * $0) & 0x3F] }
            text += digits.prefix(group.count + 1)
            text += [UInt8](repeating: UInt8(ascii: "="), count: 3 - group.count)
        }
        return Array("-----BEGIN \(label)-----\n".utf8) + text
            + Array("\n-----END \(label)-----\n".utf8)
    }
}
