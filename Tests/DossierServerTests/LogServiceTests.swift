import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import GRPCWire
import MerkleLog
import Testing

@Suite("The log service")
struct LogServiceTests {
    /// Runs kr's node with a log of so many leaves; gives their hashes by the oracle.
    private static func withLog(
        of size: Int, _ body: (TestNode, TestPeer, ProofOracle, [Digest]) async throws -> Void
    ) async throws {
        let records = (0..<size).map { TestRecord("L-\($0)") }
        try await Consortium().withNode { node in
            try await node.connected { kr in
                // In batches of several sizes: frames and trees do not end at the same places.
                var rest = records[...]
                var count = 1
                while !rest.isEmpty {
                    try await kr.submit(Array(rest.prefix(count)))
                    rest = rest.dropFirst(count)
                    count += 1
                }
                let leaves = try records.map { TreeOracle.leafHash(try $0.encoded) }
                try await body(node, kr, ProofOracle(leaves), leaves)
            }
        }
    }

    private static func inclusion(_ index: Int, _ size: Int) throws -> [UInt8] {
        try GetInclusionProofRequest(leafIndex: UInt64(index), treeSize: UInt64(size)).encoded()
    }

    private static func consistency(_ first: Int, _ second: Int) throws -> [UInt8] {
        try GetConsistencyProofRequest(firstSize: UInt64(first), secondSize: UInt64(second))
            .encoded()
    }

    @Test("proofs of inclusion and growth are the oracle's, for every index and size")
    func proofs() async throws {
        try await Self.withLog(of: 24) { _, kr, oracle, _ in
            let checkpoint = try await kr.client.checkpoint()
            #expect(checkpoint.head == TreeHead(size: 24, root: oracle.root(24)))
            for size in 1...24 {
                for index in 0..<size {
                    let answer = try await kr.grpc.unary(
                        LogMethods.getInclusionProof, Self.inclusion(index, size))
                    let proof = try HashList.inclusionProof(decoding: answer)
                    #expect(proof == oracle.path(index, size), "leaf \(index) of \(size)")
                }
                for first in 0...size {
                    let answer = try await kr.grpc.unary(
                        LogMethods.getConsistencyProof, Self.consistency(first, size))
                    let proof = try HashList.consistencyProof(decoding: answer)
                    #expect(proof == oracle.consistency(first, size), "\(first) to \(size)")
                }
            }
        }
    }

    @Test("leaf hashes are those of the records in order, cut short only where the log ends")
    func leafHashes() async throws {
        try await Self.withLog(of: 21) { _, kr, _, leaves in
            for (first, count) in [(0, 1), (0, 21), (20, 1), (5, 9), (5, 17), (20, 65_536)] {
                let answer = try await kr.grpc.unary(
                    LogMethods.getLeafHashes,
                    GetLeafHashesRequest(firstIndex: UInt64(first), count: count).encoded())
                let end = min(first + count, 21)
                #expect(
                    try HashList.leafHashes(decoding: answer) == Array(leaves[first..<end]),
                    "\(count) from \(first) on")
            }
        }
    }

    @Test("what the log has not reached is out of range, and what makes no sense is refused")
    func refusals() async throws {
        try await Self.withLog(of: 5) { _, kr, _, _ in
            let (outOfRange, invalid) = (StatusCode.outOfRange, StatusCode.invalidArgument)
            let leafHashes = { (first: UInt64, count: Int) in
                try GetLeafHashesRequest(firstIndex: first, count: count).encoded()
            }
            let far = UInt64.max
            let requests: [(StatusCode, MethodPath, [UInt8])] = [
                (outOfRange, LogMethods.getInclusionProof, try Self.inclusion(5, 5)),
                (outOfRange, LogMethods.getInclusionProof, try Self.inclusion(0, 6)),
                (outOfRange, LogMethods.getInclusionProof, try Self.inclusion(0, 0)),
                (
                    outOfRange, LogMethods.getInclusionProof,
                    try GetInclusionProofRequest(leafIndex: far, treeSize: far).encoded()
                ),
                (outOfRange, LogMethods.getConsistencyProof, try Self.consistency(0, 6)),
                (
                    outOfRange, LogMethods.getConsistencyProof,
                    try GetConsistencyProofRequest(firstSize: far, secondSize: far).encoded()
                ),
                (outOfRange, LogMethods.getLeafHashes, try leafHashes(5, 1)),
                (outOfRange, LogMethods.getLeafHashes, try leafHashes(far, 65_536)),
                (
                    outOfRange, LogMethods.getCheckpoint,
                    try GetCheckpointRequest(knownSize: 6).encoded()
                ),
                (invalid, LogMethods.getConsistencyProof, try Self.consistency(3, 2)),
                (invalid, LogMethods.getLeafHashes, try leafHashes(0, 0)),
                (invalid, LogMethods.getLeafHashes, try leafHashes(0, 65_537)),
            ]
            for (number, (code, method, request)) in requests.enumerated() {
                let status = try await kr.refusal(of: method, request)
                #expect(status.code == code, "\(number): \(method), \(status)")
            }
            for method in [
                LogMethods.getCheckpoint, LogMethods.getInclusionProof,
                LogMethods.getConsistencyProof, LogMethods.getLeafHashes,
            ] {
                let status = try await kr.refusal(of: method, [0x08])
                #expect(status.code == invalid, "\(method)")
            }
        }
    }

    @Test("whoever submits, reads, mirrors or audits may ask; other people may not")
    func roles() async throws {
        let roles: TestMembers.Roles = [
            ("person/analyst", ["submitter"]), ("person/root", ["admin"]), ("node/*", ["node"]),
        ]
        try await Consortium(roles: roles).withNode { node in
            let requests: [(MethodPath, [UInt8])] = [
                (LogMethods.getCheckpoint, try GetCheckpointRequest(knownSize: 0).encoded()),
                (LogMethods.getInclusionProof, try Self.inclusion(0, 1)),
                (LogMethods.getConsistencyProof, try Self.consistency(0, 1)),
                (
                    LogMethods.getLeafHashes,
                    try GetLeafHashesRequest(firstIndex: 0, count: 1).encoded()
                ),
            ]
            try await node.connected { kr in
                try await kr.submit([TestRecord("L-0")])
                for (method, request) in requests { _ = try await kr.grpc.unary(method, request) }
            }
            for name in ["root", "stranger"] {
                try await node.connected(as: "us", name) { peer in
                    for (method, request) in requests {
                        let status = try await peer.refusal(of: method, request)
                        #expect(status.code == .permissionDenied, "\(name): \(method)")
                        #expect(status.message.contains("person/\(name)"))
                    }
                }
            }
        }
        try await Consortium().withNode { node in
            for name in ["reader", "submitter", "analyst", "nobody"] {
                try await node.connected(as: "us", name) { peer in
                    let checkpoint = try await peer.client.checkpoint()
                    #expect(checkpoint.head == .empty)
                }
            }
        }
    }
}
