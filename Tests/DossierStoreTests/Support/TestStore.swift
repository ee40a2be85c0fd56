import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierStore

/// Calls `body` with a store of test records in a directory of its own, and closes it.
func withTestStore(
    segmentBytes: Int = StoreConfiguration.defaultSegmentBytes,
    _ body: (Store, StoreConfiguration) async throws -> Void
) async throws {
    try await withTemporaryDirectory { path in
        let configuration = StoreConfiguration.forTests(
            "\(path)/store", segmentBytes: segmentBytes)
        let store = try await Store.openForTests(configuration)
        try await body(store, configuration)
        try await store.close()
    }
}

extension Store {
    /// Every record there is, in log order.
    func everything(_ query: CatalogQuery = CatalogQuery()) async throws -> [CatalogRow] {
        try await self.list(
            query, after: nil, below: try await self.pinnedSize(), limit: .max)
    }

    /// Reads everything and checks each record's place, hash and path to its batch's root.
    func checkEverything() async throws -> [StoredRecord] {
        let rows = try await self.everything()
        #expect(rows.map(\.leafIndex) == Array(0..<self.logSize))
        let records = try await self.read(rows)
        #expect(records.count == rows.count)
        for (row, record) in zip(rows, records) {
            #expect(record.leafIndex == row.leafIndex)
            #expect(record.recordID == RecordID(ofEncoded: record.bytes))
            try Tree.verifyInclusion(
                leaf: record.recordID.digest, index: UInt64(record.positionInBatch),
                treeSize: UInt64(record.batch.size), path: record.batchPath, root: record.batch.root
            )
        }
        #expect(Set(rows.map(\.recordID)).count == rows.count, "a record is there twice")
        return records
    }
}
