import DossierCore
import DossierCrypto
import FoundationEssentials
import GRDB
import Synchronization

extension SQLiteCatalog {
    func apply(_ frames: [CatalogFrame]) async throws(StoreError) {
        guard let last = frames.last else { return }
        let recordCount = frames.reduce(0) { $0 + $1.entries.count }
        do throws(StoreError) {
            try await self.writing(recordCount: recordCount) { db in
                try self.insert(frames, in: db)
                try db.execute(
                    sql: """
                        UPDATE progress SET log_size = ?, last_leaf = ?,
                        record_count = record_count + ?
                        """,
                    arguments: [
                        Int64(last.location.endIndex), Data(last.lastLeaf.bytes), recordCount,
                    ])
            }
        } catch {
            self.sets.forget()
            throw error
        }
    }

    func relocate(_ locations: [FrameLocation]) async throws(StoreError) {
        try await self.writing(recordCount: 0) { db in
            for location in locations {
                try db.execute(
                    sql: "UPDATE frames SET segment = ?, offset = ? WHERE first_index = ?",
                    arguments: [
                        Int64(location.segment), location.offset, Int64(location.firstIndex),
                    ])
            }
        }
    }

    func apply(
        late records: [LateEntry], through sequence: Int64
    ) async throws(StoreError) {
        do throws(StoreError) {
            try await self.writing(recordCount: records.count) { db in
                var inserter = try RecordInserter(db, self.sets)
                for record in records {
                    try inserter.insert(
                        record.entry, at: Int64(record.leafIndex), flags: RowFlags.isLate)
                }
                try inserter.markVersions()
                try db.execute(
                    sql: """
                        UPDATE progress SET late_sequence = ?, record_count = record_count + ?
                        """, arguments: [sequence, records.count])
            }
        } catch {
            self.sets.forget()
            throw error
        }
    }

    func tidy() async throws(StoreError) -> Bool {
        let isDone = Mutex(false)
        try await self.writing(recordCount: Self.recordsInTidying) { db in
            let before = db.totalChangesCount
            try db.execute(
                sql: "INSERT INTO lookup_tokens (lookup_tokens, rank) VALUES ('merge', ?)",
                arguments: [Self.pagesAtOnce])
            // As the index says that there was nothing to merge (FTS5, section 6.7).
            isDone.withLock { $0 = db.totalChangesCount - before < 2 }
        }
        return !isDone.withLock { $0 }
    }

    private func insert(_ frames: [CatalogFrame], in db: Database) throws {
        let insertFrame = try db.cachedStatement(
            sql: "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?, ?)")
        var inserter = try RecordInserter(db, self.sets)
        for frame in frames {
            try insertFrame.execute(arguments: Self.arguments(of: frame))
            let firstIndex = Int64(frame.location.firstIndex)
            for entry in frame.entries {
                try inserter.insert(
                    entry, at: firstIndex + Int64(entry.offset),
                    moreTokens: entry.offset == 0 ? frame.tokenOfWhole : "")
            }
        }
        try inserter.markVersions()
    }

    private static func arguments(of frame: CatalogFrame) -> StatementArguments {
        [
            Int64(frame.location.firstIndex), frame.location.recordCount,
            Data(frame.batchRoot.bytes), frame.batchSize, Int64(frame.location.segment),
            frame.location.offset, frame.location.bodyLength,
        ]
    }
}

/// The bits of the column `flags`.
enum RowFlags {
    static let orcon: Int64 = 1
    static let hasUnknown: Int64 = 2
    static let isKnownKind: Int64 = 4
    static let hasOtherVersions: Int64 = 8
    static let isLate: Int64 = 16

    /// Those that the record's bytes tell.
    static let ofFacts: Int64 = 7

    /// The bits of a record.
    static func value(of facts: RecordFacts) -> Int64 {
        (facts.marking.orcon ? self.orcon : 0)
            | (facts.hasUnknownInHeaderOrMarking ? self.hasUnknown : 0)
            | (facts.isKnownKind ? self.isKnownKind : 0)
    }
}
