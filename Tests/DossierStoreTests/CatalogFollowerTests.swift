import DossierCrypto
import Testing

@testable import DossierStore

@Suite("Following the log")
struct CatalogFollowerTests {
    /// A log with some frames, and a follower of it with nothing in memory.
    private func make() async throws -> (TestLog, MemoryCatalog, CatalogFollower) {
        let log = TestLog()
        try log.open()
        for start in [0, 10, 20] { try await log.append([.numbered(start..<start + 10)]) }
        let catalog = MemoryCatalog()
        let follower = CatalogFollower(
            log: try #require(log.log), catalog: catalog, position: .start
        ) { TestRecord.facts(of: $0) }
        return (log, catalog, follower)
    }

    private func recordIDs(_ numbers: Range<Int>) -> [Digest] {
        numbers.map { TestRecord(reference: "KR-\($0)").recordID }
    }

    @Test("what is not in memory is read from the log")
    func fromLog() async throws {
        let (_, catalog, follower) = try await self.make()
        try await follower.wait(for: 30)
        #expect(catalog.recordIDs == self.recordIDs(0..<30))
        #expect(follower.catalogSize == 30)
    }

    @Test("frames from memory and from the log go in once, in order")
    func mixed() async throws {
        let (log, catalog, follower) = try await self.make()
        let submission = PreparedSubmission(.numbered(30..<35))
        let locations = try await #require(log.log).append([submission.wholeFrame])
        // Comes before the follower has read what stands before it.
        follower.follow(
            [submission.catalogFrame(appending: Array(0..<5), at: try #require(locations.first))])
        try await follower.wait(for: 35)
        #expect(catalog.recordIDs == self.recordIDs(0..<35))
    }

    @Test("who waits for a catalog that fails is told, and it is tried again")
    func failure() async throws {
        let (_, catalog, follower) = try await self.make()
        catalog.fail(with: StoreError(.storageFull, "no space"))
        for _ in 0..<3 {
            await #expect(throws: StoreError(.storageFull, "")) { try await follower.wait(for: 5) }
        }
        #expect(follower.failure?.code == .storageFull)
        catalog.fail(with: nil)
        try await follower.wait(for: 30)
        #expect(follower.failure == nil)
        #expect(catalog.recordIDs == self.recordIDs(0..<30))
    }

    @Test("nobody waits beyond his deadline")
    func deadline() async throws {
        let (_, catalog, follower) = try await self.make()
        catalog.hold()
        await #expect(throws: StoreError(.catalogBehind, "")) {
            try await follower.wait(for: 30, until: .now)
        }
        catalog.release()
        try await follower.wait(for: 30)
    }

    @Test("whose task is cancelled does not wait on")
    func cancellation() async throws {
        let (_, catalog, follower) = try await self.make()
        catalog.hold()
        let waiting = Task { try await follower.wait(for: 30) }
        waiting.cancel()
        await #expect(throws: StoreError(.cancelled, "")) { try await waiting.value }
        catalog.release()
        try await follower.wait(for: 30)
    }

    @Test("after many records, and when nothing else is to be done, it is tidied until it is tidy")
    func tidying() async throws {
        let (log, catalog, follower) = try await self.make()
        catalog.makeUntidy(3)
        try await follower.wait(for: 30)
        var sizes = catalog.sizesWhenTidied.makeAsyncIterator()
        for start in [10_000, 20_000] {
            try await log.append([.numbered(start..<start + 10_000)])
        }
        try await follower.wait(for: 20_030)
        for _ in 0..<3 { #expect(await sizes.next() == 20_030) }
        // Not for a few, which come and go unnoticed.
        try await log.append([.numbered(30_000..<30_010)])
        try await follower.wait(for: 20_040)
        for start in [40_000, 50_000] {
            try await log.append([.numbered(start..<start + 10_000)])
        }
        try await follower.wait(for: 40_040)
        #expect(await sizes.next() == 40_040)
    }

    @Test("closing ends the waits")
    func closing() async throws {
        let (_, _, follower) = try await self.make()
        await follower.close()
        await #expect(throws: StoreError(.closed, "")) { try await follower.wait(for: 30) }
    }
}
