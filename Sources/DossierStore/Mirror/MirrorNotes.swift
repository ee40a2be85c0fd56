import DossierCore
import DossierCrypto
import FoundationEssentials
import GRDB

/// What a mirror keeps beside the log's frames and hashes: records that came after their leaves, and
/// how far the peer had released what it has.
///
/// Unlike the catalog it cannot be rebuilt from the log.
final class MirrorNotes: Sendable {
    /// The file's name in the mirror's directory.
    static let name = "notes.sqlite"

    private let queue: DatabaseQueue

    /// Opens the file, or makes it.
    init(in directory: String) throws(StoreError) {
        var configuration = Configuration()
        configuration.label = "mirror notes"
        do {
            _ = try POSIXFileSystem().open("\(directory)/\(Self.name)", .create)
            self.queue = try DatabaseQueue(
                path: "\(directory)/\(Self.name)", configuration: configuration)
            try self.queue.write { try $0.execute(sql: Self.schema) }
        } catch let error as FileError {
            throw StoreError(error)
        } catch {
            throw StoreError(catalog: error)
        }
    }

    private static let schema = """
        -- Records that came after their leaves, in the order in which they came.
        CREATE TABLE IF NOT EXISTS late_records (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            leaf_index INTEGER NOT NULL UNIQUE,
            record BLOB NOT NULL,
            attestation BLOB NOT NULL,
            batch_root BLOB NOT NULL,
            batch_size INTEGER NOT NULL,
            position INTEGER NOT NULL,
            path BLOB NOT NULL
        ) STRICT;

        -- One row: up to which release epoch of the peer hash-only leaves were asked for again, and
        -- when the peer was last heard, in seconds since 1970.
        CREATE TABLE IF NOT EXISTS standing (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            release_epoch BLOB NOT NULL,
            heard_at INTEGER NOT NULL
        ) STRICT;
        INSERT OR IGNORE INTO standing VALUES (1, x'', 0);
        """

    /// The release epoch up to which hash-only leaves were asked for, and when the peer was heard; 0
    /// for never.
    func standing() async throws(StoreError) -> (releaseEpoch: [UInt8], heardAt: Int64) {
        try await self.reading { db in
            guard
                let row = try Row.fetchOne(db, sql: "SELECT release_epoch, heard_at FROM standing")
            else { return ([], 0) }
            return ([UInt8](row[0] as Data), row[1])
        }
    }

    /// Keeps the release epoch.
    func keep(releaseEpoch: [UInt8]) async throws(StoreError) {
        try await self.writing { db in
            try db.execute(
                sql: "UPDATE standing SET release_epoch = ?", arguments: [Data(releaseEpoch)])
        }
    }

    /// Keeps when the peer was heard.
    func keep(heardAt: Int64) async throws(StoreError) {
        try await self.writing { db in
            try db.execute(sql: "UPDATE standing SET heard_at = ?", arguments: [heardAt])
        }
    }

    /// Keeps records that came late; those that are kept already change nothing.
    func add(_ records: [LateRecord]) async throws(StoreError) {
        try await self.writing { db in
            let insert = try db.cachedStatement(
                sql: """
                    INSERT OR IGNORE INTO late_records
                    (leaf_index, record, attestation, batch_root, batch_size, position, path)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """)
            for record in records {
                try insert.execute(arguments: [
                    Int64(record.leafIndex), Data(record.record), Data(record.attestation),
                    Data(record.batchRoot.bytes), record.batchSize, record.positionInBatch,
                    Data(record.batchPath.flatMap(\.bytes)),
                ])
            }
        }
    }

    /// The records that came after one with a sequence number, at most so many, and the number of
    /// the last of them.
    func records(
        after sequence: Int64, limit: Int
    ) async throws(StoreError) -> [(sequence: Int64, record: LateRecord)] {
        try await self.reading { db in
            try Row.fetchAll(
                db, sql: Self.selection + " WHERE sequence > ? ORDER BY sequence LIMIT ?",
                arguments: [sequence, limit]
            ).map { (sequence: $0[0], record: try Self.record($0)) }
        }
    }

    /// The record of a row of the catalog. Throws `corrupted` if it does not have its hash.
    func record(of row: CatalogRow) async throws(StoreError) -> StoredRecord {
        let found = try await self.reading { db in
            try Row.fetchOne(
                db, sql: Self.selection + " WHERE leaf_index = ?",
                arguments: [Int64(row.leafIndex)]
            ).map { try Self.record($0) }
        }
        guard let late = found, RecordID(ofEncoded: late.record) == row.recordID else {
            throw StoreError(
                .corrupted, "\(Self.name), leaf \(row.leafIndex): record does not have its hash")
        }
        return StoredRecord(
            bytes: late.record, leafIndex: late.leafIndex, recordID: row.recordID,
            batch: StoredBatch(
                firstIndex: late.leafIndex, attestation: late.attestation, root: late.batchRoot,
                size: late.batchSize),
            positionInBatch: late.positionInBatch, batchPath: late.batchPath)
    }

    /// Closes the file.
    func close() throws(StoreError) {
        do { try self.queue.close() } catch { throw StoreError(catalog: error) }
    }

    // MARK: - Rows

    private static let selection = """
        SELECT sequence, leaf_index, record, attestation, batch_root, batch_size, position, path
        FROM late_records
        """

    private static func record(_ row: Row) throws -> LateRecord {
        guard let path = Digest.list(row[7] as Data) else {
            throw StoreError(.corrupted, "\(Self.name): a path ends within a hash")
        }
        return LateRecord(
            leafIndex: UInt64(row[1] as Int64), record: [UInt8](row[2] as Data),
            attestation: [UInt8](row[3] as Data), batchRoot: try SQLiteCatalog.digest(row, 4),
            batchSize: row[5], positionInBatch: row[6], batchPath: path)
    }

    private func reading<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreError) -> Value {
        do { return try await self.queue.read(body) } catch { throw StoreError(catalog: error) }
    }

    private func writing(
        _ body: @escaping @Sendable (Database) throws -> Void
    ) async throws(StoreError) {
        do { try await self.queue.write(body) } catch { throw StoreError(catalog: error) }
    }
}
