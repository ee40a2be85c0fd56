import DossierCore
import DossierTestSupport
import Testing

@testable import DossierStore

@Suite("Reading a log for its mirrors")
struct LogFeedTests {
    @Test("from every leaf on, also within a batch, everything comes once and in order")
    func everywhere() async throws {
        try await withTestStore(segmentBytes: 600) { store, _ in
            for (start, size) in [(0, 1), (1, 4), (5, 2), (7, 3)] {
                _ = try await store.submit(.numbered(start..<start + size))
            }
            // One that the log has in part.
            _ = try await store.submit(.numbered(8..<13))
            let all = try await store.everything()
            for position in 0...store.logSize {
                for maximumBytes in [1, 100_000] {
                    var feed = LogFeed(of: store.held, from: position)
                    var next = position
                    while feed.position < store.logSize {
                        let batches = try await feed.next(
                            below: store.logSize, maximumBytes: maximumBytes)
                        for batch in batches {
                            #expect(batch.firstIndex == next)
                            #expect(batch.terms.first??.releasability == ["us", "jp"])
                            for (offset, record) in batch.records.enumerated() {
                                let row = all[Int(next) + offset]
                                #expect(
                                    batch.leafHashes[batch.added[offset]] == row.recordID.digest)
                                #expect(RecordID(ofEncoded: record) == row.recordID)
                            }
                            next = batch.endIndex
                        }
                    }
                    #expect(next == store.logSize)
                    let rest = try await feed.next(
                        below: store.logSize, maximumBytes: maximumBytes)
                    #expect(rest.isEmpty)
                }
            }
        }
    }

    @Test("what does not speak for itself is known at once, whatever the catalog has taken in")
    func ofMore() async throws {
        try await withTestStore { store, _ in
            let first = TestRecord(reference: "X-9")
            for round in 0..<20 {
                _ = try await store.submit(.numbered(round * 3..<round * 3 + 3, text: "\(round)"))
                #expect(try await store.held.rowsOfMore(in: 0..<store.logSize).isEmpty)
            }
            _ = try await store.submit(
                Submission([first, TestRecord(reference: "O", orcon: true)]))
            var rows = try await store.held.rowsOfMore(in: 0..<store.logSize)
            #expect(rows.map(\.facts.reference) == ["O"])
            _ = try await store.submit(Submission([first.next(.restrict)]))
            rows = try await store.held.rowsOfMore(in: 0..<store.logSize)
            #expect(rows.map(\.facts.reference) == ["X-9", "O", "X-9"])
            #expect(rows.map(\.hasOtherVersions) == [true, false, true])
        }
    }
}
