import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import GRPCWire
import Testing

@Suite("Lists")
struct ListTests {
    /// References of records in log order, of which every third is withheld from us.
    private static func fill(_ kr: TestPeer, _ count: Int) async throws -> [String] {
        try await kr.submit(
            (0..<count).filter { $0 % 3 != 2 }.map { TestRecord("R-\($0)", to: ["us"]) })
        try await kr.submit((0..<count).filter { $0 % 3 == 2 }.map { TestRecord("R-\($0)") })
        return (0..<count).filter { $0 % 3 != 2 }.map { "R-\($0)" }
    }

    @Test("a limited list goes on with its cursor, and gives everything once, whatever the limit")
    func limits() async throws {
        try await Consortium().withNode { node in
            let all = try await node.connected { try await Self.fill($0, 300) }
            try await node.connected(as: "us") { us in
                #expect(try await us.references() == all)
                for limit: UInt32 in [1, 7, 63, 64, 65, 127, 128, 199, 200, 201, 1_000] {
                    var found: [String] = []
                    var cursor: [UInt8] = []
                    repeat {
                        let (records, next) = try await us.list(limit: limit, cursor: cursor)
                        #expect(records.count <= limit)
                        #expect(next.isEmpty || records.count == limit)
                        found += records.map { RecordCheck.check($0.bytes).facts.reference }
                        cursor = next
                    } while !cursor.isEmpty
                    #expect(found == all, "limit \(limit)")
                }
            }
        }
    }

    @Test("every page has a cursor from which exactly the rest is listed")
    func pageBoundaries() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                _ = try await Self.fill(kr, 1_000)
                let pages = try await kr.pages(ListRequest(filter: Filter())).map {
                    try ListResponse(decoding: $0)
                }
                let all = pages.flatMap(\.records)
                #expect(all.map(\.leafIndex) == (0..<1_000).map { UInt64($0) })
                #expect(pages.last?.cursor.isEmpty == true && pages.last?.records.isEmpty == true)
                var seen = 0
                for page in pages.dropLast() {
                    seen += page.records.count
                    let rest = try await kr.pages(
                        ListRequest(filter: Filter(), cursor: page.cursor)
                    ).flatMap { try ListResponse(decoding: $0).records.map(\.leafIndex) }
                    #expect(rest == (seen..<1_000).map { UInt64($0) })
                }
            }
        }
    }

    @Test("a list is pinned to the size that the log had when it began")
    func pinned() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                try await kr.submit((0..<10).map { TestRecord("R-\($0)") })
                let (_, cursor) = try await kr.list(limit: 5)
                try await kr.submit([TestRecord("LATER")])

                let (rest, end) = try await kr.list(cursor: cursor)

                #expect(rest.map(\.leafIndex) == [5, 6, 7, 8, 9])
                #expect(end.isEmpty)
                #expect(try await kr.references().count == 11)
            }
        }
    }

    @Test("a cursor is good for the same organisation and the same filter only")
    func boundCursor() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                try await kr.submit((0..<10).map { TestRecord("R-\($0)", to: ["us", "jp"]) })
                try await node.connected(as: "us") { us in
                    let (_, cursor) = try await us.list(limit: 5)
                    try await node.connected(as: "us", "reader") { colleague in
                        let records = try await colleague.list(cursor: cursor).records
                        #expect(records.count == 5)
                    }
                    var other = Filter()
                    other.originators = ["kr"]
                    try await Self.expectBadCursor(us, ListRequest(filter: other, cursor: cursor))
                    try await Self.expectBadCursor(
                        kr, ListRequest(filter: Filter(), cursor: cursor))
                    try await node.connected(as: "jp") {
                        try await Self.expectBadCursor(
                            $0, ListRequest(filter: Filter(), cursor: cursor))
                    }
                }
            }
        }
    }

    @Test("a cursor with one bit changed, cut short or lengthened is refused")
    func tamperedCursor() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                try await kr.submit((0..<10).map { TestRecord("R-\($0)") })
                let (_, cursor) = try await kr.list(limit: 5)
                let broken =
                    (0..<cursor.count * 8).map { cursor.flipping(bit: $0) }
                    + (1..<cursor.count).map { Array(cursor.prefix($0)) } + [cursor + [0]]
                for cursor in broken {
                    try await Self.expectBadCursor(
                        kr, ListRequest(filter: Filter(), cursor: cursor))
                }
                #expect(try await kr.list(cursor: cursor).records.count == 5)
            }
        }
    }

    @Test("a cursor outlives a restart, and ends after 24 hours")
    func expiry() async throws {
        try await withTemporaryDirectory { data in
            let consortium = try Consortium()
            let cursor = try await consortium.withNode(data: data) { node in
                try await node.connected { kr in
                    try await kr.submit((0..<10).map { TestRecord("R-\($0)") })
                    return try await kr.list(limit: 5).cursor
                }
            }
            try await consortium.withNode(data: data) { node in
                try await node.connected { kr in
                    consortium.clock.advance(by: 24 * 3_600 - 600)
                    let (records, next) = try await kr.list(limit: 2, cursor: cursor)
                    #expect(records.map(\.leafIndex) == [5, 6])
                    consortium.clock.advance(by: 600)
                    try await Self.expectBadCursor(
                        kr, ListRequest(filter: Filter(), cursor: cursor))
                    // Going on does not make a list live longer.
                    try await Self.expectBadCursor(kr, ListRequest(filter: Filter(), cursor: next))
                }
            }
        }
    }

    private static func expectBadCursor(
        _ peer: TestPeer, _ request: ListRequest, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let status = await #expect(throws: GRPCStatus.self, sourceLocation: sourceLocation) {
            _ = try await peer.pages(request)
        }
        #expect(status?.code == .invalidArgument, sourceLocation: sourceLocation)
    }

    @Test("each condition finds what it names, and all of them must hold")
    func filters() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                try await kr.submit([
                    Self.theft("T-1", victim: "Bybit", actor: "TraderTraitor", "2025-02-21"),
                    Self.theft("T-2", victim: "WazirX", actor: "Lazarus", "2024-07"),
                    TestRecord("A-1"),
                ])
                let table: [([String], (inout Filter) -> Void)] = [
                    (["T-1", "T-2"], { $0.kinds = [.cryptoTheft] }),
                    (["T-1", "T-2", "A-1"], { $0.kinds = [.cryptoTheft, .assessment] }),
                    (["A-1"], { $0.reference = "A-1" }), ([], { $0.reference = "A" }),
                    ([], { $0.originators = ["us"] }),
                    (["T-1", "T-2", "A-1"], { $0.originators = ["us", "kr"] }),
                    (["T-1"], { $0.victim = "BYBIT" }), (["T-2"], { $0.actor = "lazarus" }),
                    (
                        ["T-1", "T-2"],
                        { $0.account = "0x47666FAB8bd0Ac7003bce3f5C3585383F09486E2" }
                    ),
                    (["T-1"], { $0.occurredFrom = "2025" }),
                    (["T-2"], { $0.occurredTo = "2024" }),
                    (
                        ["T-1"],
                        {
                            $0.occurredFrom = "2025-02"
                            $0.occurredTo = "2025-02"
                        }
                    ),
                    ([], { $0.occurredFrom = "2025-03" }),
                    (
                        [],
                        {
                            $0.kinds = [.assessment]
                            $0.victim = "Bybit"
                        }
                    ),
                ]
                for (position, row) in table.enumerated() {
                    var filter = Filter()
                    row.1(&filter)
                    #expect(try await kr.references(filter) == row.0, "row \(position)")
                }
            }
        }
    }

    private static func theft(
        _ reference: String, victim: String, actor: String, _ occurred: String
    ) -> TestRecord {
        var theft = TestRecord(reference)
        let claim = Claim(author: "FBI", date: "2025-02-26", stance: .asserts)
        theft.record.header.kind = .cryptoTheft
        theft.record.header.occurred = Period(start: occurred)
        theft.record.content = .cryptoTheft(
            CryptoTheft(
                victim: Victim(name: victim, type: .exchange),
                accounts: [
                    AccountUse(
                        account: Account(
                            key: "eip155:1:0x47666fab8bd0ac7003bce3f5c3585383f09486e2"),
                        role: .theft)
                ], actors: [ActorClaim(claim: claim, actor: actor)]))
        return theft
    }

    @Test("conditions that cannot be are refused with field and hint")
    func badFilters() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let table: [(String, (inout Filter) -> Void)] = [
                    ("filter.occurred_from", { $0.occurredFrom = "yesterday" }),
                    ("filter.known_to", { $0.knownTo = "2025-13" }),
                    ("filter.account", { $0.account = "nochain:x" }),
                    ("filter.record_id_prefix", { $0.recordIDPrefix = "0123" }),
                    ("filter.record_id_prefix", { $0.recordIDPrefix = "0123456X" }),
                    ("filter.originators[0]", { $0.originators = ["KR"] }),
                    ("filter.reference", { $0.reference = " " }),
                ]
                for (field, change) in table {
                    var filter = Filter()
                    change(&filter)
                    let status = await #expect(throws: GRPCStatus.self) {
                        _ = try await kr.pages(ListRequest(filter: filter))
                    }
                    #expect(status?.code == .invalidArgument, "\(field)")
                    let fields = try #require(
                        status.map { ExchangeError($0).findings.map(\.field) })
                    #expect(
                        fields.contains { $0.hasSuffix(field.split(separator: ".")[1]) },
                        "\(fields)")
                }
                for id in ["", "0123", "0123456g", "0123456G", String(repeating: "0", count: 65)] {
                    let request = try GetRequest(.recordID(id)).encoded()
                    #expect(
                        try await kr.refusal(of: Exchange.get, request).code == .invalidArgument)
                }
            }
        }
    }
}
