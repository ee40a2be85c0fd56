import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("What a client trusts")
struct TrustTests {
    /// Runs kr's node with records `A-0` to `A-2` in one batch, signed by kr's analyst.
    private static func withNode(
        _ body: (TestNode, _ keyID: Digest) async throws -> Void
    ) async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                try await kr.submit((0..<3).map { TestRecord("A-\($0)", to: ["us"]) })
                try await body(node, kr.credentials.key.publicKey.keyID)
            }
        }
    }

    /// Connects us's reader, whose members file says something else at one place.
    private static func connected(
        to node: TestNode, _ old: String, _ new: String,
        _ body: (TestPeer) async throws -> Void
    ) async throws {
        let file = node.consortium.file
        try #require(file.contains(old))
        let members = try Members(
            json: Array(file.replacing(old, with: new, maxReplacements: 1).utf8))
        let kr = try #require(members["kr"])
        try await node.connected(
            as: "us",
            configuring: { configuration in
                configuration.judge = RecordJudge(
                    members: members, anchors: node.consortium.pki.anchors)
                configuration.organisation = kr
            }, body)
    }

    @Test("records that a revoked key signed count below the leaf that the revocation names")
    func revokedKey() async throws {
        try await Self.withNode { node, keyID in
            let revocation = { (leafIndex: Int) in
                """
                "revoked_keys":[{"key_id":"\(keyID.hexadecimal)","leaf_index":\(leafIndex)}],\
                "roles":[{
                """
            }
            try await Self.connected(to: node, "\"roles\":[{", revocation(1)) { us in
                let first = try await us.get("A-0")
                #expect(first.leafIndex == 0)
                await expectRefusal(.revokedKey) { _ = try await us.get("A-1") }
                await expectRefusal(.revokedKey) { _ = try await us.list() }
                let proof = GetRequest.Selector.finding(
                    originator: "kr", reference: "A-2", version: 0)
                await expectRefusal(.revokedKey) { _ = try await us.client.prove(proof) }
            }
            try await Self.connected(to: node, "\"roles\":[{", revocation(3)) { us in
                let references = try await us.references()
                #expect(references == ["A-0", "A-1", "A-2"])
            }
        }
    }

    @Test("records of a signer who was no submitter when it signed are refused")
    func role() async throws {
        try await Self.withNode { node, _ in
            let analyst = "\"path\":\"person/analyst\""
            for (until, isGood) in [("2020-01-01", false), ("9000-01-01", true)] {
                let ended = "\(analyst),\"until\":\"\(until)\""
                try await Self.connected(to: node, analyst, ended) { us in
                    if isGood {
                        _ = try await us.get("A-0")
                    } else {
                        await expectRefusal(.wrongSigner) { _ = try await us.get("A-0") }
                        await expectRefusal(.wrongSigner) { _ = try await us.list() }
                    }
                }
            }
        }
    }

    @Test("a key that was given up signs checkpoints up to the size that the members file names")
    func formerKey() async throws {
        try await Self.withNode { node, _ in
            let old = try TestLogKey.signer(of: TestNode.logOrigin).verifierKey
            let new = try NoteSigner(
                name: TestNode.logOrigin, privateKey: .generate(.ecdsaP256)
            ).verifierKey
            for (size, isGood) in [(2, false), (3, true)] {
                let keys = """
                    "key":"\(new)","former_keys":[{"key":"\(old)","tree_size":\(size)}]
                    """
                try await Self.connected(to: node, "\"key\":\"\(old)\"", keys) { us in
                    if isGood {
                        _ = try await us.list()
                    } else {
                        await expectRefusal(.revokedKey) { _ = try await us.list() }
                        await expectRefusal(.revokedKey) { _ = try await us.client.checkpoint() }
                    }
                }
            }
            try await Self.connected(to: node, "\"key\":\"\(old)\"", "\"key\":\"\(new)\"") { us in
                await expectRefusal(.unknownKey) { _ = try await us.get("A-0") }
            }
            try await Self.connected(to: node, ",\"key\":\"\(old)\"", "") { us in
                await expectRefusal(.unknownKey) { _ = try await us.list() }
            }
        }
    }

    @Test("a log under another origin is another log, whoever signs it")
    func origin() async throws {
        try await Self.withNode { node, _ in
            let origin = "msmt.example/dossier/kr/2"
            let old = try TestLogKey.signer(of: TestNode.logOrigin).verifierKey
            let new = try TestLogKey.signer(of: origin).verifierKey
            let entry = "\"origin\":\"\(TestNode.logOrigin)\",\"key\":\"\(old)\""
            let other = "\"origin\":\"\(origin)\",\"key\":\"\(new)\""
            try await Self.connected(to: node, entry, other) { us in
                await expectRefusal(.wrongOrigin) { _ = try await us.get("A-0") }
                await expectRefusal(.wrongOrigin) { _ = try await us.client.checkpoint() }
            }
        }
    }
}
