import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierSync

@Suite("What a follower verifies of leaves that it asked for again")
struct FetchVerifierTests {
    /// One thing that is wrong about the answer with leaves 1 and 4, and what is said to it.
    struct FalseAnswer: Sendable, CustomStringConvertible {
        let description: String
        let code: VerificationError.Code
        let change: @Sendable (inout FetchResponse, Bench) throws -> Void

        init(
            _ description: String, _ code: VerificationError.Code,
            _ change: @escaping @Sendable (inout FetchResponse, Bench) throws -> Void
        ) {
            self.description = description
            self.code = code
            self.change = change
        }
    }

    static let lies: [FalseAnswer] = [
        FalseAnswer("a leaf that was not asked for", .wrongIndex) { message, _ in
            message.records[0].leafIndex = 2
        },
        FalseAnswer("another leaf's record", .wrongLeaf) { message, bench in
            message.records[0].record = bench.log.leaves[4].record
        },
        FalseAnswer("another leaf's record, with all that proves it", .wrongLeaf) {
            message, bench in
            message.records[0] = try bench.log.logged(4, attestation: 1)
            message.records[0].leafIndex = 1
        },
        FalseAnswer("a record that was changed", .wrongLeaf) { message, _ in
            message.records[0].record = message.records[0].record.flipping(bit: 100)
        },
        FalseAnswer("no record", .wrongLeaf) { message, _ in message.records[0].record = [] },
        FalseAnswer("an attestation that was never sent", .ambiguousForm) { message, _ in
            message.records[0].attestationIndex = 2
        },
        FalseAnswer("another batch's attestation", .wrongLeaf) { message, _ in
            message.attestations[0] = message.attestations[1]
            // As large as this one is, it has the position.
            message.records[0].batchPath = message.records[1].batchPath
        },
        FalseAnswer("another organisation's attestation", .wrongSigner) { message, bench in
            let hashes = bench.log.batches[0].hashes
            message.attestations[0] = try World.shared.attest(hashes, by: "us")
        },
        FalseAnswer("a signature that was changed", .wrongSignature) { message, _ in
            message.attestations[0].signature = message.attestations[1].signature
        },
        FalseAnswer("a batch for another log", .wrongOrigin) { message, bench in
            let origin = TestMembers.logOrigin("jp")
            message.attestations[0] = try World.shared.attest(
                bench.log.batches[0].hashes, by: "kr"
            ) { $0.logOrigin = origin }
        },
        FalseAnswer("a batch signed without the role of a submitter", .wrongSigner) {
            message, bench in
            message.attestations[0] = try World.shared.attest(
                bench.log.batches[0].hashes, by: "kr", signer: World.shared.pki.node("kr"))
        },
        FalseAnswer("a path that leads elsewhere", .wrongLeaf) { message, _ in
            message.records[0].batchPath = message.records[0].batchPath.flipping(bit: 0)
        },
        FalseAnswer("a path that is too short", .wrongProof) { message, _ in
            message.records[0].batchPath = []
        },
        FalseAnswer("a path that ends within a hash", .wrongProof) { message, _ in
            message.records[0].batchPath.removeLast()
        },
        FalseAnswer("another position", .wrongLeaf) { message, _ in
            message.records[0].positionInBatch = 0
        },
        FalseAnswer("a position that the batch does not have", .wrongIndex) { message, _ in
            message.records[0].positionInBatch = 3
        },
    ]

    private func verified(
        _ message: FetchResponse, of bench: Bench
    ) throws -> [LateRecord] {
        let hashes = message.records.map { logged in
            bench.log.leaves.indices.contains(Int(logged.leafIndex))
                ? bench.log.hashes[Int(logged.leafIndex)] : .stranger
        }
        return try FetchVerifier(subject: bench.subject).verify(
            message, asked: [1..<2, 4..<6], leafHashes: hashes)
    }

    @Test("an honest answer is taken, with what proves it")
    func honest() throws {
        let bench = try Bench()
        let late = try self.verified(bench.answer([1, 4]), of: bench)
        #expect(late.map(\.leafIndex) == [1, 4])
        #expect(late.map(\.record) == [1, 4].map { bench.log.leaves[$0].record })
        #expect(late.map(\.positionInBatch) == [1, 0])
        #expect(late.map(\.batchSize) == [3, 2])
        #expect(late[0].batchRoot == Tree.root(of: bench.log.batches[0].hashes))
        #expect(late[0].batchPath.count == 2)
        #expect(late[0].attestation == (try bench.log.batches[0].attestation.encoded()))
    }

    @Test("whatever is wrong is refused, and says what", arguments: Self.lies)
    func refuses(_ lie: FalseAnswer) throws {
        let bench = try Bench()
        var message = try bench.answer([1, 4])
        try lie.change(&message, bench)
        #expect(throws: VerificationError(code: lie.code, message: "")) {
            _ = try self.verified(message, of: bench)
        }
    }

    @Test("a record of another originator is refused, whoever signed it")
    func otherOriginator() throws {
        let foreign = try TestRecord("KR-1", originator: "jp", to: ["us"]).encoded
        let bench = try Bench([[try Bench.record("KR-2"), foreign]])
        #expect(throws: VerificationError(code: .wrongSigner, message: "")) {
            _ = try self.verified(bench.answer([1]), of: bench)
        }
    }

    @Test("what is not released to the reader is left out")
    func notReleased() throws {
        let bench = try Bench([
            [
                try Bench.record("KR-1"), try Bench.record("KR-2", to: ["jp"]),
                try Bench.record("KR-3"), try Bench.record("KR-4"),
                try Bench.record("KR-5", orcon: true), try Bench.record("KR-6"),
            ]
        ])
        let late = try self.verified(bench.answer([1, 4, 5]), of: bench)
        #expect(late.map(\.leafIndex) == [5])
    }

    @Test("what is not released is counted by the machine, and its hash stays")
    func countsNotReleased() throws {
        let bench = try Bench([
            [try Bench.record("KR-1", to: ["jp"]), try Bench.record("KR-2", to: ["us"])]
        ])
        var machine = bench.machine()
        machine.open()
        _ = try machine.take(bench.message(0..<1, withholding: [0, 1]))
        _ = machine.on([.gaps([0..<2]), .opened])
        #expect(try machine.on(bench.answer([0, 1])) == "look up [0, 1]")
        #expect(machine.on(.hashes(bench.log.hashes)) == "keep late [1]")
        #expect(machine.machine.progress.notReleased == 1)
        #expect(machine.machine.progress.late == 1)
    }
}
