import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import Foundation
import Testing

extension Consortium {
    /// Does one bad thing, and makes it good again.
    func disturb(_ generator: inout SeededGenerator) async throws {
        let kind = Int.random(in: 0..<8, using: &generator)
        let pause = Duration.milliseconds(Int.random(in: 20..<250, using: &generator))
        // In an order of its own: that of a dictionary is another in each process.
        let ways = self.proxies.keys.sorted { ($0.from, $0.to) < ($1.from, $1.to) }
        guard let way = ways.randomElement(using: &generator) else { return }
        let proxy = try self.proxy(way.from, way.to)
        switch kind {
        case 0...2:
            await self.stop(way.from, SIGKILL)
            try await Task.sleep(for: pause)
            try await self.start(way.from)
        case 3, 4: proxy.cut()
        case 5:
            proxy.refuse(true)
            proxy.cut()
            try await Task.sleep(for: pause)
            proxy.refuse(false)
        case 6:
            let direction: Proxy.Direction =
                Bool.random(using: &generator) ? .toNode : .fromNode
            proxy.stop(direction, true)
            try await Task.sleep(for: pause)
            if Bool.random(using: &generator) { proxy.cut() }
            proxy.stop(direction, false)
        default:
            proxy.throttle(Int.random(in: 500..<5_000, using: &generator))
            try await Task.sleep(for: pause)
            proxy.throttle(nil)
        }
        try await Task.sleep(for: pause)
    }

    /// Expects that each node answers its own people what each originator's node answers them.
    func expectAgreement(_ seed: UInt64, within limit: Duration = .seconds(30)) async throws {
        let start = ContinuousClock.now
        for reader in self.organisations {
            for originator in self.organisations where originator != reader {
                var (here, there): ([String], [String]) = ([], [])
                repeat {
                    here = try await self.answers(reader, at: reader, originator)
                    there = try await self.answers(reader, at: originator, originator)
                    if here == there { break }
                    try await Task.sleep(for: .milliseconds(50))
                } while start.duration(to: .now) < limit
                let differing = Set(here).symmetricDifference(there).sorted()
                #expect(
                    here == there,
                    "seed \(seed): \(reader)'s node of \(originator)'s records: \(differing)")
                #expect(Set(here).count == here.count, "seed \(seed): a record is there twice")
                let status = try await self.status(reader, of: originator)
                #expect(status.evidence.isEmpty, "seed \(seed): \(status.error)")
            }
        }
    }

    /// Everything that a node has of an originator for somebody, in log order.
    private func answers(
        _ reader: String, at place: String, _ originator: String
    ) async throws -> [String] {
        var filter = Filter()
        filter.originators = [originator]
        filter.allVersions = true
        let request = ListRequest(filter: filter)
        return try await self.connected(as: reader, at: place) { client in
            var answers: [String] = []
            _ = try await client.list(request) { record in
                let facts = RecordCheck.check(record.bytes).facts
                answers.append(
                    "\(record.id) \(facts.reference)@\(facts.version) \(record.logOrigin) "
                        + "\(record.leafIndex) \(record.standing.name)")
            }
            return answers
        }
    }
}
