import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import Foundation
import Synchronization
import Testing

/// What was submitted by clients that a killed node may have answered or not.
private final class Ledger: Sendable {
    private struct State {
        var acknowledged: [String: UInt64] = [:]
        var killAt = Int.max
        var node: ServedNode?
    }

    private let state = Mutex(State())

    /// Leaf index by reference of everything that was acknowledged.
    var acknowledged: [String: UInt64] { self.state.withLock { $0.acknowledged } }

    /// Kills a node once so many more records are acknowledged.
    func kill(_ node: ServedNode, after count: Int) {
        self.state.withLock { state in
            state.node = node
            state.killAt = state.acknowledged.count + count
        }
    }

    /// Notes what a receipt says; a place that was acknowledged before must not have changed.
    func note(_ batch: SubmissionPlan.PlannedBatch, _ receipt: SubmissionReceipt) {
        let places = batch.batch.records.enumerated().map { position, record in
            (
                reference: RecordCheck.check(record).facts.reference,
                leafIndex: receipt.leafIndex(at: position)
            )
        }
        let victim = self.state.withLock { state -> ServedNode? in
            for place in places {
                let known = state.acknowledged.updateValue(
                    place.leafIndex ?? .max, forKey: place.reference)
                #expect(known == nil || known == place.leafIndex, "\(place.reference) moved")
            }
            guard state.acknowledged.count >= state.killAt else { return nil }
            state.killAt = .max
            return state.node
        }
        victim?.send(SIGKILL)
    }
}

@Suite("A node that is killed")
struct KillTests {
    private static let kills =
        ProcessInfo.processInfo.environment["DOSSIER_LONG_TESTS"] == "1" ? 100 : 20
    private static let clients = 3

    @Test("SIGKILL under load: no acknowledged record is lost, none is there twice, order is kept")
    func kills() async throws {
        try await Scene.with { scene in
            let analyst = try Analyst(scene)
            let ledger = Ledger()
            var generator = SystemRandomNumberGenerator()
            var next = [Int](repeating: 0, count: Self.clients)
            for round in 0..<Self.kills {
                let node = try await ServedNode.start(scene)
                if round % 5 == 4 { try await Self.expectComplete(analyst, node, ledger) }
                ledger.kill(node, after: Int.random(in: 1...150, using: &generator))
                next = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
                    for (client, first) in next.enumerated() {
                        group.addTask {
                            let last = try await Self.submit(
                                client, from: first, analyst, node, ledger)
                            return (client, last)
                        }
                    }
                    return try await group.reduce(into: next) { $0[$1.0] = $1.1 }
                }
                #expect(await node.end(SIGKILL) == 128 + SIGKILL)
            }
            #expect(ledger.acknowledged.count >= Self.kills)
            let node = try await ServedNode.start(scene)
            try await Self.expectComplete(analyst, node, ledger)
            #expect(await node.end(SIGTERM) == 0)
        }
    }

    /// Submits batches one after the other until the node is gone; gives the number of the first
    /// that was not acknowledged, which is submitted again after the restart.
    private static func submit(
        _ client: Int, from first: Int, _ analyst: Analyst, _ node: ServedNode, _ ledger: Ledger
    ) async throws -> Int {
        var number = first
        do {
            return try await analyst.connected(to: node) { connection in
                while true {
                    // The first client streams, the others ask for one receipt at a time.
                    let batches = (number..<number + (client == 0 ? 16 : 1)).map { batch in
                        (0..<1 + batch % 5).map { TestRecord("K-\(client)-\(batch)-\($0)") }
                    }
                    try await connection.submit(analyst.plan(batches)) { batch, result in
                        try ledger.note(batch, result.get())
                        number += 1
                    }
                }
            }
        } catch let error as ExchangeError {
            #expect(
                error.code == .unavailable || error.code == .failed, "\(String(reflecting: error))")
            return number
        }
    }

    /// Expects everything that was acknowledged where it was acknowledged, once, and the batches of
    /// a client that waits for each receipt in the order they were submitted.
    private static func expectComplete(
        _ analyst: Analyst, _ node: ServedNode, _ ledger: Ledger
    ) async throws {
        let listed = try await analyst.list(node)
        #expect(listed.map(\.leafIndex) == listed.indices.map { UInt64($0) })
        let places = Dictionary(grouping: listed, by: \.reference)
        #expect(places.allSatisfy { $0.value.count == 1 }, "a record is there twice")
        for (reference, leafIndex) in ledger.acknowledged {
            #expect(places[reference]?.first?.leafIndex == leafIndex, "\(reference)")
        }
        // Batches of a stream are logged side by side; those of the other clients in turn.
        for client in 1..<Self.clients {
            let order = listed.map(\.reference).filter { $0.hasPrefix("K-\(client)-") }
                .compactMap { Int($0.split(separator: "-")[2]) }
            #expect(order == order.sorted(), "client \(client)'s batches are out of order")
        }
    }
}
