import DossierAPI
import DossierClient
import DossierTestSupport
import Foundation
import Testing

@Suite("A follower that reads slowly, beside fast ones", .serialized)
struct SlowFollowerTests {
    private static let isLong = ProcessInfo.processInfo.environment["DOSSIER_LONG_TESTS"] == "1"
    private static let fastReaders = 10
    /// How much longer a pass of the fast readers may take beside the slow one: machines are noisy.
    private static let slowdown = 2.0
    /// How long the slow one reads, and how much there is to read.
    private static let span = Duration.seconds(isLong ? 600 : 2)
    private static let recordCount = isLong ? 1_000 : 60
    /// Long records: it is their bytes that matter here.
    private static let recordBytes = 64_000
    private static let memoryLimit = 32 * 1_024 * 1_024
    private static let logOrigin = "msmt.example/dossier/kr/1"

    @Test("costs the node no more than 32 MiB, and the others no time")
    func slow() async throws {
        try await Consortium.with(["kr", "us"], unstarted: ["us"]) { consortium in
            let slow = try consortium.proxy("us", "kr")
            slow.throttle(50_000)
            try await Self.fill(consortium)
            let node = try consortium.node("kr")
            let reader = try Analyst(consortium.scene("us"), of: "us", "node")
            // The first pass is for what the node keeps anyway.
            let bytes = try await Self.pass(reader, node)
            let alone = try await ContinuousClock().measure {
                _ = try await Self.pass(reader, node)
            }
            let before = try node.residentBytes

            try await consortium.start("us")
            try await consortium.eventually("the slow reader has begun") {
                slow.bytes.fromNode > 10_000
            }
            // Slower only now: the handshake alone would take seconds.
            slow.throttle(1_000)
            let end = ContinuousClock.now + Self.span
            var most = 0
            var beside: [Duration] = []
            repeat {
                var read = 0
                let took = try await ContinuousClock().measure {
                    read = try await Self.pass(reader, node)
                }
                #expect(read == bytes)
                beside.append(took)
                most = max(most, try node.residentBytes)
                if Self.isLong { try await Task.sleep(for: .seconds(5)) }
            } while .now < end
            let median = beside.sorted()[beside.count / 2]
            print(
                "slow follower: \(bytes) bytes to read, \(slow.bytes.fromNode) read; memory "
                    + "\(before / 1_024) KiB before, at most \(most / 1_024) KiB; a fast pass \(alone) "
                    + "alone, \(median) beside (median of \(beside.count))")
            #expect(slow.bytes.fromNode < bytes / 10, "it was not slow")
            #expect(most - before <= Self.memoryLimit, "\(before) bytes, then \(most)")
            // In the short form other tests take the time.
            if Self.isLong { #expect(median / alone <= Self.slowdown, "\(alone), \(beside)") }
        }
    }

    /// Submits long records of kr, released to us.
    private static func fill(_ consortium: Consortium) async throws {
        let analyst = try Analyst(consortium.scene("kr"))
        let records = (0..<self.recordCount).map {
            TestRecord.ofUsualSize("M-\($0)", to: ["us"], narrativeBytes: self.recordBytes)
        }
        let plan = try analyst.plan(
            stride(from: 0, to: records.count, by: 10).map {
                Array(records[$0..<min($0 + 10, records.count)])
            })
        try await consortium.connected(as: "kr") { client in
            try await client.submit(plan) { _ = try $1.get() }
        }
    }

    /// Has all fast readers read the whole log once, each over its own connection, and gives the
    /// bytes that one of them read.
    private static func pass(_ reader: Analyst, _ node: ServedNode) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<self.fastReaders {
                group.addTask {
                    try await reader.connected(to: node) { client in
                        let messages = try await client.ask(
                            .follow(
                                FollowRequest(
                                    logOrigin: self.logOrigin, position: 0, once: true)))
                        var bytes = 0
                        while let message = try await messages.next() { bytes += message.count }
                        return bytes
                    }
                }
            }
            return try await group.reduce(0) { max($0, $1) }
        }
    }
}
