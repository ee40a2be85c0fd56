import DossierCore
import DossierCrypto
import FoundationEssentials
import GRDB

extension SQLiteCatalog {
    func records(
        _ query: CatalogQuery, after: UInt64?, below: UInt64, limit: Int
    ) async throws(StoreError) -> [CatalogRow] {
        try await self.rows(RecordQuery(query, after: after, below: below, limit: limit))
    }

    /// The rows that a statement means.
    func rows(_ statement: RecordQuery) async throws(StoreError) -> [CatalogRow] {
        try await self.reading { db in
            let cursor = try Row.fetchCursor(
                db.cachedStatement(sql: statement.sql), arguments: statement.arguments)
            var rows: [CatalogRow] = []
            var frame: FrameRow?
            while let row = try cursor.next() {
                let leafIndex = UInt64(row[0] as Int64)
                if frame.map({ leafIndex >= $0.location.endIndex }) ?? true {
                    frame = try Self.frame(holding: leafIndex, in: db)
                }
                guard let frame else { throw Self.damaged("no frame holds leaf \(leafIndex)") }
                rows.append(try self.row(row, leafIndex: leafIndex, frame, in: db))
            }
            return rows
        }
    }

    func standing(
        _ recordIDs: [Digest], _ versions: [FindingVersion]
    ) async throws(StoreError) -> StandingRecords {
        try await self.reading { db in
            var standing = StandingRecords(size: try Self.logSize(db))
            for chunk in recordIDs.chunks(of: Self.tokensAtOnce) {
                let rows = try Row.fetchCursor(
                    db.cachedStatement(sql: Self.identities(where: Self.tokenMatch)),
                    arguments: [CatalogTokens.expression(anyOf: chunk)])
                let asked = Set(chunk)
                while let identity = try rows.next().map(Self.identity) {
                    guard asked.contains(identity.recordID) else { continue }
                    standing.leafIndexes[identity.recordID] = identity.leafIndex
                }
            }
            for chunk in versions.chunks(of: Self.tokensAtOnce) {
                let rows = try Row.fetchCursor(
                    db.cachedStatement(sql: Self.identities(where: Self.tokenMatch)),
                    arguments: [CatalogTokens.expression(anyOf: chunk)])
                let asked = Set(chunk)
                while let identity = try rows.next().map(Self.identity) {
                    guard asked.contains(identity.version) else { continue }
                    standing.versions[identity.version] = StandingVersion(
                        recordID: identity.recordID, isWithdrawal: identity.isWithdrawal)
                }
            }
            return standing
        }
    }

    func wholeBatch(root: Digest, size: Int) async throws(StoreError) -> UInt64? {
        let expression = CatalogTokens.expression(wholeBatch: root)
        return try await self.reading { db in
            let statement = try db.cachedStatement(
                sql: """
                    SELECT f.first_index FROM lookup_tokens t CROSS JOIN frames f
                    WHERE f.first_index = t.rowid AND lookup_tokens MATCH ?
                    AND f.batch_root = ? AND f.batch_size = ? AND f.record_count = f.batch_size
                    """)
            let firstIndex = try Int64.fetchOne(
                statement, arguments: [expression, Data(root.bytes), size])
            return firstIndex.map { UInt64($0) }
        }
    }

    func forEachIdentity(
        from leafIndex: UInt64, _ body: @escaping @Sendable (RecordIdentity) -> Void
    ) async throws(StoreError) {
        try await self.reading { db in
            let rows = try Row.fetchCursor(
                db, sql: Self.identities(where: "r.leaf_index >= ?") + " ORDER BY r.leaf_index",
                arguments: [Int64(leafIndex)])
            while let row = try rows.next() { body(try Self.identity(row)) }
        }
    }

    // MARK: - Frames

    /// A row of `frames`.
    struct FrameRow {
        var location: FrameLocation
        var batchRoot: Digest
    }

    /// The frame that holds a leaf; nil if none does.
    static func frame(holding leafIndex: UInt64, in db: Database) throws -> FrameRow? {
        let statement = try db.cachedStatement(
            sql: """
                SELECT first_index, record_count, segment, offset, body_length, batch_root
                FROM frames WHERE first_index <= ? ORDER BY first_index DESC LIMIT 1
                """)
        guard let row = try Row.fetchOne(statement, arguments: [Int64(leafIndex)]) else {
            return nil
        }
        let location = FrameLocation(
            firstIndex: UInt64(row[0] as Int64), recordCount: row[1],
            segment: UInt64(row[2] as Int64), offset: row[3], bodyLength: row[4])
        guard leafIndex < location.endIndex else { return nil }
        return FrameRow(location: location, batchRoot: try self.digest(row, 5))
    }

    // MARK: - Rows

    // So many terms the index searches for at once; more make its merge slow.
    private static let tokensAtOnce = 100
    private static let tokenMatch = "t.rowid = r.leaf_index AND lookup_tokens MATCH ?"

    private static func logSize(_ db: Database) throws -> UInt64 {
        UInt64(try Int64.fetchOne(db, sql: "SELECT log_size FROM progress") ?? 0)
    }

    private static func identities(where condition: String) -> String {
        let tokens = condition.contains("MATCH") ? "lookup_tokens t CROSS JOIN " : ""
        return """
            SELECT r.leaf_index, r.record_id, r.originator, r.reference, r.version, r.operation
            FROM \(tokens)records r WHERE \(condition)
            """
    }

    private static func identity(_ row: Row) throws -> RecordIdentity {
        RecordIdentity(
            leafIndex: UInt64(row[0] as Int64), recordID: try self.digest(row, 1),
            version: FindingVersion(
                originator: row[2], reference: row[3], version: UInt32(row[4] as Int64)),
            isWithdrawal: Int32(row[5] as Int64) == Operation.withdraw.rawValue)
    }

    private func row(
        _ row: Row, leafIndex: UInt64, _ frame: FrameRow, in db: Database
    ) throws -> CatalogRow {
        let flags: Int64 = row[10]
        guard let releasability = try self.sets.list(row[11], in: db) else {
            throw Self.damaged("leaf \(leafIndex) has no releasability")
        }
        let target = try row.withUnsafeData(atIndex: 6) { $0.map { [UInt8]($0) } ?? [] }
        let facts = RecordFacts(
            originator: row[2], reference: row[3], version: UInt32(row[4] as Int64),
            operation: Operation(rawValue: Int32(row[5] as Int64)), targetRecordID: target,
            kind: Int32(row[7] as Int64), formatVersion: UInt32(row[16] as Int64),
            marking: MarkingFacts(
                tlp: Int32(row[8] as Int64), pap: Int32(row[9] as Int64),
                orcon: flags & RowFlags.orcon != 0, releasability: releasability),
            hasUnknownInHeaderOrMarking: flags & RowFlags.hasUnknown != 0,
            isKnownKind: flags & RowFlags.isKnownKind != 0,
            occurredStart: row[12], occurredEnd: row[13], known: row[14], reported: row[15])
        return CatalogRow(
            leafIndex: leafIndex, recordID: RecordID(try Self.digest(row, 1)), facts: facts,
            hasOtherVersions: flags & RowFlags.hasOtherVersions != 0,
            isLate: flags & RowFlags.isLate != 0, frame: frame.location,
            batchRoot: RecordID(frame.batchRoot))
    }

    static func digest(_ row: Row, _ index: Int) throws -> Digest {
        let digest = try row.withUnsafeData(atIndex: index) { data in
            data.flatMap { $0.withUnsafeBytes { Digest($0) } }
        }
        guard let digest else { throw self.damaged("a digest has not 32 bytes") }
        return digest
    }

    private static func damaged(_ message: String) -> StoreError {
        StoreError(.corrupted, "the catalog is damaged, rebuild it: \(message)")
    }
}

/// The statement for a query.
struct RecordQuery: Sendable {
    /// The statement.
    private(set) var sql: String
    /// What it is run with.
    private(set) var arguments: StatementArguments

    /// The columns that a row is made of, in order.
    private static let columns = """
        r.leaf_index, r.record_id, r.originator, r.reference, r.version, r.operation, \
        r.target_record_id, r.kind, r.tlp, r.pap, r.flags, r.releasability_set, \
        r.occurred_start, r.occurred_end, r.known, r.reported, r.format_version
        """

    /// Makes the statement.
    ///
    /// Tokens narrow the search, and every condition is checked again on the row, but for those on
    /// look-up keys, which the row does not have.
    init(_ query: CatalogQuery, after: UInt64?, below: UInt64, limit: Int) {
        let expression = CatalogTokens.expression(for: query)
        let index = expression == nil ? "r.leaf_index" : "t.rowid"
        self.sql = "SELECT \(Self.columns) FROM "
        self.arguments = []
        self.sql += expression == nil ? "records r" : "lookup_tokens t CROSS JOIN records r"
        self.sql += " WHERE \(index) > ? AND \(index) < ?"
        self.arguments += [after.map(Int64.init(clamping:)) ?? -1, Int64(clamping: below)]
        if let expression {
            self.sql += " AND r.leaf_index = t.rowid AND lookup_tokens MATCH ?"
            self.arguments += [expression]
        }
        self.restrict("r.kind", toAnyOf: query.kinds.map(Int64.init))
        self.restrict("r.originator", toAnyOf: query.originators)
        self.restrict("r.reference = ?", query.reference)
        self.restrict("hex(r.record_id) LIKE ? || '%'", query.recordIDPrefix)
        self.restrictTimes(query)
        self.sql += " ORDER BY \(index) LIMIT ?"
        self.arguments += [limit]
    }

    /// What is true of the records that do not speak for themselves. They have an index of their own,
    /// which is used where a statement says the same in the same words.
    static let conditionOfMore = "flags >= 8 OR flags & 3 <> 0 OR operation >= 5"

    /// Makes the statement for the records in a range of leaves that do not speak for themselves.
    init(ofMoreIn leaves: Range<UInt64>) { self.init(ofMoreIn: leaves, where: "TRUE") }

    /// The statement for the records that are about another's.
    static let aboutOthers = RecordQuery(
        ofMoreIn: 0..<UInt64(Int64.max), where: "r.operation >= 5")

    private init(ofMoreIn leaves: Range<UInt64>, where condition: String) {
        self.sql = """
            SELECT \(Self.columns) FROM records r
            WHERE (\(Self.conditionOfMore)) AND r.leaf_index >= ? AND r.leaf_index < ?
            AND \(condition) ORDER BY r.leaf_index
            """
        self.arguments = [
            Int64(clamping: leaves.lowerBound), Int64(clamping: leaves.upperBound),
        ]
    }

    /// A moment sorts before everything that makes it more precise, and with a tilde behind it
    /// after all of that.
    private mutating func restrictTimes(_ query: CatalogQuery) {
        let occurredLast =
            "CASE r.occurred_end WHEN '' THEN r.occurred_start ELSE r.occurred_end END"
        self.restrict("r.occurred_start <> '' AND \(occurredLast) || '~' >= ?", query.occurredFrom)
        self.restrict("r.occurred_start <> '' AND r.occurred_start <= ? || '~'", query.occurredTo)
        self.restrict("r.known <> '' AND r.known || '~' >= ?", query.knownFrom)
        self.restrict("r.known <> '' AND r.known <= ? || '~'", query.knownTo)
    }

    private mutating func restrict(_ condition: String, _ value: String?) {
        guard let value else { return }
        self.sql += " AND \(condition)"
        self.arguments += [value]
    }

    private mutating func restrict(
        _ column: String, toAnyOf values: [some DatabaseValueConvertible]
    ) {
        guard !values.isEmpty else { return }
        self.sql += " AND \(column) IN (\(values.map { _ in "?" }.joined(separator: ", ")))"
        self.arguments += StatementArguments(values)
    }
}

extension Array {
    /// The elements in arrays of at most so many.
    func chunks(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: count).map {
            self[$0..<Swift.min($0 + count, self.count)]
        }
    }
}
