import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import GRPCWire
import MerkleLog
import Testing

@Suite("A node that lies in a receipt")
struct ReceiptLieTests {
    /// A receipt that is not what it says, and what its reader must say to it. The batch is of two
    /// records that are leaves 0 and 1, and a new one.
    private struct Lie: Sendable {
        var what: String
        var code: VerificationError.Code
        var change: @Sendable (inout Receipt) -> Void

        init(
            _ code: VerificationError.Code, _ what: String,
            _ change: @escaping @Sendable (inout Receipt) -> Void
        ) {
            self.what = what
            self.code = code
            self.change = change
        }
    }

    private static let lies: [Lie] = [
        Lie(.wrongOrigin, "of another log") { $0.logOrigin = TestMembers.logOrigin("us") },
        Lie(.wrongLeaf, "for another batch") { $0.batchRoot = Digest.stranger },
        Lie(.wrongIndex, "a run elsewhere") { $0.runs[0].firstIndex = 1 },
        Lie(.wrongIndex, "a run past the tree") { $0.runs[1].firstIndex = 1 << 40 },
        Lie(.wrongIndex, "a run past every number") { $0.runs[1].firstIndex = .max },
        Lie(.wrongIndex, "a range elsewhere") { $0.ranges[0].firstIndex = 1 },
        Lie(.wrongIndex, "a range past every number") { $0.ranges[1].firstIndex = .max },
        Lie(.wrongIndex, "a range less") { $0.ranges.removeLast() },
        Lie(.wrongIndex, "a range more") { $0.ranges.append($0.ranges[1]) },
        Lie(.wrongIndex, "ranges in the wrong order") { $0.ranges.reverse() },
        Lie(.sizeMismatch, "a record where another is") { receipt in
            receipt.runs[1].firstIndex = 1
            receipt.ranges.removeLast()
        },
        Lie(.wrongRoot, "other leaves") { receipt in
            receipt.runs[0].firstIndex = 2
            receipt.ranges[0].firstIndex = 2
        },
        Lie(.wrongRoot, "another proof") { $0.ranges[1].proof = $0.ranges[1].proof.altered },
        Lie(.wrongProof, "a hash more") { $0.ranges[1].proof = $0.ranges[1].proof.lengthened },
        Lie(.wrongProof, "a hash less") { $0.ranges[0].proof.removeLast() },
        Lie(.ambiguousForm, "a run as two") { receipt in
            receipt.runs[0].count = 1
            receipt.runs.insert(BatchRun(offset: 1, firstIndex: 1, count: 1), at: 1)
        },
        Lie(.sizeMismatch, "a run less") { $0.runs.removeLast() },
        Lie(.sizeMismatch, "no runs") { $0.runs = [] },
        Lie(.sizeMismatch, "a run more") {
            $0.runs.append(BatchRun(offset: 3, firstIndex: 2, count: 1))
        },
        Lie(.sizeMismatch, "a run too long") { $0.runs[1].count = 2 },
        Lie(.sizeMismatch, "a run that is everything") { $0.runs[0].count = Int(UInt32.max) },
        Lie(.sizeMismatch, "runs in the wrong order") { $0.runs.reverse() },
        Lie(.sizeMismatch, "a larger batch") { $0.batchSize += 1 },
        Lie(.sizeMismatch, "a larger log") { $0.logSize += 1 },
        Lie(.sizeMismatch, "more new records than there are") { $0.appended = 4 },
    ]

    /// Batches of two records that are known and one that is not.
    private static func batch(_ number: Int) -> [TestRecord] {
        [TestRecord("A-0"), TestRecord("A-1"), TestRecord("N-\(number)")]
    }

    @Test("is caught, and told what it did, whichever way the batch was submitted")
    func caught() async throws {
        try await Consortium().withNode { honest in
            try await honest.connected { kr in
                try await kr.submit((0..<5).map { TestRecord("A-\($0)") })
            }
            try await LyingNode.before(honest) { lying in
                try await lying.node.connected { peer in
                    for (number, lie) in Self.lies.enumerated() {
                        lying.lies.change(Exchange.submit) { (answer: inout SubmitResponse) in
                            lie.change(&answer.receipt)
                        }
                        lying.lies.change(Exchange.submitStream) {
                            (answer: inout SubmitStreamResponse) in
                            guard case .logged(var receipt) = answer else { return }
                            lie.change(&receipt)
                            answer = .logged(receipt)
                        }
                        await expectRefusal(lie.code, "\(lie.what)") {
                            try await peer.submit(Self.batch(number))
                        }
                        await expectRefusal(lie.code, "stream: \(lie.what)") {
                            try await peer.stream(Self.batch(100 + number))
                        }
                    }
                    lying.lies.end()
                    let receipt = try await peer.submit(Self.batch(0))
                    #expect(receipt.appended == 0)
                    #expect(receipt.kept.runs.count == 2 && receipt.kept.ranges.count == 2)
                }
            }
        }
    }

    @Test("is believed by whoever verifies nothing, without harm")
    func unverified() async throws {
        try await Consortium().withNode { honest in
            try await honest.connected { kr in
                try await kr.submit((0..<5).map { TestRecord("A-\($0)") })
            }
            try await LyingNode.before(honest) { lying in
                let unverified: (inout ExchangeClient.Configuration) -> Void = {
                    $0.verification = .none
                }
                try await lying.node.connected(configuring: unverified) { peer in
                    for (number, lie) in Self.lies.enumerated() {
                        lying.lies.change(Exchange.submit) { (answer: inout SubmitResponse) in
                            lie.change(&answer.receipt)
                        }
                        let receipt = try await peer.submit(Self.batch(number))
                        for position in 0..<3 { _ = receipt.leafIndex(at: position) }
                    }
                    lying.lies.change(Exchange.submit) { (answer: inout SubmitResponse) in
                        answer.receipt.runs = [BatchRun(offset: 0, firstIndex: .max, count: 3)]
                    }
                    let receipt = try await peer.submit(Self.batch(0))
                    #expect(receipt.leafIndex(at: 0) == .max)
                    #expect(receipt.leafIndex(at: 1) == nil)
                    #expect(try await peer.client.settledCheckpoints().isEmpty)
                }
            }
        }
    }
}
