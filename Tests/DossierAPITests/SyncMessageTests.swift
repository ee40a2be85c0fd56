import DossierAPI
import Testing

@Suite("Messages of the operator's view of mirrors")
struct SyncMessageTests {
    private static let status: PeerSyncStatus = {
        var status = PeerSyncStatus()
        status.organisation = "us"
        status.logOrigin = "msmt.example/dossier/us/1"
        status.address = "node.us.example:8443"
        status.state = .waiting
        status.mirrored = 1 << 40
        status.hashOnly = 2
        status.known = (1 << 40) + 3
        status.lagSeconds = 4
        status.heardAt = "2025-02-21T14:03:00Z"
        status.error = "연결 실패"
        status.advice = "look at the network"
        status.failedAt = "2025-02-21T14:04:00Z"
        status.evidence = "evidence/us-1"
        status.receivedBytes = .max
        status.rate = 5
        status.remainingSeconds = 6
        status.nextAttemptMilliseconds = 7
        status.notReleased = 8
        return status
    }()

    @Test("which peers, or all")
    func selection() throws {
        let selection = SyncSelection(organisations: ["us", "jp"])
        try expectRoundTrip(selection, selection.encoded(), SyncSelection.init(decoding:))
        #expect(try SyncSelection(decoding: []) == SyncSelection())
        #expect(try SyncSelection().encoded() == [])
    }

    @Test("what is no organisation, or too many of them, is refused")
    func selectionRefusals() {
        for organisations in [
            ["US"], [""], ["us", "a b"], [String](repeating: "us", count: 65),
        ] {
            let error = #expect(throws: ExchangeError.self) {
                let selection = SyncSelection(organisations: organisations)
                return try SyncSelection(decoding: selection.encoded())
            }
            #expect(error?.code == .badRequest)
        }
    }

    @Test("how sync stands")
    func report() throws {
        var other = PeerSyncStatus()
        other.organisation = "jp"
        let report = SyncReport(peers: [Self.status, other])
        try expectRoundTrip(report, report.encoded(), SyncReport.init(decoding:))
        #expect(try SyncReport(decoding: []) == SyncReport(peers: []))
    }

    @Test("each state survives, and one that is not known is none")
    func states() throws {
        for state in SyncState.allCases {
            var status = Self.status
            status.state = state
            let report = SyncReport(peers: [status])
            #expect(try SyncReport(decoding: report.encoded()) == report)
        }
        let negative = [UInt8](repeating: 0xFF, count: 9) + [1]
        for number in [[7], [99], negative] as [[UInt8]] {
            let status = [0x20] + number
            let report = try SyncReport(decoding: [0x0A, UInt8(status.count)] + status)
            #expect(report.peers.map(\.state) == [.unspecified])
        }
    }

    @Test("a mirror is behind by what it knows of and does not have")
    func backlog() {
        var status = Self.status
        #expect(status.backlog == 3)
        status.known = 0
        #expect(status.backlog == 0)
        status.mirrored = 0
        status.known = .max
        #expect(status.backlog == .max)
    }

    @Test("states and standings have names of their own")
    func names() {
        #expect(Set(SyncState.allCases.map(\.name)).count == SyncState.allCases.count)
        #expect(Set(Standing.allCases.map(\.name)).count == Standing.allCases.count)
    }

    @Test("a tree that a client knows is of a log that it names")
    func knownTree() throws {
        let selector = GetRequest.Selector.recordID("0123456789abcdef")
        for trees in [
            [KnownTree(logOrigin: "", size: 1)],
            [KnownTree](repeating: Sample.trees[0], count: 65),
        ] {
            let get = try GetRequest(selector, knownTrees: trees).encoded()
            let list = try ListRequest(filter: Filter(), knownTrees: trees).encoded()
            for decode in [
                { _ = try GetRequest(decoding: get) }, { _ = try ListRequest(decoding: list) },
            ] as [() throws -> Void] {
                let error = #expect(throws: ExchangeError.self) { try decode() }
                #expect(error?.code == .badRequest)
            }
        }
        let most = [KnownTree](repeating: Sample.trees[0], count: 64)
        let get = GetRequest(selector, knownSize: 3, knownTrees: most)
        #expect(try GetRequest(decoding: get.encoded()) == get)
        let list = ListRequest(filter: Filter(), knownSize: 3, knownTrees: most)
        #expect(try ListRequest(decoding: list.encoded()) == list)
    }
}
