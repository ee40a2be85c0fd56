import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import Foundation
import MerkleLog
import Testing

@Suite("A peer that lies to a node that mirrors its log")
struct LyingPeerTests {
    /// A way to lie, and what the reader's node must say of it.
    private struct Case: Sendable {
        let name: String
        /// What the error must contain.
        let error: String
        let lie: LyingNode.Lie
    }

    private static func changed(
        _ name: String, _ error: String,
        _ change: @escaping @Sendable (inout FollowResponse) throws -> Void
    ) -> Case {
        Case(name: name, error: error) { message, _, send in
            var message = message
            try change(&message)
            try await send(message.encoded())
        }
    }

    /// Changes the first record that there is.
    private static func alterRecord(_ message: inout FollowResponse) {
        for index in message.runs.indices {
            guard let record = message.runs[index].records.firstIndex(where: { !$0.isEmpty }) else {
                continue
            }
            message.runs[index].records[record][5] ^= 1
            return
        }
    }

    private static func cases(_ liar: LyingNode, older: ProvenCheckpoint) -> [Case] {
        [
            Self.changed("a wrong consistency proof", "wrongProof") { message in
                guard !message.checkpoint.consistencyProof.isEmpty else {
                    message.checkpoint.consistencyProof = [TreeOracle.leafHash([1])]
                    return
                }
                message.checkpoint.consistencyProof[0] = TreeOracle.leafHash([1])
            },
            Self.changed("an altered record", "wrongLeaf") { message in
                Self.alterRecord(&message)
            },
            Self.changed("an older checkpoint", "olderCheckpoint") { message in
                message.checkpoint = older
                message.runs = []
            },
            Self.changed("another tree of the same size", "splitView") { message in
                message.checkpoint = try liar.forged(message.firstIndex)
                message.runs = []
            },
            Case(name: "a message of more than 5 MiB", error: "at most 5242880") {
                message, _, send in
                let size = FollowResponse.maximumBytes + 1
                try await send(message.encoded() + [UInt8](repeating: 0, count: size))
            },
            Case(name: "messages without leaves, without end", error: "messages without leaves") {
                _, _, send in
                let heartbeat = try liar.heartbeat?.encoded() ?? []
                while true { try await send(heartbeat) }
            },
            Case(name: "malformed bytes", error: "malformed") { _, _, send in
                try await send([0xFF, 0xFF, 0xFF, 0xFF])
            },
        ]
    }

    /// Kr's honest node, a liar before it, jp's honest node, and us's, which mirrors both. Jp's does
    /// not have kr's log: us has no other path to it.
    private static func withLiar(
        _ body: (Consortium, LyingNode) async throws -> Void
    ) async throws {
        try await Scene.with { outer in
            try await LyingNode.with(outer) { liar in
                try await Consortium.with(
                    ["kr", "us", "jp"], places: ["kr": liar.port], unstarted: ["us"]
                ) { consortium in
                    let paused = try await consortium.dossier(
                        "sync", "pause", "kr", as: "jp", "operator")
                    #expect(paused.status == 0, "\(paused.errors)")
                    try await liar.start(before: consortium.node("kr"))
                    try await consortium.start("us")
                    try await body(consortium, liar)
                }
            }
        }
    }

    private static func submit(
        _ consortium: Consortium, _ reference: String, of originator: String
    ) async throws {
        try await consortium.connected(as: originator) { client in
            try await client.submit([
                TestRecord(reference, originator: originator, to: ["us"])
            ])
        }
    }

    private static func expectMirrored(
        _ consortium: Consortium, _ count: UInt64, of peer: String, _ what: String
    ) async throws {
        try await consortium.eventually(within: .seconds(10), "\(count) leaves of \(peer), \(what)")
        {
            try await consortium.status("us", of: peer).mirrored == count
        }
    }

    /// What us's own people are shown of kr's, at us's node.
    private static func listed(_ consortium: Consortium) async throws -> Int {
        var count = 0
        var filter = Filter()
        filter.originators = ["kr"]
        let request = ListRequest(filter: filter)
        try await consortium.connected(as: "us") { client in
            _ = try await client.list(request) { _ in count += 1 }
        }
        return count
    }

    private static func evidence(_ consortium: Consortium) throws -> [String] {
        (try? consortium.scene("us").files(in: "us/evidence")) ?? []
    }

    @Test("nothing of a lie is kept, evidence is, it is told with advice, and jp is mirrored")
    func lies() async throws {
        try await Self.withLiar { consortium, liar in
            try await Self.submit(consortium, "L-0", of: "kr")
            try await Self.submit(consortium, "L-1", of: "kr")
            try await Self.expectMirrored(consortium, 2, of: "kr", "before any lie")
            let older = try liar.forged(1)
            var mirrored: UInt64 = 2
            for (number, lie) in Self.cases(liar, older: older).enumerated() {
                let before = try Self.evidence(consortium)
                liar.tell(lie.lie)
                try await Self.submit(consortium, "L-\(number + 2)", of: "kr")
                try await Self.submit(consortium, "J-\(number)", of: "jp")
                try await consortium.eventually(within: .seconds(10), lie.name) {
                    try await consortium.status("us", of: "kr").state == .refused
                }
                let status = try await consortium.status("us", of: "kr")
                #expect(status.mirrored == mirrored, "\(lie.name)")
                #expect(status.error.contains(lie.error), "\(lie.name): \(status.error)")
                #expect(!status.error.isEmpty && !status.advice.isEmpty, "\(lie.name)")
                let after = try Self.evidence(consortium)
                let file = status.evidence.split(separator: "/").last.map(String.init) ?? ""
                #expect(
                    after.count > before.count && after.contains(file),
                    "\(lie.name) left no evidence: \(status.error)")
                #expect(try await Self.listed(consortium) == Int(mirrored), "\(lie.name)")
                // The operator's round sees the same, and its command says so.
                let once = try await consortium.dossier(
                    "sync", "once", "kr", as: "us", "operator")
                #expect(once.status == 2, "\(lie.name): \(once.status) \(once.errors)")
                #expect(once.errors.contains("evidence is in"), "\(lie.name): \(once.errors)")
                try await Self.expectMirrored(
                    consortium, UInt64(number) + 1, of: "jp", lie.name)

                liar.tell(nil)
                let resumed = try await consortium.dossier(
                    "sync", "resume", "kr", as: "us", "operator")
                #expect(resumed.status == 0, "\(resumed.errors)")
                mirrored += 1
                try await Self.expectMirrored(consortium, mirrored, of: "kr", "after \(lie.name)")
            }
        }
    }

    @Test("a batch that another organisation signed is no batch of kr's log")
    func foreignBatch() async throws {
        try await Self.withLiar { consortium, liar in
            try await Self.submit(consortium, "L-0", of: "kr")
            try await Self.expectMirrored(consortium, 1, of: "kr", "before the lie")
            try await Self.submit(consortium, "J-0", of: "jp")
            let request = FollowRequest(
                logOrigin: "msmt.example/dossier/jp/1", position: 0, once: true)
            let bytes = try await consortium.connected(as: "us", "node", at: "jp") { client in
                try await client.ask(.follow(request)).next()
            }
            let foreign = try FollowResponse(decoding: try #require(bytes))
            liar.tell { message, certificates, send in
                var message = message
                message.runs = foreign.runs
                message.certificates = foreign.certificates
                for run in message.runs.indices {
                    let numbers = foreign.runs[run].batch?.certificateNumbers ?? []
                    message.runs[run].batch?.certificateNumbers = numbers.map { $0 + certificates }
                }
                try await send(message.encoded())
            }
            try await Self.submit(consortium, "L-1", of: "kr")
            try await consortium.eventually(within: .seconds(10), "refused") {
                try await consortium.status("us", of: "kr").state == .refused
            }
            let status = try await consortium.status("us", of: "kr")
            #expect(status.mirrored == 1 && !status.advice.isEmpty)
            #expect(status.error.contains("a batch of jp in the log of kr"), "\(status.error)")
            #expect(try Self.evidence(consortium).count == 1)
            try await Self.expectMirrored(consortium, 1, of: "jp", "meanwhile")
        }
    }

    @Test("a server with jp's certificate is not kr's node")
    func foreignCertificate() async throws {
        try await Self.withLiar { consortium, liar in
            try await Self.submit(consortium, "L-0", of: "kr")
            try await Self.expectMirrored(consortium, 1, of: "kr", "before the lie")
            // Kr's own node could otherwise offer its log over a connection that it opens.
            let way = try consortium.proxy("kr", "us")
            way.refuse(true)
            way.cut()
            try liar.present("jp")
            try await Self.submit(consortium, "L-1", of: "kr")
            try await consortium.eventually(within: .seconds(10), "waiting") {
                let status = try await consortium.status("us", of: "kr")
                // That the connection was lost comes before.
                return status.state == .waiting && status.error.contains("certificate")
            }
            let status = try await consortium.status("us", of: "kr")
            #expect(status.mirrored == 1 && !status.advice.isEmpty)
            try await Self.submit(consortium, "J-0", of: "jp")
            try await Self.expectMirrored(consortium, 1, of: "jp", "meanwhile")
            try liar.present("kr")
            try await Self.expectMirrored(consortium, 2, of: "kr", "once kr is back")
        }
    }
}
