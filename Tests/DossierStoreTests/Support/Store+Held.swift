import DossierCore
import DossierStore

// What most tests read, without naming the part of the store that reads.
extension Store {
    func publishedTree() throws(StoreError) -> PublishedTree { try self.held.publishedTree() }

    func pinnedSize() async throws(StoreError) -> UInt64 { try await self.held.pinnedSize() }

    func list(
        _ query: CatalogQuery, after leafIndex: UInt64?, below pinnedSize: UInt64, limit: Int,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(StoreError) -> [CatalogRow] {
        try await self.held.list(
            query, after: leafIndex, below: pinnedSize, limit: limit, until: deadline)
    }

    func find(
        recordIDPrefix prefix: String, limit: Int, until deadline: ContinuousClock.Instant? = nil
    ) async throws(StoreError) -> [CatalogRow] {
        try await self.held.find(recordIDPrefix: prefix, limit: limit, until: deadline)
    }

    func find(originator: String, reference: String) async throws(StoreError) -> [CatalogRow] {
        try await self.held.find(originator: originator, reference: reference)
    }

    func read(_ rows: [CatalogRow]) async throws(StoreError) -> [StoredRecord] {
        try await self.held.read(rows)
    }
}
