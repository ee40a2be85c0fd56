import DossierCore
import DossierCrypto
import FoundationEssentials
import GRDB

extension SQLiteCatalog {
    func apply(_ frames: [CatalogFrame]) async throws(StoreError) {
        guard let last = frames.last else { return }
        let recordCount = frames.reduce(0) { $0 + $1.entries.count }
        do throws(StoreError) {
            try await self.writing(recordCount: recordCount) { db in
                try self.insert(frames, in: db)
                try db.execute(
                    sql: "UPDATE progress SET log_size = ?, last_record_id = ?",
                    arguments: [
                        Int64(last.location.endIndex),
                        last.entries.last.map { Data($0.recordID.bytes) },
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

    private func insert(_ frames: [CatalogFrame], in db: Database) throws {
        let insertFrame = try db.cachedStatement(
            sql: "INSERT INTO frames VALUES (?, ?, ?, ?, ?, ?, ?)")
        let insertRecord = try db.cachedStatement(
            sql: "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        let insertTokens = try db.cachedStatement(
            sql: "INSERT INTO lookup_tokens (rowid, tokens) VALUES (?, ?)")
        for frame in frames {
            try insertFrame.execute(arguments: Self.arguments(of: frame))
            var leafIndex = Int64(frame.location.firstIndex)
            for entry in frame.entries {
                let set = try self.sets.id(of: entry.facts.marking.releasability, in: db)
                insertRecord.setUncheckedArguments(
                    Self.arguments(of: entry, leafIndex: leafIndex, releasabilitySet: set))
                try insertRecord.execute()
                let isFirst = leafIndex == frame.location.firstIndex
                insertTokens.setUncheckedArguments([
                    leafIndex, isFirst ? frame.tokensOfFirst : entry.tokens,
                ])
                try insertTokens.execute()
                leafIndex += 1
            }
        }
    }

    private static func arguments(of frame: CatalogFrame) -> StatementArguments {
        [
            Int64(frame.location.firstIndex), frame.location.recordCount,
            Data(frame.batchRoot.bytes), frame.batchSize, Int64(frame.location.segment),
            frame.location.offset, frame.location.bodyLength,
        ]
    }

    private static func arguments(
        of entry: CatalogEntry, leafIndex: Int64, releasabilitySet: Int64
    ) -> StatementArguments {
        let facts = entry.facts
        return [
            leafIndex, entry.recordID.withUnsafeBytes { Data($0) }, facts.originator,
            facts.reference, Int64(facts.version), Int64(facts.operation.rawValue),
            facts.targetRecordID.isEmpty ? nil : Data(facts.targetRecordID), Int64(facts.kind),
            Int64(facts.formatVersion), Int64(facts.marking.tlp), Int64(facts.marking.pap),
            RowFlags.value(of: facts), releasabilitySet, facts.occurredStart, facts.occurredEnd,
            facts.known, facts.reported,
        ]
    }
}

/// The bits of the column `flags`.
enum RowFlags {
    static let orcon: Int64 = 1
    static let hasUnknown: Int64 = 2
    static let isKnownKind: Int64 = 4

    /// The bits of a record.
    static func value(of facts: RecordFacts) -> Int64 {
        (facts.marking.orcon ? self.orcon : 0)
            | (facts.hasUnknownInHeaderOrMarking ? self.hasUnknown : 0)
            | (facts.isKnownKind ? self.isKnownKind : 0)
    }
}
