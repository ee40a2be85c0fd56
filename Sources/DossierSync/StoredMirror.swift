import DossierCrypto
import DossierStore

/// A mirror in the store, as sync keeps it.
struct StoredMirror: MirrorKeeping {
    let mirror: Mirror

    var standing: Mirror.Standing { self.mirror.standing }

    func keep(_ leaves: MirroredLeaves) async throws(SyncFailure) {
        try await Self.stored { () throws(StoreError) in try await self.mirror.append(leaves) }
    }

    func keep(_ records: [LateRecord]) async throws(SyncFailure) {
        try await Self.stored { () throws(StoreError) in try await self.mirror.add(records) }
    }

    func keep(_ asked: AskedLeaves, of organisation: String) async throws(SyncFailure) {
        try await Self.stored { () throws(StoreError) in
            try await self.mirror.keep(asked, of: organisation)
        }
    }

    func keep(heardAt: Int64) async throws(SyncFailure) {
        try await Self.stored { () throws(StoreError) in
            try await self.mirror.keep(heardAt: heardAt)
        }
    }

    func hashOnlyCount() async throws(SyncFailure) -> UInt64 {
        try await Self.stored { () throws(StoreError) in try await self.mirror.hashOnlyCount() }
    }

    func hashOnlyRanges(
        in leaves: Range<UInt64>, limit: Int
    ) async throws(SyncFailure) -> [Range<UInt64>] {
        try await Self.stored { () throws(StoreError) in
            try await self.mirror.hashOnlyRanges(in: leaves, limit: limit)
        }
    }

    func leafHashes(_ indexes: [UInt64]) async throws(SyncFailure) -> [Digest] {
        try await Self.stored { () throws(StoreError) in
            try await self.mirror.leafHashes(indexes)
        }
    }

    private static func stored<Value>(
        _ body: () async throws(StoreError) -> Value
    ) async throws(SyncFailure) -> Value {
        do throws(StoreError) { return try await body() } catch {
            throw SyncFailure(.storage, "\(error.code): \(error.message)", cause: error)
        }
    }
}
