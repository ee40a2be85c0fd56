import DossierAPI
import DossierClient
import DossierCore
import Foundation
import Synchronization

/// How fast a node that is new mirrors another's log, what a round costs when there is nothing new,
/// and how soon a record that is logged at one is seen at the other.
enum SyncBenchmark {
    /// Records submitted one by one, and how far apart.
    private static let liveRecords = 2_000
    private static let livePause = Duration.milliseconds(10)

    static func run(_ count: Int, at site: Site, into table: inout Table) async throws {
        let records = site.folder.appending(path: "records")
        if !FileManager.default.fileExists(atPath: records.path) {
            Console.progress("making \(count) records")
            try MessageFile.write(count, to: records) { try Sample.record($0).encoded() }
        }
        let partner = try Partner(at: site)
        let node = try site.startNode("sync", members: partner.membersOfPeer)
        defer { node.stop() }
        Console.progress("submitting \(count) records")
        try await site.connected(to: node) { try await BulkBenchmark.submit(records, to: $0) }
        let memoryBefore = node.residentMebibytes

        Console.progress("catching up")
        let clock = ContinuousClock()
        let start = clock.now
        let mirror = try partner.startNode(mirroring: node)
        defer { mirror.stop() }
        var highest = 0.0
        try await partner.connected(to: mirror.port) { client in
            while try await client.syncStatus().peers.first?.mirrored ?? 0 < count {
                highest = max(highest, mirror.residentMebibytes)
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        let seconds = (clock.now - start).seconds
        table.add(
            "mirror \(count) records, verified and durable", Double(count) / seconds, .perSecond,
            goal: ">= 50,000/s")
        try await partner.connected(to: mirror.port) { client in
            // Answered when the catalog has reached the end of the mirror.
            _ = try await client.list(ListRequest(filter: Filter(), limit: 1)) { _ in }
        }
        table.add(
            "the same until look-ups find all", Double(count) / (clock.now - start).seconds,
            .perSecond, goal: "")
        table.add("most memory of the mirroring node", highest, .mebibytes, goal: "flat")
        table.add(
            "memory that it cost the mirrored node", node.residentMebibytes - memoryBefore,
            .mebibytes, goal: "flat")
        try await self.idle(partner, mirror, into: &table)
        try await self.live(count, site, node, partner, mirror, into: &table)
    }

    /// A round with nothing new.
    private static func idle(
        _ partner: Partner, _ mirror: Program, into table: inout Table
    ) async throws {
        try await partner.connected(to: mirror.port) { client in
            let rounds = 20
            let before = try await client.syncStatus().peers.first?.receivedBytes ?? 0
            let clock = ContinuousClock()
            let taken = try await clock.measure {
                for _ in 0..<rounds { _ = try await client.syncOnce([]) }
            }
            let after = try await client.syncStatus().peers.first?.receivedBytes ?? 0
            table.add(
                "sync round with nothing new", 1_000 * taken.seconds / Double(rounds),
                .milliseconds, goal: "")
            table.add(
                "message bytes of such a round", Double(after - before) / Double(rounds), .bytes,
                goal: "<= 4,096")
        }
    }

    /// Records submitted at one node, and when they are seen at the other.
    private static func live(
        _ count: Int, _ site: Site, _ node: Program, _ partner: Partner, _ mirror: Program,
        into table: inout Table
    ) async throws {
        Console.progress("submitting \(self.liveRecords) records one by one")
        let signer = try SingleBenchmark.Signer(at: site)
        let requests = try (0..<self.liveRecords).map { try signer.request(count + $0) }
        let times = LiveTimes()
        let port = mirror.port
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await partner.connected(to: port) { client in
                    var request = ListRequest(filter: Filter())
                    request.follow = true
                    request.newOnly = true
                    _ = try await client.list(request) { times.see($0.id) }
                }
            }
            try await Task.sleep(for: .milliseconds(500))
            try await site.connected(to: node) { client in
                for request in requests {
                    let receipt = try await client.submit(request)
                    times.log(RecordID(receipt.kept.leafHashes[0]))
                    try await Task.sleep(for: self.livePause)
                }
            }
            let deadline = ContinuousClock.now + .seconds(10)
            while times.delays.count < requests.count, .now < deadline {
                try await Task.sleep(for: .milliseconds(10))
            }
            group.cancelAll()
        }
        let delays = times.delays.sorted()
        guard delays.count == requests.count else {
            throw Failure("\(delays.count) of \(requests.count) records were seen")
        }
        table.add(
            "from a receipt here to being seen there, half within",
            1_000 * delays[delays.count / 2], .milliseconds, goal: "")
        table.add(
            "99 of 100 within", 1_000 * delays[delays.count * 99 / 100], .milliseconds,
            goal: "<= 50 ms")
    }
}

/// When records were logged at one node and seen at another.
private final class LiveTimes: Sendable {
    private struct State {
        var logged: [RecordID: ContinuousClock.Instant] = [:]
        var seen: [RecordID: ContinuousClock.Instant] = [:]
    }

    private let state = Mutex(State())

    func log(_ record: RecordID) { self.state.withLock { $0.logged[record] = .now } }

    func see(_ record: RecordID) { self.state.withLock { $0.seen[record] = .now } }

    /// For each record that was seen how long that took after it was logged, in seconds.
    var delays: [Double] {
        self.state.withLock { state in
            state.logged.compactMap { id, at in
                state.seen[id].map { max(($0 - at).seconds, 0) }
            }
        }
    }
}
