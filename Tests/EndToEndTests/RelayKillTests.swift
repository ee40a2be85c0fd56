import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import Foundation
import Testing

@Suite("A chain of nodes that are killed while the network breaks")
struct RelayKillTests {
    private static let isLong = ProcessInfo.processInfo.environment["DOSSIER_LONG_TESTS"] == "1"
    private static let row = ["kr", "us", "jp", "gb"]
    /// How many kills and cuts there are.
    private static let disturbances = isLong ? 500 : 12

    private static let seed: UInt64 =
        ProcessInfo.processInfo.environment["DOSSIER_SEED"].flatMap(UInt64.init)
        ?? UInt64.random(in: 0..<1_000_000)

    private static func areNeighbours(_ first: String, _ second: String) -> Bool {
        abs((self.row.firstIndex(of: first) ?? 0) - (self.row.firstIndex(of: second) ?? 0)) == 1
    }

    @Test("its ends agree on every released record, and every audit is clean")
    func kills() async throws {
        try await Consortium.with(Self.row, knows: Self.areNeighbours) { consortium in
            let desks = Self.row.enumerated().map { offset, organisation in
                Desk(
                    of: organisation, audience: .neighbours(in: Self.row),
                    seed: Self.seed &* 8 &+ UInt64(offset))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for desk in desks { group.addTask { try await desk.work(consortium) } }
                group.addTask {
                    var generator = SeededGenerator(seed: Self.seed &* 8 &+ 7)
                    for _ in 0..<Self.disturbances {
                        try await consortium.disturb(&generator)
                    }
                    for desk in desks { await desk.close() }
                }
                do { try await group.waitForAll() } catch {
                    for desk in desks { await desk.close() }
                    throw error
                }
            }
            for proxy in consortium.proxies.values { proxy.mend() }
            var acknowledged = 0
            for desk in desks { acknowledged += await desk.acknowledged }
            #expect(acknowledged > 0, "seed \(Self.seed)")
            try await consortium.expectAgreement(Self.seed, within: .seconds(90))
            try await Self.audit(consortium)
            print(
                "\(Self.disturbances) kills and cuts, \(acknowledged) versions, seed \(Self.seed)")
        }
    }

    private static func audit(_ consortium: Consortium) async throws {
        for holder in self.row {
            for origin in self.row {
                let mirror = holder == origin ? [] : ["--mirror", origin]
                let audit = try await consortium.program(holder).run(
                    ["audit", "--data", holder, "--organisation", holder] + mirror)
                #expect(
                    audit.status == 0,
                    "seed \(self.seed): \(origin)'s log at \(holder): \(audit.text) \(audit.errors)"
                )
            }
        }
    }
}
