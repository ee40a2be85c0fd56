import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("Attestations")
struct AttestationTests {
    /// An originator with a key of one algorithm, and a verifier that trusts it.
    private struct Originator {
        let pki: TestPKI
        let credential: TestPKI.Credential
        let verifier: AttestationVerifier

        init(_ algorithm: KeyAlgorithm = .ecdsaP256) throws {
            self.pki = try TestPKI(organisations: ["kr", "us"], algorithm: algorithm)
            self.credential = try self.pki.person("kr")
            self.verifier = AttestationVerifier(anchors: self.pki.anchors)
        }

        func batch(originator: String = "kr", signedAt: Int64 = UnixTime.now) throws
            -> AttestedBatch
        {
            AttestedBatch(
                logOrigin: TestMembers.logOrigin("kr"), originator: originator,
                batchRoot: SHA256.digest(of: [1]), size: 3,
                signedAt: try #require(Moment(unixSeconds: signedAt)),
                keyID: try self.credential.certificate.publicKey.keyID)
        }

        func attestation(_ batch: AttestedBatch) throws -> Attestation {
            try Attestation(
                signing: batch, with: self.credential.privateKey,
                certificates: [self.credential.certificate])
        }
    }

    private func expectRefusal(
        _ code: VerificationError.Code, _ originator: Originator, _ attestation: Attestation,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: VerificationError.self, sourceLocation: sourceLocation) {
            _ = try originator.verifier.verify(attestation)
        }
        #expect(error?.code == code, sourceLocation: sourceLocation)
    }

    @Test(
        "what is signed is read back as it was, with who signed it",
        arguments: KeyAlgorithm.allCases)
    func roundTrip(algorithm: KeyAlgorithm) throws {
        let originator = try Originator(algorithm)
        let batch = try originator.batch()

        let verified = try originator.verifier.verify(originator.attestation(batch))

        #expect(verified.batch == batch)
        #expect(verified.signer.spiffeID == "spiffe://msmt.example/org/kr/person/analyst")
    }

    @Test(
        "one flipped bit anywhere in the attested batch is noticed",
        arguments: KeyAlgorithm.allCases)
    func flippedBatch(algorithm: KeyAlgorithm) throws {
        let originator = try Originator(algorithm)
        let attestation = try originator.attestation(originator.batch())

        for bit in 0..<attestation.attestedBatch.count * 8 {
            var changed = attestation
            changed.attestedBatch = attestation.attestedBatch.flipping(bit: bit)
            #expect(throws: VerificationError.self, "bit \(bit)") {
                _ = try originator.verifier.verify(changed)
            }
        }
    }

    @Test("one flipped bit anywhere in the signature is noticed", arguments: KeyAlgorithm.allCases)
    func flippedSignature(algorithm: KeyAlgorithm) throws {
        let originator = try Originator(algorithm)
        let attestation = try originator.attestation(originator.batch())

        for bit in 0..<attestation.signature.count * 8 {
            var changed = attestation
            changed.signature = attestation.signature.flipping(bit: bit)
            #expect(
                throws: VerificationError(code: .wrongSignature, message: ""), "bit \(bit)"
            ) {
                _ = try originator.verifier.verify(changed)
            }
        }
    }

    @Test("a signature cut short, lengthened or empty is noticed")
    func wrongLengths() throws {
        let originator = try Originator()
        let attestation = try originator.attestation(originator.batch())

        for signature in [[], attestation.signature.dropLast(), attestation.signature + [0]] {
            var changed = attestation
            changed.signature = Array(signature)
            self.expectRefusal(.wrongSignature, originator, changed)
        }
    }

    @Test("the signature is over the domain separator and the batch, not the batch alone")
    func domainSeparation() throws {
        let originator = try Originator()
        let batch = try originator.batch().encoded()
        let bare = Attestation(
            attestedBatch: batch, signature: try originator.credential.privateKey.sign(batch),
            certificates: [originator.credential.certificate.der])

        self.expectRefusal(.wrongSignature, originator, bare)
    }

    @Test("the certificate's organisation must be the originator")
    func foreignOriginator() throws {
        let originator = try Originator()
        let batch = try originator.batch(originator: "us")

        self.expectRefusal(.wrongSigner, originator, try originator.attestation(batch))
    }

    @Test("the key id must be that of the first certificate")
    func foreignKeyID() throws {
        let originator = try Originator()
        var batch = try originator.batch()
        batch.keyID = try originator.pki.person("kr", name: "other").certificate.publicKey.keyID

        self.expectRefusal(.unknownKey, originator, try originator.attestation(batch))
    }

    @Test("a certificate by another organisation's CA is refused, whomever it names")
    func foreignAuthority() throws {
        let originator = try Originator()
        let impostor = try originator.pki.issue(
            originator.pki.profile("kr", .person, "analyst"), by: "us")
        var batch = try originator.batch()
        batch.keyID = try impostor.certificate.publicKey.keyID
        let attestation = try Attestation(
            signing: batch, with: impostor.privateKey, certificates: [impostor.certificate])

        self.expectRefusal(.unknownKey, originator, attestation)
    }

    @Test("the certificate is judged as of the moment of signing, not as of now")
    func validity() throws {
        let originator = try Originator()
        let now = UnixTime.now
        var profile = try originator.pki.profile("kr", .person, "analyst")
        profile.notBefore = now - 200
        profile.notAfter = now - 100
        let credential = try originator.pki.issue(profile, by: "kr")
        for (signedAt, isGood) in [
            (now - 201, false), (now - 200, true), (now - 150, true), (now - 101, true),
            (now - 99, false), (now, false),
        ] {
            var batch = try originator.batch(signedAt: signedAt)
            batch.keyID = try credential.certificate.publicKey.keyID
            let attestation = try Attestation(
                signing: batch, with: credential.privateKey,
                certificates: [credential.certificate])
            if isGood {
                _ = try originator.verifier.verify(attestation)
            } else {
                self.expectRefusal(.unknownKey, originator, attestation)
            }
        }
    }

    @Test("no certificate, too many, and bytes that are none are refused")
    func certificateCounts() throws {
        let originator = try Originator()
        let attestation = try originator.attestation(originator.batch())
        let der = originator.credential.certificate.der
        for (certificates, code) in [
            ([], VerificationError.Code.ambiguousForm),
            ([[UInt8]](repeating: der, count: 9), .ambiguousForm),
            ([[]], .unknownKey), ([[0x30, 0x00]], .unknownKey),
            ([Array(der.dropLast())], .unknownKey),
        ] {
            var changed = attestation
            changed.certificates = certificates
            self.expectRefusal(code, originator, changed)
        }
    }

    @Test("an attested batch is taken in unambiguous form only")
    func unambiguousForm() throws {
        let batch = try Originator().batch()
        let encoded = batch.encoded()
        #expect(try AttestedBatch(decoding: encoded) == batch)

        let twice = encoded + [0x28, 0x03]
        let longVarint = encoded.dropFirst(2)
        let broken: [[UInt8]] = [
            [], twice, [0x08, 0x81, 0x00] + longVarint, [0x08, 0x02] + longVarint,
            encoded + [UInt8](repeating: 0, count: 1_024), Array(longVarint),
        ]
        for bytes in broken {
            let error = #expect(throws: CoreError.self) { try AttestedBatch(decoding: bytes) }
            #expect(error?.code == .malformedAttestation)
        }
        for length in 0..<encoded.count {
            #expect(throws: CoreError.self, "cut to \(length)") {
                try AttestedBatch(decoding: Array(encoded.prefix(length)))
            }
        }
    }

    @Test("a batch says when it was signed to the second, and how many records it has")
    func values() throws {
        let batch = try Originator().batch()
        for (key, value) in [("size 0", 0), ("size 10,001", 10_001)] {
            var changed = batch
            changed.size = value
            #expect(throws: CoreError.self, Comment(rawValue: key)) {
                try AttestedBatch(decoding: changed.encoded())
            }
        }
        for text in ["2025", "2025-02", "2025-02-21"] {
            var changed = batch
            changed.signedAt = try #require(Moment(text))
            #expect(throws: CoreError.self, Comment(rawValue: text)) {
                try AttestedBatch(decoding: changed.encoded())
            }
        }
        var largest = batch
        largest.size = Batch.maximumRecords
        #expect(try AttestedBatch(decoding: largest.encoded()).size == 10_000)
    }
}
