import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import GRPCWire
import MerkleLog
import Testing

@Suite("A node that lies about a record")
struct RecordLieTests {
    private typealias Change = @Sendable (inout GetResponse) throws -> Void

    /// What is changed in the answer to a `Get`, and what its reader must say to it.
    private static let lies: [(code: VerificationError.Code, what: String, change: Change)] = [
        (.wrongLeaf, "another record", { $0.record.record = try TestRecord("X").encoded }),
        (.wrongLeaf, "no record", { $0.record.record = [] }),
        (.wrongLeaf, "its neighbour's position", { $0.record.positionInBatch = 0 }),
        (.wrongLeaf, "another path", { $0.record.batchPath[0] ^= 1 }),
        (.wrongIndex, "a position past the batch", { $0.record.positionInBatch = 3 }),
        (.wrongIndex, "a leaf past the tree", { $0.record.leafIndex = 1 << 40 }),
        (.wrongProof, "a path with a hash more", { $0.record.batchPath += [UInt8](1...32) }),
        (.wrongProof, "a path with a hash less", { $0.record.batchPath.removeLast(32) }),
        (.wrongProof, "a path that ends in a hash", { $0.record.batchPath.removeLast() }),
        (.wrongProof, "a proof longer", { $0.inclusionProof = $0.inclusionProof.lengthened }),
        (.wrongProof, "no proof", { $0.inclusionProof = [] }),
        (.wrongRoot, "another proof", { $0.inclusionProof = $0.inclusionProof.altered }),
        (.wrongRoot, "another leaf's index", { $0.record.leafIndex = 0 }),
        (.wrongSignature, "another signature", { $0.attestation.signature[20] ^= 1 }),
        (.ambiguousForm, "a batch in another form", { $0.attestation.attestedBatch += [0x28, 3] }),
        (.unknownKey, "no certificate that is one", { $0.attestation.certificates = [[0x30, 0]] }),
    ]

    /// Runs a lying node before one that has records `A-0` to `A-2` of one batch.
    private static func withLyingNode(
        _ body: (LyingNode, TestPeer) async throws -> Void
    ) async throws {
        try await Consortium().withNode { honest in
            try await honest.connected { kr in
                try await kr.submit((0..<3).map { TestRecord("A-\($0)") })
                try await LyingNode.before(honest) { try await body($0, kr) }
            }
        }
    }

    @Test("is caught by get and by prove, and told what it did")
    func caught() async throws {
        try await Self.withLyingNode { lying, _ in
            let selector = GetRequest.Selector.finding(
                originator: "kr", reference: "A-1", version: 0)
            try await lying.node.connected { peer in
                for lie in Self.lies {
                    lying.lies.change(Exchange.get, GetResponse.self, lie.change)
                    await expectRefusal(lie.code, "\(lie.what)") {
                        _ = try await peer.client.get(selector)
                    }
                    await expectRefusal(lie.code, "prove: \(lie.what)") {
                        _ = try await peer.client.prove(selector)
                    }
                }
                lying.lies.end()
                let proof = try await peer.client.prove(selector)
                let judge = RecordJudge(
                    members: lying.node.consortium.members,
                    anchors: lying.node.consortium.pki.anchors)
                #expect(try proof.verify(with: judge).leafIndex == 1)
            }
        }
    }

    @Test("a true record that was not asked for is refused, by whatever name it was asked for")
    func notAskedFor() async throws {
        try await Self.withLyingNode { lying, kr in
            let asked = try await kr.get("A-2").id.hexadecimal
            let other = try await kr.grpc.unary(
                Exchange.get,
                GetRequest(.finding(originator: "kr", reference: "A-1", version: 1)).encoded())
            lying.lies.answer(Exchange.get) { _, _ in other }
            let selectors: [GetRequest.Selector] = [
                .recordID(asked), .recordID(String(asked.prefix(8))),
                .finding(originator: "kr", reference: "A-2", version: 0),
                .finding(originator: "kr", reference: "A-2", version: 1),
            ]
            try await lying.node.connected { peer in
                for selector in selectors {
                    await expectRefusal(.wrongLeaf, "\(selector)") {
                        _ = try await peer.client.get(selector)
                    }
                    await expectRefusal(.wrongLeaf, "prove: \(selector)") {
                        _ = try await peer.client.prove(selector)
                    }
                }
                let record = try await peer.get("A-1")
                #expect(record.leafIndex == 1)
            }
        }
    }

    @Test(
        "a batch that was signed for another log, by another's CA, or by nobody's right is refused")
    func attestations() async throws {
        try await Self.withLyingNode { lying, _ in
            let pki = lying.node.consortium.pki
            let bytes = try TestRecord("A-1").encoded
            let nobody = try pki.person("kr", name: "nobody")
            let analyst = try pki.person("kr")
            let impostor = try pki.issue(pki.profile("kr", .person, "analyst"), by: "us")
            let cases: [(VerificationError.Code, TestPKI.Credential, String)] = [
                (.wrongOrigin, analyst, TestMembers.logOrigin("us")),
                (.wrongSigner, nobody, TestNode.logOrigin),
                (.unknownKey, impostor, TestNode.logOrigin),
            ]
            try await lying.node.connected { peer in
                for (code, signer, origin) in cases {
                    var attested = try peer.attested([bytes])
                    attested.logOrigin = origin
                    attested.keyID = signer.privateKey.publicKey.keyID
                    let attestation = try Attestation(
                        signing: attested, with: signer.privateKey,
                        certificates: [signer.certificate])
                    lying.lies.change(Exchange.get) { (answer: inout GetResponse) in
                        answer.attestation = attestation
                        answer.record.positionInBatch = 0
                        answer.record.batchPath = []
                    }
                    await expectRefusal(code) { _ = try await peer.get("A-1") }
                }
            }
        }
    }

    @Test("is believed by whoever verifies nothing")
    func unverified() async throws {
        try await Self.withLyingNode { lying, _ in
            let forged = try TestRecord("A-1", title: "Forged").encoded
            lying.lies.change(Exchange.get) { (answer: inout GetResponse) in
                answer.record.record = forged
                answer.inclusionProof = []
                answer.checkpoint.checkpoint = [0]
            }
            lying.lies.change(Exchange.list) { (answer: inout ListResponse) in
                answer.ranges = []
                answer.checkpoint.checkpoint = [0]
            }
            try await lying.node.connected(configuring: { $0.verification = .none }) { peer in
                let record = try await peer.get("A-1")
                #expect(record.bytes == forged)
                #expect(try await peer.references() == ["A-0", "A-1", "A-2"])
            }
        }
    }
}
