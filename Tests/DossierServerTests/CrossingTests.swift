import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import GRPCWire
import MerkleLog
import Testing

@Suite("Answers that cross each other")
struct CrossingTests {
    /// Runs two calls that know nothing at once; the first gets the truth, the second what is given.
    private static func withTwoAnswers(
        forged: @escaping @Sendable () throws -> ProvenCheckpoint,
        _ body: (_ honest: TestNode, LyingNode, TestPeer, [Result<SignedCheckpoint, any Error>])
            async throws -> Void
    ) async throws {
        try await Consortium().withNode { honest in
            try await honest.connected { kr in
                try await kr.submit((0..<4).map { TestRecord("A-\($0)") })
            }
            try await LyingNode.before(honest) { lying in
                let meeting = Meeting(of: 2)
                lying.lies.answer(LogMethods.getCheckpoint) { _, answer in
                    guard await meeting.arrive() == 1 else { return answer }
                    return try GetCheckpointResponse(checkpoint: forged()).encoded()
                }
                try await lying.node.connected { peer in
                    let client = peer.client
                    async let first = Result(catching: { try await client.checkpoint() })
                    async let second = Result(catching: { try await client.checkpoint() })
                    let answers = await [first, second]
                    try await body(honest, lying, peer, answers)
                }
            }
        }
    }

    @Test("two trees of one size are a split view at once, and remain one however often asked")
    func sameSize() async throws {
        let forged = try FalseCheckpoint.forged(4, proof: [])
        try await Self.withTwoAnswers(forged: { forged }) { _, lying, peer, answers in
            let errors = answers.compactMap { answer -> VerificationError? in
                guard case .failure(let error) = answer else { return nil }
                return error as? VerificationError
            }
            #expect(errors == [VerificationError(code: .splitView, message: "")])
            let conflict = try #require(errors.first?.cause as? CheckpointConflict)
            #expect([conflict.known, conflict.shown].contains(forged.checkpoint))

            // Whichever of the two came first is held against what the node shows now.
            let known = try #require(try await peer.client.settledCheckpoints().first)
            let other = known.bytes == forged.checkpoint ? conflict.shown : forged.checkpoint
            #expect(other != known.bytes)
            lying.lies.change(LogMethods.getCheckpoint) { (answer: inout GetCheckpointResponse) in
                answer.checkpoint = ProvenCheckpoint(checkpoint: other, consistencyProof: [])
            }
            for _ in 0..<2 {
                await expectRefusal(.splitView) { _ = try await peer.client.checkpoint() }
            }
        }
    }

    @Test("two histories shown to calls that cross are noticed before anybody builds on either")
    func crossing() async throws {
        let forged = try FalseCheckpoint.forged(5, proof: [])
        try await Self.withTwoAnswers(forged: { forged }) { honest, lying, peer, answers in
            #expect(answers.allSatisfy { (try? $0.get()) != nil })
            try await honest.connected { try await $0.submit([TestRecord("A-4")]) }

            // That the proof cannot be had now is no proof.
            lying.lies.answer(LogMethods.getConsistencyProof) { _, _ in
                throw GRPCStatus(.unavailable, "later")
            }
            let unavailable = await #expect(throws: ExchangeError.self) {
                _ = try await peer.client.settledCheckpoints()
            }
            #expect(unavailable?.code == .unavailable)

            lying.lies.end()
            for _ in 0..<2 {
                let error = await expectRefusal(.splitView) {
                    _ = try await peer.client.settledCheckpoints()
                }
                let conflict = try #require(error?.cause as? CheckpointConflict)
                #expect(conflict.shown == forged.checkpoint)
                #expect(try SignedNote(conflict.known).text.hasPrefix("\(TestNode.logOrigin)\n4\n"))
            }
        }
    }

    @Test("a node that cannot prove what it has shown does not have it")
    func unprovable() async throws {
        let forged = try FalseCheckpoint.forged(5, proof: [])
        try await Self.withTwoAnswers(forged: { forged }) { _, _, peer, _ in
            await expectRefusal(.olderCheckpoint) {
                _ = try await peer.client.settledCheckpoints()
            }
        }
    }

    @Test("a proof of growth that is not one is caught for what it is")
    func growthProofs() async throws {
        try await Consortium().withNode { honest in
            try await honest.connected { kr in
                try await kr.submit((0..<3).map { TestRecord("A-\($0)") })
            }
            try await LyingNode.before(honest) { lying in
                let changes: [(VerificationError.Code, @Sendable ([Digest]) -> [Digest])] = [
                    (.wrongProof, { $0.lengthened }), (.wrongProof, { _ in [] }),
                    (.splitView, { $0.altered }),
                ]
                for (number, (code, change)) in changes.enumerated() {
                    try await Self.cross(honest, lying, number, change, code)
                }
            }
        }
    }

    /// Lets two honest answers cross, and answers with another proof that they are one history.
    private static func cross(
        _ honest: TestNode, _ lying: LyingNode, _ number: Int,
        _ change: @escaping @Sendable ([Digest]) -> [Digest], _ code: VerificationError.Code
    ) async throws {
        let meeting = Meeting(of: 2)
        let earlier = try await honest.connected { try await $0.client.checkpoint() }
        try await honest.connected { try await $0.submit([TestRecord("B-\(number)")]) }
        lying.lies.answer(LogMethods.getCheckpoint) { _, answer in
            guard await meeting.arrive() == 1 else { return answer }
            let proven = ProvenCheckpoint(checkpoint: earlier.bytes, consistencyProof: [])
            return try GetCheckpointResponse(checkpoint: proven).encoded()
        }
        lying.lies.answer(LogMethods.getConsistencyProof) { _, answer in
            let proof = change(try HashList.consistencyProof(decoding: answer))
            return try HashList.encoded(consistencyProof: proof)
        }
        try await lying.node.connected { peer in
            let client = peer.client
            async let first = client.checkpoint()
            async let second = client.checkpoint()
            _ = try await (first, second)
            await expectRefusal(code) { _ = try await client.settledCheckpoints() }
            lying.lies.end()
            #expect(try await client.settledCheckpoints().first?.head.size == earlier.head.size + 1)
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(catching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
