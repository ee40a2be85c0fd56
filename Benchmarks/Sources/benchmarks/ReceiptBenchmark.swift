import DossierAPI
import DossierClient
import Foundation
import Synchronization

/// How long it takes from sending a record to holding its receipt, verified: signed by its
/// originator, durable, proven under a signed checkpoint that goes on from the one before.
enum ReceiptBenchmark {
    private static let callsInFlight = 64

    /// Which request is next.
    private final class Counter: Sendable {
        private let next = Atomic(0)

        func take() -> Int { self.next.add(1, ordering: .relaxed).oldValue }
    }

    static func run(_ count: Int, at site: Site, into table: inout Table) async throws {
        Console.progress("signing \(count) records")
        let signer = try SingleBenchmark.Signer(at: site)
        let requests = try (0..<count).map { try signer.request($0) }
        let node = try site.startNode("receipts")
        defer { node.stop() }
        let clock = ContinuousClock()
        let start = clock.now
        let times = try await site.connected(to: node) { client in
            let times = try await self.submit(requests, to: client)
            // Answers that crossed each other are proven to be one history as well.
            _ = try await client.settledCheckpoints()
            return times
        }
        let seconds = (clock.now - start).seconds
        let sorted = times.sorted()
        table.add(
            "submit one record until its receipt is verified, \(self.callsInFlight) in flight",
            Double(count) / seconds, .perSecond, goal: "")
        table.add(
            "99 of 100 verified within", 1_000 * sorted[sorted.count * 99 / 100], .milliseconds,
            goal: "<= 25 ms")
    }

    private static func submit(
        _ requests: [SubmitRequest], to client: ExchangeClient
    ) async throws -> [Double] {
        let next = Counter()
        return try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<self.callsInFlight {
                group.addTask {
                    let clock = ContinuousClock()
                    var times: [Double] = []
                    while case let index = next.take(), index < requests.count {
                        let start = clock.now
                        _ = try await client.submit(requests[index])
                        times.append((clock.now - start).seconds)
                    }
                    return times
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }
}
