import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Proofs of records")
struct RecordProofTests {
    @Test(
        "every record of a batch has a proof that is read back byte for byte, and says what it shows",
        arguments: [[0], [4, 5], [9, 2, 3, 4, 12]] as [[UInt64]])
    func roundTrip(leafIndexes: [UInt64]) throws {
        let log = try ProofLog(at: leafIndexes)
        let judge = try log.judge()
        for position in leafIndexes.indices {
            let proof = try log.proof(at: position)
            let back = try RecordProof(file: Array(proof.text.utf8))
            #expect(back == proof)
            #expect(back.text == proof.text)

            let shown = try back.verify(with: judge)
            #expect(shown.recordID.digest == log.batch.leafHashes[position])
            #expect(shown.signer.spiffeID == "spiffe://msmt.example/org/kr/person/analyst")
            #expect(shown.batch.encoded() == proof.attestation.attestedBatch)
            #expect(shown.leafIndex == leafIndexes[position])
            #expect(shown.checkpoint.head == log.head)
        }
    }

    @Test(
        "the keys of log and originator may be of any algorithm", arguments: KeyAlgorithm.allCases)
    func algorithms(algorithm: KeyAlgorithm) throws {
        for logKey in [KeyAlgorithm.ed25519, .ecdsaP256] {
            let log = try ProofLog(
                by: ProofOriginator(algorithm), logKey: .generate(logKey))
            _ = try log.proof().verify(with: log.judge())
        }
    }

    @Test("the file is written as specified")
    func form() throws {
        let log = try ProofLog(size: 3, at: [2, 0])
        let proof = try log.proof(at: 1)
        let attestation = proof.attestation
        let expected = """
            dossier-proof/v1
            record \(StrictBase64.encode(log.batch.records[1]))
            attested-batch \(StrictBase64.encode(attestation.attestedBatch))
            signature \(StrictBase64.encode(attestation.signature))
            certificate \(StrictBase64.encode(log.originator.certificates[0].der))
            position 1
            path \(log.batch.leafHashes[0].base64)

            c2sp.org/tlog-proof@v1
            index 0
            \(log.leaves[1].base64)
            \(log.leaves[2].base64)

            \(String(decoding: proof.inclusion.checkpoint, as: UTF8.self))
            """
        #expect(proof.text == expected)
    }

    @Test("an intermediate CA's certificate is part of the path, without it there is none")
    func intermediate() throws {
        let log = try ProofLog(by: ProofOriginator(belowIntermediate: .ecdsaP256))
        let (proof, judge) = (try log.proof(), try log.judge())
        let certificates = log.originator.certificates
        #expect(certificates.count == 2)
        _ = try RecordProof(file: Array(proof.text.utf8)).verify(with: judge)

        expectRefusal(.unknownKey) {
            _ = try proof.with(certificates: [certificates[0]]).verify(with: judge)
        }
        let anchor = try log.originator.pki.authority(of: "kr").certificate
        for certificates in [certificates + [anchor], certificates + [certificates[1]]] {
            expectRefusal(.ambiguousForm) {
                _ = try proof.with(certificates: certificates).verify(with: judge)
            }
        }
    }

    @Test("certificates that the path does not need are refused: anchor, stranger, the same twice")
    func superfluousCertificates() throws {
        let log = try ProofLog()
        let (proof, judge) = (try log.proof(), try log.judge())
        let own = log.originator.certificates[0]
        let pki = log.originator.pki
        for extra in [
            try pki.authority(of: "kr").certificate, try pki.authority(of: "us").certificate,
            try pki.person("kr", name: "other").certificate, own,
        ] {
            expectRefusal(.ambiguousForm) {
                _ = try proof.with(certificates: [own, extra]).verify(with: judge)
            }
        }
    }

    @Test("the signer must have been a submitter when it signed, not before or afterwards")
    func roles() throws {
        let log = try ProofLog()
        let end = try #require(Moment("2030-01-01")).firstSecond
        let until = (
            old: "\"path\":\"person/*\"", new: "\"path\":\"person/*\",\"until\":\"2030-01-01\""
        )
        let later = try ProofLog(by: ProofOriginator(validUntil: end + 10))
        for (signedAt, isGood) in [(end - 1, true), (end, false), (end + 1, false)] {
            let proof = try later.proof { attested in
                if let moment = Moment(unixSeconds: signedAt) { attested.signedAt = moment }
            }
            _ = try proof.verify(with: later.judge())
            let judge = try later.judge(until)
            if isGood {
                _ = try proof.verify(with: judge)
            } else {
                expectRefusal(.wrongSigner) { _ = try proof.verify(with: judge) }
            }
        }
        let reader = try log.judge(("[\"submitter\",\"reader\"]", "[\"reader\"]"))
        expectRefusal(.wrongSigner) { _ = try log.proof().verify(with: reader) }
    }

    @Test("a key that was revoked from a leaf on signs for those before it")
    func revoked() throws {
        let log = try ProofLog(at: [4, 5, 6])
        let keyID = log.originator.key.publicKey.keyID.hexadecimal
        let proof = try log.proof(at: 1)
        for (leafIndex, isGood) in [(0, false), (4, false), (5, false), (6, true), (7, true)] {
            let judge = try log.judge(
                (
                    "\"roles\":[{",
                    """
                    "revoked_keys":[{"key_id":"\(keyID)","leaf_index":\(leafIndex)}],"roles":[{
                    """
                ))
            if isGood {
                _ = try proof.verify(with: judge)
            } else {
                expectRefusal(.revokedKey) { _ = try proof.verify(with: judge) }
            }
        }
        let other = String(repeating: "0a", count: 32)
        _ = try proof.verify(
            with: log.judge(
                (
                    "\"roles\":[{",
                    "\"revoked_keys\":[{\"key_id\":\"\(other)\",\"leaf_index\":0}],\"roles\":[{"
                )))
    }
}
