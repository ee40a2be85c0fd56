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
    ///
    /// - Parameter isRelayed: whether logs come through other nodes. A notice of a version that a
    ///   node in between never had does not pass it: it cannot tell whom the version named. Then
    ///   nobody behind it has that version, and nothing is to be hidden there.
    func expectAgreement(
        _ seed: UInt64, within limit: Duration = .seconds(30), isRelayed: Bool = false
    ) async throws {
        let start = ContinuousClock.now
        for reader in self.organisations {
            for originator in self.organisations where originator != reader {
                var (here, there): ([Answer], [Answer]) = ([], [])
                repeat {
                    here = try await self.answers(reader, at: reader, originator)
                    there = try await self.answers(reader, at: originator, originator)
                    if isRelayed { there = Self.without(loneNoticesOf: there, in: here) }
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

    /// Answers, without notices of findings of which others have nothing.
    private static func without(
        loneNoticesOf answers: [Answer], in others: [Answer]
    ) -> [Answer] {
        let known = Set(others.map(\.reference))
        let shown = Set(answers.filter { $0.standing != .notice }.map(\.reference))
        return answers.filter { known.contains($0.reference) || shown.contains($0.reference) }
    }

    /// One record that a node has for somebody.
    private struct Answer: Hashable, Comparable, CustomStringConvertible {
        var id: RecordID
        var reference: String
        var version: UInt32
        var leafIndex: UInt64
        var standing: Standing

        var description: String {
            "\(self.reference)@\(self.version), leaf \(self.leafIndex), \(self.standing.name)"
        }

        static func < (one: Self, other: Self) -> Bool { one.leafIndex < other.leafIndex }
    }

    /// Everything that a node has of an originator for somebody, in log order.
    private func answers(
        _ reader: String, at place: String, _ originator: String
    ) async throws -> [Answer] {
        var filter = Filter()
        filter.originators = [originator]
        filter.allVersions = true
        let request = ListRequest(filter: filter)
        return try await self.connected(as: reader, at: place) { client in
            var answers: [Answer] = []
            _ = try await client.list(request) { record in
                let facts = RecordCheck.check(record.bytes).facts
                answers.append(
                    Answer(
                        id: record.id, reference: facts.reference, version: facts.version,
                        leafIndex: record.leafIndex, standing: record.standing))
            }
            return answers
        }
    }
}
