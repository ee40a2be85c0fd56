import DossierCore
import DossierCrypto
import DossierTestSupport
import Testing

@testable import DossierStore

@Suite("The catalog")
struct CatalogTests {
    private func submit(_ records: [TestRecord], to store: Store) async throws {
        var rest = records[...]
        var size = 1
        while !rest.isEmpty {
            _ = try await store.submit(Submission(Array(rest.prefix(size))))
            rest = rest.dropFirst(size)
            size = size % 17 + 1
        }
    }

    @Test("finds what a plain search through all records finds", arguments: [1, 2, 3] as [UInt64])
    func model(seed: UInt64) async throws {
        try await withTestStore { store, _ in
            var random = RandomRecords(seed: seed)
            let records = (0..<400).map { _ in random.next() }
            try await self.submit(records, to: store)
            for _ in 0..<300 {
                let query = random.query(of: records)
                let expected = records.indices.filter { query.means(records[$0]) }
                let rows = try await store.everything(query)
                #expect(rows.map { Int($0.leafIndex) } == expected, "\(query)")
            }
        }
    }

    @Test("gives the facts as they were submitted")
    func facts() async throws {
        try await withTestStore { store, _ in
            var random = RandomRecords(seed: 4)
            let records = (0..<100).map { _ in random.next() }
            try await self.submit(records, to: store)
            for (row, record) in zip(try await store.everything(), records) {
                var facts = record.facts
                facts.lookupKeys = []
                #expect(row.facts == facts)
                #expect(row.recordID.digest == record.recordID)
            }
        }
    }

    @Test("a list goes on where it ended, and does not go beyond what it is pinned to")
    func paging() async throws {
        try await withTestStore { store, _ in
            var random = RandomRecords(seed: 5)
            let records = (0..<200).map { _ in random.next() }
            try await self.submit(records, to: store)
            for query in (0..<20).map({ _ in random.query(of: records) }) {
                let all = try await store.everything(query).filter { $0.leafIndex < 150 }
                var paged: [CatalogRow] = []
                while true {
                    let page = try await store.list(
                        query, after: paged.last?.leafIndex, below: 150, limit: 3)
                    paged += page
                    if page.count < 3 { break }
                }
                #expect(paged == all)
            }
        }
    }

    @Test("rebuilt from the log it is the same")
    func rebuilt() async throws {
        try await withTestStore(segmentBytes: 4000) { store, configuration in
            var random = RandomRecords(seed: 6)
            let records = (0..<300).map { _ in random.next() }
            try await self.submit(records, to: store)
            let queries = (0..<100).map { _ in random.query(of: records) }
            let before = try await self.answers(of: store, queries)
            try await store.close()
            try await Store.reindex(configuration)
            let reopened = try await Store.openForTests(configuration)
            #expect(try await self.answers(of: reopened, queries) == before)
            _ = try await reopened.checkEverything()
            try await reopened.close()
        }
    }

    @Test("a version that has its receipt counts for those before it, whatever a list is pinned to")
    func receivedVersion() async throws {
        try await withTestStore { store, _ in
            let records = (1...20).map { TestRecord(reference: "KR-\($0)") }
            _ = try await store.submit(Submission(records))
            let pinned = try await store.held.pinnedSize()
            for amended in 1...records.count {
                _ = try await store.submit(Submission([records[amended - 1].next()]))
                let rows = try await store.list(
                    CatalogQuery(), after: nil, below: pinned, limit: records.count)
                #expect(rows.map(\.hasOtherVersions) == (1...20).map { $0 <= amended })
            }
        }
    }

    @Test("tidied it is the same")
    func tidied() async throws {
        try await withTestStore { store, _ in
            var random = RandomRecords(seed: 7)
            let records = (0..<300).map { _ in random.next() }
            for start in stride(from: 0, to: records.count, by: 10) {
                _ = try await store.submit(Submission(Array(records[start..<start + 10])))
                // A transaction of their own.
                _ = try await store.everything()
            }
            let queries = (0..<100).map { _ in random.query(of: records) }
            let before = try await self.answers(of: store, queries)
            var rounds = 0
            while try await store.held.catalog.tidy() {
                rounds += 1
                try #require(rounds < 100)
            }
            #expect(rounds > 0)
            #expect(try await self.answers(of: store, queries) == before)
        }
    }

    @Test("a catalog that is lost, damaged or ahead of the log is rebuilt")
    func damaged() async throws {
        try await withTestStore { store, configuration in
            _ = try await store.submit(.numbered(0..<20))
            let before = try await store.everything()
            try await store.close()
            let path = "\(configuration.directory)/catalog.sqlite"
            let files = POSIXFileSystem()
            for damage in 0..<2 {
                let file = try files.open(path, .update)
                if damage == 0 {
                    try file.truncate(to: 5000)
                } else {
                    try file.write([UInt8](repeating: 7, count: 4096), at: 0)
                }
                let reopened = try await Store.openForTests(configuration)
                #expect(try await reopened.everything() == before)
                try await reopened.close()
            }
        }
    }

    @Test("a prefix finds every record id that begins with it")
    func prefixes() async throws {
        try await withTestStore { store, _ in
            _ = try await store.submit(.numbered(0..<300))
            let ids = try await store.everything().map(\.recordID.hexadecimal)
            for length in [1, 2, 3, 8, 15, 16, 17, 63, 64] {
                for id in ids.prefix(20) {
                    let prefix = String(id.prefix(length))
                    let rows = try await store.find(recordIDPrefix: prefix, limit: 1000)
                    #expect(
                        rows.map(\.recordID.hexadecimal) == ids.filter { $0.hasPrefix(prefix) })
                }
            }
            for wrong in ["%", "_", "A", "0123456x", "' OR 1", String(repeating: "0", count: 65)] {
                #expect(try await store.find(recordIDPrefix: wrong, limit: 9).isEmpty)
            }
        }
    }

    @Test("the versions of a finding are found by originator and reference")
    func finding() async throws {
        try await withTestStore { store, _ in
            let first = TestRecord()
            let records = [
                first, TestRecord(originator: "us"), first.next(), TestRecord(reference: "KR-2"),
                first.next().next(),
            ]
            _ = try await store.submit(Submission(records))
            let rows = try await store.find(originator: "kr", reference: "KR-1")
            #expect(rows.map(\.facts.version) == [1, 2, 3])
            #expect(try await store.find(originator: "kr", reference: "KR").isEmpty)
        }
    }

    @Test("reading a record whose bytes have changed is refused, its neighbours are read")
    func damagedRecord() async throws {
        try await withTestStore { store, configuration in
            for number in 0..<3 {
                _ = try await store.submit(.numbered(number * 2..<number * 2 + 2))
            }
            let rows = try await store.everything()
            let segment = "\(configuration.directory)/segments/\(SegmentFile.name(firstIndex: 0))"
            let file = try POSIXFileSystem().open(segment, .update)
            let end = rows[2].frame.offset + FrameHeader.byteCount + rows[2].frame.bodyLength
            let last = try file.read(count: 1, at: end - 1)
            try file.write([last[0] ^ 1], at: end - 1)
            await #expect(throws: StoreError(.corrupted, "")) {
                _ = try await store.read([rows[3]])
            }
            #expect(
                try await store.read([rows[0], rows[2], rows[5]]).map(\.leafIndex) == [0, 2, 5])
            try await store.close()
            // The next start finds it, serves the others, and takes nothing.
            let reopened = try await Store.openForTests(configuration)
            await #expect(throws: StoreError(.corrupted, "")) {
                _ = try await reopened.submit(.numbered(50..<51))
            }
            #expect(try await reopened.read([rows[0], rows[5]]).map(\.leafIndex) == [0, 5])
            try await reopened.close()
        }
    }

    private func answers(
        of store: Store, _ queries: [CatalogQuery]
    ) async throws -> [[CatalogRow]] {
        var answers = [try await store.everything()]
        for query in queries { answers.append(try await store.everything(query)) }
        return answers
    }
}
