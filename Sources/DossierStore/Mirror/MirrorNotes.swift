import DossierCore
import DossierCrypto
import FoundationEssentials
import GRDB

/// What a mirror keeps beside the log's frames and hashes: records that came after their leaves, how
/// far each path was asked for those, and when the log's own node was heard.
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

        -- One row: when the mirror was begun, and when the log's own node was last heard, in seconds
        -- since 1970; 0 for never.
        CREATE TABLE IF NOT EXISTS contact (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            begun_at INTEGER NOT NULL,
            heard_at INTEGER NOT NULL
        ) STRICT;
        INSERT OR IGNORE INTO contact VALUES (1, unixepoch(), 0);

        -- Of each organisation whose node offers the log: up to which of its release epochs, and
        -- below which leaf, it was asked for leaves of which there are the hashes alone.
        CREATE TABLE IF NOT EXISTS asked_leaves (
            organisation TEXT PRIMARY KEY,
            release_epoch BLOB NOT NULL,
            below INTEGER NOT NULL
        ) STRICT;
        """

    /// When the mirror was begun, when the log's own node was heard, and what was asked.
    func standing() async throws(StoreError) -> MirrorContacts {
        try await self.reading { db in
            var contacts = MirrorContacts(begunAt: 0, heardAt: 0, asked: [:])
            if let row = try Row.fetchOne(db, sql: "SELECT begun_at, heard_at FROM contact") {
                contacts.begunAt = row[0]
                contacts.heardAt = row[1]
            }
            let rows = try Row.fetchAll(
                db, sql: "SELECT organisation, release_epoch, below FROM asked_leaves")
            for row in rows {
                contacts.asked[row[0]] = AskedLeaves(
                    releaseEpoch: [UInt8](row[1] as Data), below: UInt64(row[2] as Int64))
            }
            return contacts
        }
    }

    /// Keeps up to where an organisation's node was asked.
    func keep(_ asked: AskedLeaves, of organisation: String) async throws(StoreError) {
        try await self.writing { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO asked_leaves VALUES (?, ?, ?)",
                arguments: [organisation, Data(asked.releaseEpoch), Int64(asked.below)])
        }
    }

    /// Keeps when the log's own node was heard.
    func keep(heardAt: Int64) async throws(StoreError) {
        try await self.writing { db in
            try db.execute(sql: "UPDATE contact SET heard_at = ?", arguments: [heardAt])
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
