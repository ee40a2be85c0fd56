import DossierAPI
import DossierClient
import DossierCore
import Foundation

/// Inclusion proofs of leaves anywhere in the log, and checkpoints: reading them from a large log
/// must cost little more than from a small one.
enum ProofBenchmark {
    private static let calls = 100_000
    private static let smallSize = 10_000

    /// What was measured at a log of one size.
    struct Figures {
        var proofs: Load
        var checkpoints: Load
    }

    /// Asks a node whose log has so many leaves.
    static func measure(_ size: Int, _ node: Program, at site: Site) throws -> Figures? {
        guard let generator = site.peer(".build/grpc-load") else {
            Console.missing("grpc-load", "make -C Benchmarks/Peers")
            return nil
        }
        Console.progress("asking for proofs at \(size) leaves")
        let proofs = site.folder.appending(path: "proof-requests")
        var generatorState = SystemRandomNumberGenerator()
        try MessageFile.write(self.calls, to: proofs) { _ in
            let index = UInt64.random(in: 0..<UInt64(size), using: &generatorState)
            return try GetInclusionProofRequest(leafIndex: index, treeSize: UInt64(size)).encoded()
        }
        let checkpoints = site.folder.appending(path: "checkpoint-requests")
        try MessageFile.write(self.calls, to: checkpoints) { _ in
            try GetCheckpointRequest(knownSize: 0).encoded()
        }
        return Figures(
            proofs: try Load.run(
                generator, at: site, on: node.port, "/dossier.v1.LogService/GetInclusionProof",
                messages: proofs),
            checkpoints: try Load.run(
                generator, at: site, on: node.port, "/dossier.v1.LogService/GetCheckpoint",
                messages: checkpoints))
    }

    /// Sets a large log's figures beside those of a small one.
    static func compare(
        _ large: Figures?, at site: Site, into table: inout Table
    ) async throws {
        guard let large else { return }
        let node = try site.startNode("small")
        defer { node.stop() }
        let records = site.folder.appending(path: "small-records")
        try MessageFile.write(self.smallSize, to: records) { try Sample.record($0).encoded() }
        try await site.connected(to: node) { try await BulkBenchmark.submit(records, to: $0) }
        guard let small = try self.measure(self.smallSize, node, at: site) else { return }
        let name = "\(self.smallSize) leaves"
        table.add(
            "inclusion proof, anywhere in the log", 1e6 / large.proofs.perSecond, .microseconds,
            against: name, 1e6 / small.proofs.perSecond, goal: "<= 1.5")
        table.add(
            "checkpoint", 1e6 / large.checkpoints.perSecond, .microseconds, against: name,
            1e6 / small.checkpoints.perSecond, goal: "<= 1.5")
    }
}
