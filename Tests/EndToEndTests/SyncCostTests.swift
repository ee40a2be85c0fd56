import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import Foundation
import Testing

@Suite("What sync costs on the wire", .serialized)
struct SyncCostTests {
    private static let isLong = ProcessInfo.processInfo.environment["DOSSIER_LONG_TESTS"] == "1"
    /// How many records there are.
    private static let recordCount = isLong ? 20_000 : 1_000
    /// What a round with nothing new may cost, both ways together.
    private static let idleLimit = 4 * 1_024

    /// Kr and us, with the records mirrored, and the proxy between them.
    private static func withMirror(
        _ count: Int, _ body: (Consortium, Proxy) async throws -> Void
    ) async throws {
        try await Consortium.with(["kr", "us"]) { consortium in
            try await self.submit(consortium, self.records(count, "C"))
            try await self.expectMirrored(consortium, UInt64(count))
            try await body(consortium, consortium.proxy("us", "kr"))
        }
    }

    private static func records(
        _ count: Int, _ prefix: String, to readers: [String] = ["us"]
    ) -> [TestRecord] {
        (0..<count).map { .ofUsualSize("\(prefix)-\($0)", to: readers) }
    }

    /// Submits records in batches of 100.
    private static func submit(_ consortium: Consortium, _ records: [TestRecord]) async throws {
        let analyst = try Analyst(consortium.scene("kr"))
        let plan = try analyst.plan(
            stride(from: 0, to: records.count, by: 100).map {
                Array(records[$0..<min($0 + 100, records.count)])
            })
        try await consortium.connected(as: "kr") { client in
            try await client.submit(plan) { _ = try $1.get() }
        }
    }

    private static func expectMirrored(_ consortium: Consortium, _ count: UInt64) async throws {
        try await consortium.eventually(within: .seconds(120), "\(count) leaves mirrored") {
            try await consortium.status("us", of: "kr").mirrored == count
        }
    }

    @Test("a round with nothing new costs at most 4 KiB on an open connection")
    func idle() async throws {
        try await Self.withMirror(Self.recordCount) { consortium, proxy in
            try await consortium.connected(as: "us", "operator") { client in
                // The first may still find what the back-fill left.
                _ = try await client.syncOnce(["kr"])
                var costs: [Int] = []
                for _ in 0..<8 {
                    let (before, opened) = (proxy.bytes, proxy.opened)
                    let report = try await client.syncOnce(["kr"])
                    #expect(report.peers.first?.error == "")
                    // The call that follows on the round belongs to its cost.
                    try await Task.sleep(for: .milliseconds(150))
                    costs.append((proxy.bytes - before).both)
                    #expect(proxy.opened == opened, "the connection was not the open one")
                }
                print("idle round of \(Self.recordCount) records: \(costs) bytes")
                // A heartbeat may fall into one, and more than one would take a minute.
                #expect(costs.sorted().dropLast().allSatisfy { $0 <= Self.idleLimit }, "\(costs)")
                #expect(costs.allSatisfy { $0 > 0 })
            }
        }
    }

    @Test("new records cost a tenth more than they are long, and withheld ones their hashes")
    func new() async throws {
        try await Self.withMirror(200) { consortium, proxy in
            for withheld in [0, 400] {
                let new = Self.records(1_000, "N\(withheld)")
                let hidden = Self.records(withheld, "H\(withheld)", to: ["jp"])
                let length = try new.reduce(0) { try $0 + $1.encoded.count }
                let mirrored = try await consortium.status("us", of: "kr").mirrored
                let (before, opened) = (proxy.bytes, proxy.opened)
                try await Self.submit(consortium, hidden + new)
                try await Self.expectMirrored(
                    consortium, mirrored + UInt64(new.count + withheld))
                try await Task.sleep(for: .milliseconds(200))
                let cost = (proxy.bytes - before).both
                #expect(proxy.opened == opened, "the connection was not the open one")
                let ratio = Double(cost - 32 * withheld) / Double(length)
                print(
                    "\(new.count) new records of \(length / new.count) bytes, \(withheld) withheld: "
                        + "\(cost) bytes, ratio \(ratio)")
                #expect(
                    Double(cost) <= 1.1 * Double(length) + 10 * 1_024 + 32 * Double(withheld),
                    "\(cost) bytes for \(length)")
            }
        }
    }
}
