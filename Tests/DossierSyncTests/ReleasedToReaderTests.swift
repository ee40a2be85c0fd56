import DossierCore
import DossierStore
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierSync

@Suite("What a follower keeps of the records that it is given")
struct ReleasedToReaderTests {
    /// What is kept of the records of one batch.
    private func verified(
        _ records: [[UInt8]], checking isChecked: Bool = true
    ) throws -> FollowVerifier.Verified {
        let bench = try Bench([records], checking: isChecked)
        var verifier = FollowVerifier(bench.subject)
        return try verifier.verify(
            bench.message(0..<1), at: SyncPosition(edge: TreeEdge(), seen: nil))
    }

    @Test("one that does not name the reader's organisation leaves its hash, and is counted")
    func notNamed() throws {
        let verified = try self.verified([
            Bench.record("KR-1"), Bench.record("KR-2", to: ["jp"]), Bench.record("KR-3", to: []),
        ])
        #expect(verified.notReleased == 2)
        #expect(verified.leaves.runs[0].records.map(\.isEmpty) == [false, true, true])
        #expect(verified.position.size == 3)
    }

    @Test("one under originator control leaves its hash, whomever it names")
    func originatorControl() throws {
        let verified = try self.verified([
            Bench.record("KR-1", orcon: true), Bench.record("KR-2"),
        ])
        #expect(verified.notReleased == 1)
        #expect(verified.leaves.runs[0].records.map(\.isEmpty) == [true, false])
    }

    @Test("a batch of nothing but such leaves hashes alone, without its attestation")
    func nothingReleased() throws {
        let verified = try self.verified([
            Bench.record("KR-1", to: ["jp"]), Bench.record("KR-2", orcon: true),
        ])
        #expect(verified.notReleased == 2)
        #expect(verified.leaves.runs[0].attestation == [])
        #expect(verified.leaves.runs[0].records == [[], []])
    }

    @Test(
        "a notice is kept, named or not: whoever is removed must learn it",
        arguments: [Operation.restrict, .withdraw])
    func notices(_ operation: Operation) throws {
        let notice = try Bench.record("KR-1", to: ["jp"]) { test in
            test.record.header.operation = operation
            test.record.header.version = 2
            test.record.header.targetRecordID = [UInt8](repeating: 7, count: 32)
            test.record.content = nil
        }
        let verified = try self.verified([notice])
        #expect(verified.notReleased == 0)
        #expect(verified.leaves.runs[0].records == [notice])
    }

    @Test("one that breaks a rule of its form is kept, and counts as not understood")
    func brokenForm() throws {
        let broken = try Bench.record("KR-1") { $0.record.header.salt = [1, 2, 3] }
        let verified = try self.verified([broken, Bench.record("KR-2")], checking: false)
        #expect(verified.leaves.runs[0].records[0] == broken)
        #expect(
            verified.leaves.runs[0].facts.map { $0?.hasUnknownInHeaderOrMarking } == [true, false])
    }

    @Test("a field of its header that nobody knows makes it not understood, and nothing else")
    func unknownField() throws {
        let newer = try Bench.record("KR-1") { $0.headerExtra = [0xF8, 0x06, 0x01] }
        let verified = try self.verified([newer])
        #expect(verified.leaves.runs[0].records == [newer])
        #expect(verified.leaves.runs[0].facts[0]?.hasUnknownInHeaderOrMarking == true)
        #expect(verified.notReleased == 0)
    }

    @Test("one that says it is of another originator is refused")
    func otherOriginator() throws {
        let foreign = try TestRecord("KR-1", originator: "jp", to: ["us"]).encoded
        #expect(throws: VerificationError(code: .wrongSigner, message: "")) {
            _ = try self.verified([Bench.record("KR-2"), foreign])
        }
    }

    @Test("bytes that are no record are refused: they name no originator")
    func noRecord() throws {
        #expect(throws: VerificationError(code: .wrongSigner, message: "")) {
            _ = try self.verified([[1, 2, 3]], checking: false)
        }
    }
}
