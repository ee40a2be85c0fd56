import DossierCore
import DossierCrypto
import GRDB
import Synchronization

/// The catalog in SQLite.
///
/// One connection writes and makes every checkpoint, so that no write ever meets a checkpoint
/// (SQLite up to 3.51.2 may corrupt a file where they do); the readers have connections of their
/// own. A record has one row in `records`, which grows at its end, and its tokens in a full-text
/// index that keeps nothing but them: an inverted index that is merged in large runs, where a
/// B-tree over random keys would become slower with every record.
final class SQLiteCatalog: Catalog {
    private static let readerCount = 4
    // A checkpoint copies what the write-ahead log has gathered; fewer copy less in total.
    private static let checkpointRecords = 50_000
    /// So much is merged in one transaction: some milliseconds.
    static let pagesAtOnce = 200
    /// As many records write as much.
    static let recordsInTidying = 10_000

    let pool: DatabasePool
    let sets = ReleasabilitySets()
    private let recordsSinceCheckpoint = Mutex(0)
    private let isClosed = Mutex(false)

    /// Opens the catalog at a path, or makes it. Throws what SQLite says of a file that is none.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "catalog"
        configuration.maximumReaderCount = Self.readerCount
        configuration.prepareDatabase { db in
            // The catalog can be rebuilt: losing its last transactions in a power cut is no loss.
            try db.execute(sql: "PRAGMA synchronous = NORMAL")
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
        }
        self.pool = try DatabasePool(path: path, configuration: configuration)
        try self.pool.writeWithoutTransaction { db in
            try db.inTransaction {
                try Self.createSchema(db)
                return .commit
            }
        }
    }

    func position() async throws(StoreError) -> CatalogPosition {
        try await self.reading { db in
            let row = try Row.fetchOne(db, sql: "SELECT log_size, last_leaf FROM progress")
            guard let row, let size: Int64 = row[0] else { return .start }
            let leaf = size == 0 ? nil : try Self.digest(row, 1)
            let frame = try Self.frame(holding: UInt64(max(size, 1)) - 1, in: db)
            return CatalogPosition(
                size: UInt64(size), lastFrame: frame?.location, lastLeaf: leaf)
        }
    }

    func close() async throws(StoreError) {
        guard
            !self.isClosed.withLock({ isClosed in
                defer { isClosed = true }
                return isClosed
            })
        else { return }
        do {
            try await self.pool.writeWithoutTransaction { db in _ = try db.checkpoint(.passive) }
            try self.pool.close()
        } catch {
            throw StoreError(catalog: error)
        }
    }

    /// Reads in one snapshot.
    func reading<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        try self.checkOpen()
        do {
            return try await self.pool.read(body)
        } catch {
            throw StoreError(catalog: error)
        }
    }

    /// Writes in one transaction, and makes a checkpoint when it is time for one.
    func writing(
        recordCount: Int, _ body: @escaping @Sendable (Database) throws -> Void
    ) async throws(StoreError) {
        try self.checkOpen()
        do {
            try await self.pool.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    try body(db)
                    return .commit
                }
                if self.isCheckpointDue(after: recordCount) { _ = try db.checkpoint(.passive) }
            }
        } catch {
            throw StoreError(catalog: error)
        }
    }

    private func checkOpen() throws(StoreError) {
        guard self.isClosed.withLock({ $0 }) else { return }
        throw StoreError(.closed, "the catalog is closed")
    }

    private func isCheckpointDue(after recordCount: Int) -> Bool {
        self.recordsSinceCheckpoint.withLock { count in
            count += recordCount
            guard count >= Self.checkpointRecords else { return false }
            count = 0
            return true
        }
    }
}

extension StoreError {
    /// The store's error for what SQLite said.
    init(catalog error: any Error) {
        switch error {
        case let error as StoreError: self = error
        case is CancellationError: self.init(.cancelled, "the caller was cancelled", cause: error)
        case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
            self.init(.storageFull, "no space left for the catalog", cause: error)
        case let error as DatabaseError where error.resultCode == .SQLITE_READONLY:
            self.init(.readOnly, "the catalog's file system is read-only", cause: error)
        case let error as DatabaseError
        where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode):
            self.init(.corrupted, "the catalog is damaged, rebuild it", cause: error)
        case let error as DatabaseError where error.resultCode == .SQLITE_MISUSE:
            self.init(.closed, "the catalog is closed", cause: error)
        default: self.init(.storageFailed, "the catalog failed", cause: error)
        }
    }
}
