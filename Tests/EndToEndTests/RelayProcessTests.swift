import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import Foundation
import Testing

@Suite("Nodes that relay logs")
struct RelayProcessTests {
    private static func submit(
        _ consortium: Consortium, _ records: [TestRecord], as originator: String = "kr"
    ) async throws {
        try await consortium.connected(as: originator) { client in
            for record in records { try await client.submit([record]) }
        }
    }

    /// What an organisation's people are shown of an originator's, at their own node.
    private static func listed(
        _ consortium: Consortium, _ reader: String, of originator: String = "kr",
        allVersions: Bool = false
    ) async throws -> [VerifiedRecord] {
        var filter = Filter()
        filter.originators = [originator]
        filter.allVersions = allVersions
        var records: [VerifiedRecord] = []
        try await consortium.connected(as: reader) { client in
            _ = try await client.list(ListRequest(filter: filter)) { records.append($0) }
        }
        return records
    }

    private static func references(_ records: [VerifiedRecord]) -> [String] {
        records.map { RecordCheck.check($0.bytes).facts.reference }
    }

    private static func expect(
        _ references: [String], at reader: String, of originator: String = "kr",
        _ consortium: Consortium, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await consortium.eventually(
            "\(references) of \(originator) at \(reader)", sourceLocation: sourceLocation
        ) {
            Self.references(try await Self.listed(consortium, reader, of: originator))
                == references
        }
    }

    /// Kr, us and jp in a row: kr and jp do not know each other's address.
    private static func withChain(
        options: [String] = [], _ body: (Consortium) async throws -> Void
    ) async throws {
        let row = ["kr", "us", "jp"]
        try await Consortium.with(
            row, options: options,
            knows: { first, second in
                abs((row.firstIndex(of: first) ?? 0) - (row.firstIndex(of: second) ?? 0)) == 1
            }, body)
    }

    @Test("what is released comes through a node between, and what is withdrawn goes through it")
    func chain() async throws {
        try await Self.withChain { consortium in
            var both = FindingDraft("R-both", of: "kr", to: ["us", "jp"])
            var narrowed = FindingDraft("R-narrowed", of: "kr", to: ["us", "jp"])
            try await Self.submit(
                consortium,
                [
                    both.newest, narrowed.newest, TestRecord("R-us", to: ["us"]),
                    TestRecord("R-jp", to: ["jp"]),
                    TestRecord("R-orcon", to: ["us", "jp"], orcon: true),
                ])
            try await Self.expect(["R-both", "R-narrowed", "R-us"], at: "us", consortium)
            // What us may not have it cannot give; what kr alone hands out nobody else does.
            try await Self.expect(["R-both", "R-narrowed"], at: "jp", consortium)
            let status = try await consortium.status("jp", of: "kr")
            #expect(status.path == "us" && status.heardAt == "" && status.error == "")
            #expect(status.mirrored == 5 && status.hashOnly == 3)
            #expect(try await consortium.status("us", of: "kr").path == "kr")
            let record = try #require(try await Self.listed(consortium, "jp").first)
            #expect(record.logOrigin == "msmt.example/dossier/kr/1")
            #expect(!record.contact.isStale)

            try both.withdraw()
            try narrowed.restrict(to: ["jp"])
            try await Self.submit(consortium, [both.newest, narrowed.newest])
            try await Self.expect(["R-narrowed"], at: "jp", consortium)
            // What was taken from us is hidden there, and still handed on to those who may have it.
            try await Self.expect(["R-us"], at: "us", consortium)
            let history = try await Self.listed(consortium, "jp", allVersions: true)
            #expect(history.count { $0.standing == .notice } == 2)

            // Jp's own records come back the same way.
            try await Self.submit(
                consortium, [TestRecord("R-back", originator: "jp", to: ["kr", "us"])], as: "jp")
            try await Self.expect(["R-back"], at: "kr", of: "jp", consortium)
            #expect(try await consortium.status("kr", of: "jp").path == "us")
            for reader in ["us", "jp"] {
                let audit = try await consortium.dossier(
                    "audit", "--data", reader, "--organisation", reader, "--mirror", "kr",
                    as: reader)
                #expect(audit.status == 0, "\(audit.text) \(audit.errors)")
            }
        }
    }

    @Test(
        "answers of a log whose own node was not heard for longer than the limit are marked stale")
    func stale() async throws {
        try await Self.withChain(options: ["--stale-after", "2"]) { consortium in
            try await Self.submit(consortium, [TestRecord("R-1", to: ["us", "jp"])])
            try await Self.expect(["R-1"], at: "jp", consortium)
            try await consortium.eventually("stale at jp") {
                try await Self.listed(consortium, "jp").allSatisfy(\.contact.isStale)
            }
            let status = try await consortium.status("jp", of: "kr")
            #expect(status.isStale && status.state == .following)
            let got = try await consortium.dossier("get", "kr/R-1", "--output", "json", as: "jp")
            #expect(try JSONOutput.objects(got).first?["stale"] as? Bool == true, "\(got.text)")
            let text = try await consortium.dossier("get", "kr/R-1", "--output", "text", as: "jp")
            #expect(text.text.contains("STALE"), "\(text.text)")
            // Kr itself is never stale, and us hears it with each record.
            #expect(try await Self.listed(consortium, "kr").allSatisfy { !$0.contact.isStale })
            try await consortium.eventually("fresh at us") {
                try await Self.submit(
                    consortium, [TestRecord("R-\(UUID().uuidString)", to: ["us"])])
                return try await Self.listed(consortium, "us").allSatisfy { !$0.contact.isStale }
            }
        }
    }

    /// Cuts the links between kr and jp, both ways, and gives them.
    private static func cutLinks(_ consortium: Consortium) throws -> [Proxy] {
        let links = [try consortium.proxy("kr", "jp"), try consortium.proxy("jp", "kr")]
        for link in links {
            link.refuse(true)
            link.cut()
        }
        return links
    }

    @Test("a cut link is gone around, and taken again when it is mended")
    func cut() async throws {
        try await Consortium.with(["kr", "us", "jp"]) { consortium in
            try await Self.submit(consortium, [TestRecord("R-1", to: ["us", "jp"])])
            try await Self.expect(["R-1"], at: "jp", consortium)
            try await consortium.eventually("direct") {
                try await consortium.status("jp", of: "kr").path == "kr"
            }
            let links = try Self.cutLinks(consortium)
            let before = try await consortium.status("jp", of: "kr").receivedBytes
            var second = FindingDraft("R-2", of: "kr", to: ["us", "jp"])
            try await Self.submit(consortium, [second.newest])
            try await Self.expect(["R-1", "R-2"], at: "jp", consortium)
            let status = try await consortium.status("jp", of: "kr")
            #expect(status.path == "us" && !status.error.isEmpty)
            // What was there did not come again: some messages without leaves, and one record.
            #expect(status.receivedBytes - before < 16 * 1_024)
            try second.withdraw()
            try await Self.submit(consortium, [second.newest])
            try await Self.expect(["R-1"], at: "jp", consortium)

            for link in links { link.refuse(false) }
            try await consortium.eventually(within: .seconds(40), "direct again") {
                let status = try await consortium.status("jp", of: "kr")
                return status.path == "kr" && status.error.isEmpty
            }
            try await Self.submit(consortium, [TestRecord("R-3", to: ["jp"])])
            try await Self.expect(["R-1", "R-3"], at: "jp", consortium)
        }
    }

    @Test("what a relay could not give is asked of the log's own node when it is back")
    func backfill() async throws {
        try await Consortium.with(["kr", "us", "jp"]) { consortium in
            try await consortium.eventually("direct") {
                try await consortium.status("jp", of: "kr").path == "kr"
            }
            let links = try Self.cutLinks(consortium)
            try await Self.submit(
                consortium, [TestRecord("R-1", to: ["jp"]), TestRecord("R-2", to: ["us", "jp"])])
            try await Self.expect(["R-2"], at: "jp", consortium)
            for link in links { link.refuse(false) }
            try await Self.expect(["R-1", "R-2"], at: "jp", consortium)
        }
    }
}

@Suite("A node that only opens connections itself")
struct OutboundOnlyTests {
    private static let isLong = ProcessInfo.processInfo.environment["DOSSIER_LONG_TESTS"] == "1"
    /// How long the connection stands each time.
    private static let life = Duration.seconds(isLong ? 60 : 2)
    /// How many records come on each.
    private static let recordsEach = 4
    /// What an arrival may take: far more than two seconds only where the machine is busy.
    private static let limit = Duration.seconds(isLong ? 2 : 20)

    @Test("is a full member, though its connection is killed again and again")
    func member() async throws {
        // Nobody knows jp's address.
        try await Consortium.with(
            ["kr", "us", "jp"], knows: { $1 != "jp" && ($0, $1) != ("jp", "kr") }
        ) { consortium in
            let link = try consortium.proxy("jp", "us")
            var longest = Duration.zero
            var number = 0
            for _ in 0..<(Self.isLong ? 5 : 4) {
                let start = ContinuousClock.now
                for _ in 0..<Self.recordsEach {
                    number += 1
                    for (originator, reader) in [("jp", "us"), ("kr", "jp")] {
                        let taken = try await Self.arrival(
                            consortium, "O-\(number)", from: originator, to: reader)
                        longest = max(longest, taken)
                    }
                    let next = start + Self.life / Self.recordsEach * ((number - 1) % 4 + 1)
                    try await Task.sleep(until: next)
                }
                link.cut()
            }
            print("records of and for a node that only opens connections: at most \(longest)")
            #expect(longest <= Self.limit, "seconds from receipt to sight")
            try await consortium.eventually("jp in touch again") {
                let status = try await consortium.status("us", of: "jp")
                return status.path == "jp" && status.address == "" && !status.heardAt.isEmpty
            }
            // From us it goes on to kr, which never hears of jp itself.
            try await consortium.eventually("all of jp's at kr") {
                try await consortium.status("kr", of: "jp").mirrored == UInt64(number)
            }
            #expect(try await consortium.status("kr", of: "jp").path == "us")
        }
    }

    /// How long a record takes from its receipt to where it is seen.
    private static func arrival(
        _ consortium: Consortium, _ reference: String, from originator: String, to reader: String
    ) async throws -> Duration {
        try await consortium.connected(as: originator) { client in
            try await client.submit([
                TestRecord(
                    reference, originator: originator,
                    to: ["kr", "us", "jp"].filter { $0 != originator })
            ])
        }
        let start = ContinuousClock.now
        try await consortium.connected(as: reader) { client in
            try await consortium.eventually(within: .seconds(60), "\(reference) at \(reader)") {
                do {
                    _ = try await client.get(
                        .finding(originator: originator, reference: reference, version: 0))
                    return true
                } catch let error as ExchangeError where error.code == .notFound {
                    return false
                }
            }
        }
        return start.duration(to: .now)
    }
}
