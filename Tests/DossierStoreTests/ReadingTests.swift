import DossierCore
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierStore

@Suite("Reading records")
struct ReadingTests {
    @Test("any rows, in any order, give their records")
    func anyRows() async throws {
        try await withTestStore(segmentBytes: 60_000) { store, _ in
            var random = SeededGenerator(seed: 3)
            var first = 0
            // From single records to a batch whose head is longer than the first read.
            for size in [1, 1, 1, 2, 300, 1, 3500, 7, 1, 1, 40] {
                _ = try await store.submit(.numbered(first..<first + size))
                first += size
            }
            let rows = try await store.everything()
            let all = try await store.checkEverything()
            for _ in 0..<60 {
                let count = Int.random(in: 0...20, using: &random)
                let picked = (0..<count).map { _ in Int.random(in: 0..<first, using: &random) }
                let records = try await store.read(picked.map { rows[$0] })
                #expect(records == picked.map { all[$0] })
            }
        }
    }

    @Test("a batch gives the paths of RFC 6962 to its root", arguments: 1...70)
    func paths(size: Int) throws {
        let leaves = (0..<size).map { TestRecord(reference: "KR-\($0)").recordID }
        let head = try #require(
            Frame.numbered(0..<size).body.withUnsafeBytes {
                FrameHead(decoding: $0, recordCount: size)
            })
        let root = TreeOracle.root(leaves[...])
        let batch = try #require(OpenBatch(head, firstIndex: 0, root: root))
        for index in 0..<size {
            #expect(batch.path(of: index) == TreeOracle.path(index, leaves[...]))
        }
    }

    @Test("the cache lets the batches go that were not used for the longest time")
    func cache() throws {
        let cache = BatchCache()
        for number in 0..<100 as Range<UInt64> {
            let frame = Frame.numbered(0..<3)
            let head = try #require(
                frame.body.withUnsafeBytes { FrameHead(decoding: $0, recordCount: 3) })
            let root = Tree.root(of: head.leafHashes)
            cache.insert(try #require(OpenBatch(head, firstIndex: number, root: root)))
            #expect(cache[0] != nil, "used again and again")
        }
        #expect(cache[99] != nil)
        #expect(cache[1] == nil)
    }
}
