import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@Suite("What a node answers from a mirror")
struct MirrorAnswerTests {
    private static let origin = TestMembers.logOrigin("us")

    /// A log whose first leaf is a record, and whose other leaves nobody is given.
    private struct MirroredLog: Sendable {
        var record: [UInt8]
        var attestation: Attestation
        var origin = MirrorAnswerTests.origin

        /// A record of the peer's organisation, signed for a log.
        init(signedBy peer: TestPeer, for origin: String = MirrorAnswerTests.origin) throws {
            let originator = peer.credentials.identity.organisation
            let record = try TestRecord("M-0", originator: originator, to: ["kr"]).encoded
            self.record = record
            self.attestation =
                try peer.signed([record], changing: { $0.logOrigin = origin }).attestation
        }

        /// A checkpoint of the log with the proof that a request asks for, as far as there is one.
        func page(of size: Int, for request: [UInt8], _ answer: [UInt8]) throws -> ListResponse {
            var page = try ListResponse(decoding: answer)
            guard !page.records.isEmpty else { return page }
            let known = try ListRequest(decoding: request).knownTrees
                .first { $0.logOrigin == self.origin }
            let oracle = ProofOracle(
                [Tree.leafHash(of: self.record)]
                    + (1..<32).map { SHA256.digest(of: [UInt8($0)]) })
            let first = Int(known?.size ?? 0)
            page.logOrigin = self.origin
            page.contact.heardAt = "2026-01-31T12:00:00Z"
            page.attestations = [self.attestation]
            page.records = [
                LoggedRecord(
                    record: self.record, leafIndex: 0, positionInBatch: 0, batchPath: [],
                    standing: .superseded)
            ]
            page.ranges = [
                ProvenRange(firstIndex: 0, count: 1, proof: oracle.range(0..<1, size))
            ]
            page.checkpoint = ProvenCheckpoint(
                checkpoint: try TestLogKey.signer(of: self.origin)
                    .sign(TreeHead(size: UInt64(size), root: oracle.root(size))).bytes,
                consistencyProof: first < size ? oracle.consistency(first, size) : [])
            return page
        }
    }

    /// Runs a node of kr before the honest one that can be made to answer from a mirror of us's
    /// log; a peer of us signs what is in there.
    private static func withMirror(
        _ body: (LyingNode, TestPeer, MirroredLog) async throws -> Void
    ) async throws {
        try await Consortium().withNode { honest in
            try await honest.connected { _ = try await $0.submit([TestRecord("A-0")]) }
            try await LyingNode.before(honest, as: "kr") { lying in
                let log = try await lying.node.connected(as: "us") { try MirroredLog(signedBy: $0) }
                try await lying.node.connected { try await body(lying, $0, log) }
            }
        }
    }

    private static func show(
        _ log: MirroredLog, of size: Int, by node: LyingNode,
        changing change: @escaping @Sendable (inout ListResponse) throws -> Void = { _ in }
    ) {
        node.lies.answer(Exchange.list) { request, answer in
            var page = try log.page(of: size, for: request, answer)
            if !page.records.isEmpty { try change(&page) }
            return try page.encoded()
        }
    }

    @Test("is verified under that log's own key and history; a mirror may be behind")
    func accepted() async throws {
        try await Self.withMirror { node, peer, log in
            for (size, newest) in [(4, 4), (4, 4), (9, 9), (6, 9), (1, 9), (9, 9), (31, 31)] {
                Self.show(log, of: size, by: node)
                let records = try await peer.list().records
                let record = try #require(records.first)
                #expect(records.count == 1)
                #expect(record.logOrigin == Self.origin && record.bytes == log.record)
                #expect(record.standing == .superseded)
                #expect(record.contact.heardAt == "2026-01-31T12:00:00Z")
                let settled = try await peer.client.settledCheckpoints()
                let mirrored = settled.first { $0.checkpoint.origin == Self.origin }
                #expect(mirrored?.head.size == UInt64(newest), "\(size)")
                #expect(settled.contains { $0.checkpoint.origin == TestNode.logOrigin })
            }
        }
    }

    @Test("goes on from what an earlier client saw of that log")
    func remembered() async throws {
        try await Self.withMirror { node, peer, log in
            Self.show(log, of: 9, by: node)
            _ = try await peer.list()
            let known = try await peer.client.settledCheckpoints()
            for (size, code) in [(5, nil), (9, nil), (12, VerificationError.Code.wrongProof)] {
                Self.show(log, of: size, by: node) { page in
                    if code != nil { page.checkpoint.consistencyProof = [] }
                }
                try await node.node.connected(configuring: { $0.known = known }) { next in
                    guard let code else {
                        let records = try await next.list().records
                        return #expect(records.count == 1)
                    }
                    await expectRefusal(code) { _ = try await next.list() }
                }
            }
        }
    }

    @Test("is refused when it is another history, another log's, or another's record")
    func refused() async throws {
        try await Self.withMirror { node, peer, log in
            let forged = { @Sendable (size: UInt64, hashes: Int) in
                ProvenCheckpoint(
                    checkpoint: try TestLogKey.signer(of: Self.origin)
                        .sign(TreeHead(size: size, root: Digest.stranger)).bytes,
                    consistencyProof: [Digest](repeating: .stranger, count: hashes))
            }
            let length = Tree.consistencyProofLength(from: 9, to: 20)
            let lies: [(VerificationError.Code, Int, Change)] = [
                (.wrongOrigin, 9, { $0.logOrigin = "msmt.example/dossier/zz/1" }),
                (.wrongOrigin, 9, { $0.logOrigin = TestMembers.logOrigin("jp") }),
                (.wrongOrigin, 9, { $0.logOrigin = TestNode.logOrigin }),
                (.splitView, 9, { $0.checkpoint = try forged(9, 0) }),
                (.splitView, 20, { $0.checkpoint = try forged(20, length) }),
                (.wrongProof, 20, { $0.checkpoint.consistencyProof = [] }),
                (.wrongRoot, 5, { $0.checkpoint = try forged(5, 0) }),
            ]
            Self.show(log, of: 9, by: node)
            _ = try await peer.list()
            for (index, (code, size, change)) in lies.enumerated() {
                Self.show(log, of: size, by: node, changing: change)
                await expectRefusal(code, "lie \(index)") { _ = try await peer.list() }
            }
        }
    }

    @Test("what is signed by another, or for another log, does not count there")
    func strangers() async throws {
        try await Self.withMirror { node, peer, _ in
            let byKR = try MirroredLog(signedBy: peer)
            let forKR = try await node.node.connected(as: "us") {
                try MirroredLog(signedBy: $0, for: TestNode.logOrigin)
            }
            let cases = [(VerificationError.Code.wrongSigner, byKR), (.wrongOrigin, forKR)]
            for (code, log) in cases {
                Self.show(log, of: 9, by: node)
                try await node.node.connected { reader in
                    await expectRefusal(code) { _ = try await reader.list() }
                }
            }
        }
    }

    private typealias Change = @Sendable (inout ListResponse) throws -> Void
}
