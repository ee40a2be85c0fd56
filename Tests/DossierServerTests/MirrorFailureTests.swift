import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import DossierTestSupport
import Synchronization
import Testing

@testable import DossierServer

@Suite("A mirror that cannot be read, and a list with nothing to wait for")
struct MirrorFailureTests {
    /// Stands for a reader who has seen enough.
    private struct Enough: Error {}

    private static func get(_ id: Digest, _ retrieval: Retrieval, for peer: Peer) async throws
        -> GetResponse
    {
        try await retrieval.get(GetRequest(.recordID(id.hexadecimal)), for: peer)
    }

    /// Follows from a cursor, or from the end, until as many pages came.
    private static func follow(
        _ retrieval: Retrieval, for peer: Peer, cursor: [UInt8] = [], of originators: [String] = [],
        pages count: Int
    ) async throws -> [ListResponse] {
        var filter = Filter()
        filter.originators = originators
        var request = ListRequest(filter: filter, cursor: cursor)
        request.follow = true
        request.newOnly = true
        var pages: [ListResponse] = []
        do {
            try await retrieval.list(request, for: peer) { page in
                pages.append(page)
                if pages.count == count { throw Enough() }
            }
        } catch is Enough {}
        return pages
    }

    @Test("keeps back nothing that another log has, and hides no record as if it were absent")
    func get() async throws {
        try await TestHoldings.with { holdings in
            let own = try await holdings.append([TestRecord("K-1")], to: "kr")
            let mirrored = try await holdings.append(
                [TestRecord("J-1", originator: "jp", to: ["kr"])], to: "jp")
            let lost = try await holdings.append(
                [TestRecord("U-1", originator: "us", to: ["kr"])], to: "us")
            let retrieval = try holdings.retrieval()
            let reader = try holdings.reader("kr")
            _ = try await Self.get(lost[0], retrieval, for: reader)
            try await holdings.log("us").close()
            for id in own + mirrored {
                #expect(try await Self.get(id, retrieval, for: reader).record.leafIndex == 0)
            }
            let error = await #expect(throws: ExchangeError.self) {
                _ = try await Self.get(lost[0], retrieval, for: reader)
            }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("mirrors of us") == true)
        }
    }

    @Test("leaves what is about its records to the node's own people, and the rest as it is")
    func annotations() async throws {
        try await TestHoldings.with { holdings in
            let target = try await holdings.append(
                [TestRecord("U-1", originator: "us", to: ["kr", "jp"])], to: "us")
            var note = TestRecord("N-1", to: ["jp"])
            note.record.header.operation = .annotate
            note.record.header.targetRecordID = target[0].bytes
            let ids = try await holdings.append([note, TestRecord("K-1", to: ["jp"])], to: "kr")
            let retrieval = try holdings.retrieval()
            _ = try await Self.get(ids[0], retrieval, for: holdings.reader("jp"))
            try await holdings.log("us").close()
            _ = try await Self.get(ids[0], retrieval, for: holdings.reader("kr"))
            _ = try await Self.get(ids[1], retrieval, for: holdings.reader("jp"))
            await #expect(throws: ExchangeError.self) {
                _ = try await Self.get(ids[0], retrieval, for: holdings.reader("jp"))
            }
        }
    }

    @Test("what is about a version goes where that, or a later one, goes")
    func laterVersions() async throws {
        try await TestHoldings.with { holdings in
            let first = try await holdings.append(
                [TestRecord("U-1", originator: "us", to: ["kr", "jp"])], to: "us")
            var second = TestRecord("U-1", originator: "us", to: ["kr"], version: 2)
            second.record.header.operation = .amend
            second.record.header.targetRecordID = first[0].bytes
            let targets = try await holdings.append([second], to: "us")
            let notes = (first + targets).enumerated().map { number, target in
                var note = TestRecord("N-\(number)", to: ["jp"])
                note.record.header.operation = .annotate
                note.record.header.targetRecordID = target.bytes
                return note
            }
            let ids = try await holdings.append(notes, to: "kr")
            let retrieval = try holdings.retrieval()
            _ = try await Self.get(ids[0], retrieval, for: holdings.reader("jp"))
            await #expect(throws: ExchangeError.self) {
                _ = try await Self.get(ids[1], retrieval, for: holdings.reader("jp"))
            }
        }
    }

    @Test("ends no list that follows: the others go on, and it is tried once in a while")
    func follow() async throws {
        try await TestHoldings.with { holdings in
            let retrieval = try holdings.retrieval()
            let reader = try holdings.reader("kr")
            let begun = try await Self.follow(retrieval, for: reader, pages: 1)
            try await holdings.append(
                [TestRecord("U-1", originator: "us", to: ["kr"])], to: "us")
            _ = try await retrieval.get(
                GetRequest(.finding(originator: "us", reference: "U-1", version: 0)), for: reader)
            try await holdings.log("us").close()
            try await holdings.append([TestRecord("K-1")], to: "kr")
            var pages: [ListResponse] = []
            let took = try await ContinuousClock().measure {
                pages = try await Self.follow(
                    retrieval, for: reader, cursor: begun[0].cursor, pages: 5)
            }
            #expect(pages.flatMap(\.records).count == 1)
            // Greeting, record, and then a turn a second.
            #expect(took >= .seconds(2), "\(took)")
        }
    }

    @Test("each heartbeat of a list that follows is a place that is good for a day from then on")
    func places() async throws {
        try await TestHoldings.with(["kr"]) { holdings in
            let days = Mutex<Int64>(0)
            let retrieval = try holdings.retrieval(heartbeat: .milliseconds(20)) {
                days.withLock { $0 * ListCursor.lifetime / 2 }
            }
            let reader = try holdings.reader("kr")
            let request = {
                var request = ListRequest(filter: Filter(), cursor: $0)
                request.follow = true
                return request
            }
            var cursor: [UInt8] = []
            for _ in 0..<4 {
                var count = 0
                await #expect(throws: Enough.self) {
                    try await retrieval.list(request(cursor), for: reader) { page in
                        cursor = page.cursor
                        count += 1
                        if count == 1 { days.withLock { $0 += 1 } }
                        if count == 2 { throw Enough() }
                    }
                }
            }
        }
    }

    @Test("a list that follows logs that are not held speaks once a heartbeat")
    func nothingHeld() async throws {
        let heartbeat = Duration.milliseconds(100)
        try await TestHoldings.with(["kr"]) { holdings in
            let retrieval = try holdings.retrieval(heartbeat: heartbeat)
            let reader = try holdings.reader("kr")
            var pages: [ListResponse] = []
            let took = try await ContinuousClock().measure {
                pages = try await Self.follow(retrieval, for: reader, of: ["us"], pages: 4)
            }
            #expect(pages.allSatisfy { $0.records.isEmpty && !$0.cursor.isEmpty })
            #expect(took >= heartbeat * 3, "\(took)")
        }
    }
}
