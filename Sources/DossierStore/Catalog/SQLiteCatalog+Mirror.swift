import GRDB

// What is asked of the catalog of a mirror.
extension SQLiteCatalog {
    /// The leaves of a range that have no record, as ranges, ascending, at most so many.
    func gaps(in leaves: Range<UInt64>, limit: Int) async throws(StoreError) -> [Range<UInt64>] {
        guard !leaves.isEmpty else { return [] }
        return try await self.reading { db in
            let indexes = try Int64.fetchCursor(
                db,
                sql: """
                    SELECT leaf_index FROM records WHERE leaf_index >= ? AND leaf_index < ?
                    ORDER BY leaf_index
                    """, arguments: [Int64(leaves.lowerBound), Int64(leaves.upperBound)])
            var gaps: [Range<UInt64>] = []
            var next = leaves.lowerBound
            while gaps.count < limit {
                let held = try indexes.next().map { UInt64($0) } ?? leaves.upperBound
                if held > next { gaps.append(next..<held) }
                next = held + 1
                guard held < leaves.upperBound else { break }
            }
            return gaps
        }
    }

    /// How many leaves have no record.
    func gapCount() async throws(StoreError) -> UInt64 {
        try await self.reading { db in
            let count = try Int64.fetchOne(db, sql: "SELECT log_size - record_count FROM progress")
            return UInt64(max(count ?? 0, 0))
        }
    }

    /// How far what came after its leaf is taken in.
    func lateSequence() async throws(StoreError) -> Int64 {
        try await self.reading { db in
            try Int64.fetchOne(db, sql: "SELECT late_sequence FROM progress") ?? 0
        }
    }

    /// The last frame that ends at or before a leaf; nil if that is none.
    func location(endingAtOrBefore leafIndex: UInt64) async throws(StoreError) -> FrameLocation? {
        try await self.reading { db in
            guard leafIndex > 0,
                let frame = try Self.frame(holding: leafIndex - 1, in: db)?.location
            else { return nil }
            if frame.endIndex <= leafIndex { return frame }
            guard frame.firstIndex > 0 else { return nil }
            return try Self.frame(holding: frame.firstIndex - 1, in: db)?.location
        }
    }

    /// The records that are about another's.
    func rowsAboutOthers() async throws(StoreError) -> [CatalogRow] {
        try await self.rows(RecordQuery.aboutOthers)
    }

    /// The records in a range of leaves that do not speak for themselves, see
    /// ``HeldLog/rowsOfMore(in:)``.
    func rowsOfMore(in leaves: Range<UInt64>) async throws(StoreError) -> [CatalogRow] {
        let statement = RecordQuery(ofMoreIn: leaves)
        return try await self.rows(statement)
    }
}
