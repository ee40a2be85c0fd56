import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import Foundation
import Testing

@Suite("Mirrors while nodes are killed and the network breaks")
struct SyncKillTests {
    private static let isLong = ProcessInfo.processInfo.environment["DOSSIER_LONG_TESTS"] == "1"
    private static let organisations = ["kr", "us", "jp"]
    /// How long it goes on.
    private static let span = Duration.milliseconds(isLong ? 4_000 : 2_000)

    /// A seed can be given, to see a failure again: what is done is the same then, and its timing
    /// nearly so.
    private static let seeds: [UInt64] = {
        if let seed = ProcessInfo.processInfo.environment["DOSSIER_SEED"].flatMap(UInt64.init) {
            return [seed]
        }
        return (0..<(isLong ? 100 : 2)).map { _ in UInt64.random(in: 0..<1_000_000) }
    }()

    @Test("after it has stopped each node answers what the originators' nodes answer")
    func kills() async throws {
        for seed in Self.seeds { try await Self.run(seed) }
    }

    private static func run(_ seed: UInt64) async throws {
        try await Consortium.with(self.organisations) { consortium in
            let desks = self.organisations.enumerated().map { offset, organisation in
                Desk(
                    of: organisation, audience: .any(of: self.organisations),
                    seed: seed &* 4 &+ UInt64(offset))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for desk in desks { group.addTask { try await desk.work(consortium) } }
                group.addTask {
                    try await self.disturb(consortium, desks, seed)
                    for desk in desks { await desk.close() }
                }
                do { try await group.waitForAll() } catch {
                    for desk in desks { await desk.close() }
                    throw error
                }
            }
            for proxy in consortium.proxies.values { proxy.mend() }
            try await consortium.expectAgreement(seed)
        }
    }

    /// Does bad things until enough was submitted meanwhile.
    private static func disturb(
        _ consortium: Consortium, _ desks: [Desk], _ seed: UInt64
    ) async throws {
        var generator = SeededGenerator(seed: seed &* 4 &+ 3)
        let start = ContinuousClock.now
        var acknowledged = 0
        // A machine that is busy with other tests takes its time.
        while start.duration(to: .now) < (acknowledged < 10 ? .seconds(60) : self.span) {
            try await consortium.disturb(&generator)
            acknowledged = 0
            for desk in desks { acknowledged += await desk.acknowledged }
        }
        #expect(acknowledged >= 10, "seed \(seed)")
    }
}
