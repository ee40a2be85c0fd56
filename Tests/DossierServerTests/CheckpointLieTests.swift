import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import GRPCWire
import MerkleLog
import Testing

/// A call whose answer has a checkpoint.
struct CheckedCall: Sendable, CustomStringConvertible {
    typealias Change = @Sendable (inout ProvenCheckpoint) throws -> Void

    let description: String
    /// Has the checkpoint of the answer changed.
    let tell: @Sendable (Lies, @escaping Change) -> Void
    /// Makes the call; `number` is another each time.
    let call: @Sendable (TestPeer, _ number: Int) async throws -> Void

    static let all: [CheckedCall] = [
        CheckedCall(description: "Submit") { lies, change in
            lies.change(Exchange.submit) { (answer: inout SubmitResponse) in
                try change(&answer.receipt.checkpoint)
            }
        } call: { peer, number in
            try await peer.submit([TestRecord("C-\(number)")])
        },
        CheckedCall(description: "SubmitStream") { lies, change in
            lies.change(Exchange.submitStream) { (answer: inout SubmitStreamResponse) in
                guard case .logged(var receipt) = answer else { return }
                try change(&receipt.checkpoint)
                answer = .logged(receipt)
            }
        } call: { peer, number in
            try await peer.stream([TestRecord("C-\(number)")])
        },
        CheckedCall(description: "Get") { lies, change in
            lies.change(Exchange.get) { (answer: inout GetResponse) in
                try change(&answer.checkpoint)
            }
        } call: { peer, _ in
            _ = try await peer.get("A-0")
        },
        CheckedCall(description: "List") { lies, change in
            lies.change(Exchange.list) { (answer: inout ListResponse) in
                try change(&answer.checkpoint)
            }
        } call: { peer, _ in
            _ = try await peer.list()
        },
        CheckedCall(description: "GetCheckpoint") { lies, change in
            lies.change(LogMethods.getCheckpoint) { (answer: inout GetCheckpointResponse) in
                try change(&answer.checkpoint)
            }
        } call: { peer, _ in
            _ = try await peer.client.checkpoint()
        },
    ]
}

@Suite("A node that lies about its log")
struct CheckpointLieTests {
    @Test("is caught by every call, and told what it did", arguments: CheckedCall.all)
    func caught(call: CheckedCall) async throws {
        try await Consortium().withNode { honest in
            try await honest.connected { kr in
                try await kr.submit((0..<3).map { TestRecord("A-\($0)") })
                let earlier = try await kr.client.checkpoint()
                try await kr.submit([TestRecord("B")])
                try await LyingNode.before(honest) { lying in
                    for (number, lie) in FalseCheckpoint.all.enumerated() {
                        lying.lies.end()
                        try await lying.node.connected { peer in
                            let known = try await peer.client.checkpoint()
                            try await kr.submit([TestRecord("D-\(number)")])
                            let context = FalseCheckpoint.Context(known: known, earlier: earlier)
                            call.tell(lying.lies) { try lie.change(&$0, context) }
                            await expectRefusal(lie.code, "\(lie)") {
                                try await call.call(peer, number)
                            }
                            // The truth is taken afterwards as before.
                            lying.lies.end()
                            try await call.call(peer, 100 + number)
                        }
                    }
                }
            }
        }
    }

    @Test("a conflict comes with both checkpoints, for everybody to see", arguments: [4, 9])
    func evidence(size: UInt64) async throws {
        try await Consortium().withNode { honest in
            try await honest.connected { kr in
                try await kr.submit((0..<4).map { TestRecord("A-\($0)") })
            }
            try await LyingNode.before(honest) { lying in
                try await lying.node.connected { peer in
                    let known = try await peer.client.checkpoint()
                    let length = Tree.consistencyProofLength(from: 4, to: size)
                    let forged = try FalseCheckpoint.forged(
                        size, proof: .init(repeating: .stranger, count: length))
                    lying.lies.change(LogMethods.getCheckpoint) {
                        (answer: inout GetCheckpointResponse) in answer.checkpoint = forged
                    }
                    let error = await expectRefusal(.splitView) {
                        _ = try await peer.client.checkpoint()
                    }
                    let conflict = try #require(error?.cause as? CheckpointConflict)
                    #expect(conflict.known == known.bytes)
                    #expect(conflict.shown == forged.checkpoint)
                }
            }
        }
    }

    @Test("a node that has less of the log than was seen is told so, before anything is logged")
    func lostLeaves() async throws {
        try await Consortium().withNode { node in
            let beyond = try TestLogKey.signer(of: TestNode.logOrigin)
                .sign(TreeHead(size: 9, root: Digest.stranger))
            try await node.connected { try await $0.submit([TestRecord("A-0")]) }
            for call in CheckedCall.all {
                try await node.connected(configuring: { $0.known = [beyond] }) { peer in
                    await expectRefusal(.olderCheckpoint, "\(call)") {
                        try await call.call(peer, 1)
                    }
                }
            }
            #expect(try await node.references(as: "kr") == ["A-0"])
        }
    }
}
