import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierStore
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierSync

@Suite("What a follower verifies")
struct FollowVerifierTests {
    private let start = SyncPosition(edge: TreeEdge(), seen: nil)

    /// The only message of a log.
    private func verified(
        _ bench: Bench, withholding withheld: Set<Int> = []
    ) throws -> FollowVerifier.Verified {
        var verifier = FollowVerifier(bench.subject)
        let message = try bench.message(bench.log.batches.indices, withholding: withheld)
        let verified = try verifier.verify(message, at: self.start)
        #expect(verified.position.edge == bench.log.edge)
        return verified
    }

    @Test("an honest message is taken, record for record")
    func honest() throws {
        let bench = try Bench()
        let verified = try self.verified(bench)
        #expect(verified.leaves.runs.flatMap(\.records) == bench.log.leaves.map(\.record))
        #expect(verified.leaves.runs.flatMap(\.leafHashes) == bench.log.hashes)
        #expect(verified.leaves.checkpoint == bench.log.checkpoint)
        #expect(verified.notReleased == 0)
        let kept = try Attestation(decoding: verified.leaves.runs[0].attestation)
        #expect(kept == bench.log.batches[0].attestation)
    }

    @Test("whatever is wrong is refused, and says what", arguments: FalseMessage.all)
    func refuses(_ lie: FalseMessage) throws {
        let bench = try Bench()
        var verifier = FollowVerifier(bench.subject)
        let position = try verifier.verify(bench.message(0..<1), at: self.start).position
        let honest = try bench.message(1..<3, isFirst: false)
        var message = honest
        try lie.change(&message, bench)
        let error = #expect(throws: VerificationError(code: lie.code, message: "")) {
            _ = try verifier.verify(message, at: position)
        }
        // Wrong leaves or a wrong proof do not show that the log's key signed two histories.
        let conflict = error?.cause as? CheckpointConflict
        #expect((conflict != nil) == lie.isContradiction)
        #expect(conflict.map { $0.known != $0.shown } ?? true)
        let advice = SyncFailure(error ?? VerificationError(code: .wrongLeaf, message: "")).advice
        let isOlder = lie.code == .olderCheckpoint
        #expect(advice.contains("two histories") == (lie.isContradiction && !isOlder))
        // An older one is what data that were put back show, too.
        #expect(advice.contains("from a copy") == isOlder)
        // Whoever was lied to takes the truth afterwards, on another stream.
        verifier.beginStream()
        let again = try bench.message(1..<3)
        #expect(try verifier.verify(again, at: position).position.edge == bench.log.edge)
    }

    @Test("a proof that leads elsewhere, is too long or too short is refused")
    func proofs() throws {
        let bench = try Bench()
        let changes: [(VerificationError.Code, (inout [Digest]) -> Void)] = [
            (.splitView, { $0[0] = .stranger }), (.splitView, { $0[$0.count - 1] = .stranger }),
            (.wrongProof, { $0.append(.stranger) }), (.wrongProof, { $0.removeLast() }),
            (.wrongProof, { $0 = [] }),
        ]
        for (code, change) in changes {
            var message = try bench.message(0..<1)
            change(&message.checkpoint.consistencyProof)
            var verifier = FollowVerifier(bench.subject)
            #expect(throws: VerificationError(code: code, message: "")) {
                _ = try verifier.verify(message, at: self.start)
            }
        }
        var message = try bench.message(0..<1)
        message.runs = []
        var verifier = FollowVerifier(bench.subject)
        #expect(throws: VerificationError(code: .wrongProof, message: "")) {
            _ = try verifier.verify(message, at: self.start)
        }
    }

    @Test("certificates are those of the stream, and are forgotten with it")
    func certificates() throws {
        let bench = try Bench()
        var verifier = FollowVerifier(bench.subject)
        let position = try verifier.verify(bench.message(0..<1), at: self.start).position
        verifier.beginStream()
        #expect(throws: VerificationError(code: .ambiguousForm, message: "")) {
            _ = try verifier.verify(bench.message(1..<2, isFirst: false), at: position)
        }
    }

    @Test("a record that is withheld within a batch leaves its hash")
    func withheldRecord() throws {
        let bench = try Bench()
        let verified = try self.verified(bench, withholding: [1])
        #expect(verified.leaves.runs[0].records[1] == [])
        #expect(verified.leaves.runs[0].facts.map { $0 == nil } == [false, true, false])
        #expect(verified.leaves.runs[0].leafHashes == bench.log.batches[0].hashes)
        #expect(verified.notReleased == 0)
    }

    @Test("a batch that is withheld whole is hashes")
    func withheldBatch() throws {
        let verified = try self.verified(Bench(), withholding: [0, 1, 2])
        #expect(verified.leaves.runs[0].attestation == [])
        #expect(verified.leaves.runs[0].records == [[], [], []])
        #expect(verified.leaves.runs[1].records != [[]])
    }

    @Test("of a batch that the log knew in part, what was added is taken")
    func partlyKnown() throws {
        let known = try Bench.record("KR-1")
        let others = try (2...10).map { try Bench.record("KR-\($0)") }
        let bench = try Bench([[known], [others[0], known] + others[1...]])
        for withheld in [[], [1], [3, 10]] as [Set<Int>] {
            let run = try self.verified(bench, withholding: withheld).leaves.runs[1]
            #expect(run.leafHashes == bench.log.batches[1].hashes)
            #expect(run.appended == [0] + Array(2...9))
            let expected = (1...9).map { withheld.contains($0) ? [] : others[$0 - 1] }
            #expect(run.records == expected)
        }
        var message = try bench.message(0..<2)
        message.runs[1].batch?.added[0] ^= 0b11
        var verifier = FollowVerifier(bench.subject)
        #expect(throws: VerificationError(code: .wrongLeaf, message: "")) {
            _ = try verifier.verify(message, at: self.start)
        }
    }

    @Test("a checkpoint that was promised must be reached, or both are evidence")
    func promise() throws {
        let bench = try Bench()
        var verifier = FollowVerifier(bench.subject)
        let fork = try World.shared.checkpoint(TreeHead(size: 4, root: .stranger), of: "kr")
        let promise = FollowResponse(
            firstIndex: 0, runs: [],
            checkpoint: ProvenCheckpoint(checkpoint: fork.bytes, consistencyProof: []),
            certificates: [], releaseEpoch: [])
        var position = try verifier.verify(promise, at: self.start).position
        position = try verifier.verify(bench.message(0..<1), at: position).position
        #expect(position.promises.map(\.head.size) == [4, 6])
        let error = #expect(throws: VerificationError(code: .splitView, message: "")) {
            _ = try verifier.verify(bench.message(1..<2, isFirst: false), at: position)
        }
        let conflict = try #require(error?.cause as? CheckpointConflict)
        #expect(conflict.known == fork.bytes)
        #expect(conflict.shown == bench.log.checkpoint.bytes)
    }
}
