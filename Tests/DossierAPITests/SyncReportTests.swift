import DossierAPI
import DossierCore
import Testing

@Suite("Sync reports")
struct SyncReportTests {
    private static func status() -> PeerSyncStatus {
        var status = PeerSyncStatus()
        status.organisation = "us"
        status.logOrigin = "msmt.example/dossier/us/1"
        status.address = "localhost:7444"
        status.state = .catchingUp
        status.mirrored = 12
        status.hashOnly = 3
        status.known = 20
        status.lagSeconds = 7
        status.heardAt = "2026-01-31T12:00:00Z"
        status.nextAttemptMilliseconds = 1_500
        return status
    }

    @Test("come back as they were sent, and tell how far behind a mirror is")
    func roundTrip() throws {
        let report = SyncReport(peers: [Self.status(), PeerSyncStatus()])
        let read = try SyncReport(decoding: report.encoded())
        #expect(read == report)
        #expect(read.peers.map(\.backlog) == [8, 0])
    }

    @Test("come with warnings, of which there are at most 256")
    func warnings() throws {
        let report = SyncReport(peers: [], warnings: ["first", "second"])
        #expect(try SyncReport(decoding: report.encoded()) == report)
        let many = SyncReport(peers: [], warnings: (0..<300).map { "warning \($0)" })
        #expect(
            try SyncReport(decoding: many.encoded()).warnings == Array(many.warnings.prefix(256)))
    }

    @Test("are ProtoJSON that any library reads")
    func json() throws {
        let text = try ProtoJSON.encode(
            message: "dossier.v1.GetSyncStatusResponse",
            SyncReport(peers: [Self.status()]).encoded())
        #expect(
            text == """
                {"peers":[{"organisation":"us","logOrigin":"msmt.example/dossier/us/1",\
                "address":"localhost:7444","state":"SYNC_STATE_CATCHING_UP","mirrored":"12",\
                "hashOnly":"3","known":"20","lagSeconds":"7","heardAt":"2026-01-31T12:00:00Z",\
                "nextAttemptMs":"1500"}]}
                """)
    }

    @Test("a selection of peers comes back as it was sent")
    func selection() throws {
        for organisations in [[], ["kr"], ["kr", "us"]] {
            let selection = SyncSelection(organisations: organisations)
            #expect(try SyncSelection(decoding: selection.encoded()) == selection)
        }
    }
}
