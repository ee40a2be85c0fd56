import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import GRPCWire
import MerkleLog
import Synchronization
import Testing

@Suite("The history that a client sees")
struct HistoryTests {
    /// What answers a client got, as a node in between hears it.
    private final class Heard: Sendable {
        struct Exchange {
            var knownSize: UInt64
            var proven: ProvenCheckpoint
        }

        private let state = Mutex<[Exchange]>([])

        var all: [Exchange] { self.state.withLock { $0 } }

        func note(_ request: [UInt8], _ answer: [UInt8]) throws {
            let exchange = Exchange(
                knownSize: try GetCheckpointRequest(decoding: request).knownSize,
                proven: try GetCheckpointResponse(decoding: answer).checkpoint)
            self.state.withLock { $0.append(exchange) }
        }
    }

    @Test("a client says what it knows, and every answer proves that the log went on from there")
    func goesOn() async throws {
        try await Consortium().withNode { honest in
            try await LyingNode.before(honest) { between in
                let heard = Heard()
                between.lies.answer(LogMethods.getCheckpoint) { request, answer in
                    try heard.note(request, answer)
                    return answer
                }
                try await between.node.connected { peer in
                    var known = TreeHead.empty
                    for round in 0..<6 {
                        let head = try await peer.client.checkpoint().head
                        let exchange = try #require(heard.all.last)
                        #expect(exchange.knownSize == known.size)
                        #expect(exchange.proven.consistencyProof.isEmpty == (known.size == 0))
                        try Tree.verifyConsistency(
                            from: known, to: head, proof: exchange.proven.consistencyProof)
                        known = head
                        try await honest.connected { kr in
                            try await kr.submit(
                                (0...round).map { TestRecord("G-\(round)-\($0)") })
                        }
                    }
                    #expect(known.size == 15)
                }
            }
        }
    }

    @Test("a checkpoint that was verified needs no proof when it is shown again")
    func once() async throws {
        try await Consortium().withNode { honest in
            try await honest.connected { try await $0.submit([TestRecord("A-0")]) }
            try await LyingNode.before(honest) { lying in
                try await lying.node.connected { peer in
                    let known = try await peer.client.checkpoint()
                    lying.lies.change(LogMethods.getCheckpoint) {
                        (answer: inout GetCheckpointResponse) in
                        answer.checkpoint.consistencyProof = [.stranger, .stranger]
                    }
                    #expect(try await peer.client.checkpoint() == known)
                    try await honest.connected { try await $0.submit([TestRecord("A-1")]) }
                    await expectRefusal(.wrongProof) { _ = try await peer.client.checkpoint() }
                }
            }
        }
    }

    @Test("64 submissions under way at once all verify, and were one history")
    func concurrent() async throws {
        try await Consortium().withNode { node in
            try await node.connected { peer in
                #expect(try await peer.client.settledCheckpoints().isEmpty)
                let receipts = try await withThrowingTaskGroup(of: SubmissionReceipt.self) {
                    group in
                    for number in 0..<64 {
                        group.addTask { try await peer.submit([TestRecord("N-\(number)")]) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let indexes = receipts.compactMap { $0.leafIndex(at: 0) }
                #expect(indexes.sorted() == (0..<64).map { UInt64($0) })
                #expect(receipts.allSatisfy { $0.appended == 1 })
                let settled = try #require(try await peer.client.settledCheckpoints().first)
                #expect(settled.head.size == 64)
                #expect(try await peer.client.checkpoint() == settled)
            }
        }
    }
}
