import DossierCore
import DossierCrypto

/// The catalog's rows for a range of leaves, read in order beside the log and compared with it.
/// For one thread at a time.
final class CatalogRows {
    private static let recordColumns = [
        "leaf_index", "record_id", "originator", "reference", "version", "operation",
        "target_record_id", "kind", "format_version", "tlp", "pap", "flags", "releasability_set",
        "occurred_start", "occurred_end", "known", "reported",
    ]
    private static let frameColumns = [
        "first_index", "record_count", "batch_root", "batch_size", "segment", "offset",
        "body_length",
    ]

    private let path: String
    private let range: Range<UInt64>
    private let sets: [Int64: [String]]
    private var frames: RowCursor
    private var records: RowCursor
    // Sets that were reported: each may be that of very many records.
    private var reportedSets: Set<Int64> = []
    // Why nothing is compared any more.
    private var fault: CatalogFault?

    /// Reads the rows of leaves in a range, in one snapshot.
    init(_ database: ReadOnlyDatabase, path: String, _ range: Range<UInt64>) throws(CatalogFault) {
        self.path = path
        self.range = range
        try database.execute("BEGIN")
        let limits = [Int64(range.lowerBound), Int64(range.upperBound)]
        let statement = try ReadOnlyStatement(
            "SELECT id, organisations FROM releasability_sets", in: database)
        var sets: [Int64: [String]] = [:]
        while try statement.step() {
            sets[statement.integer(0) ?? -1] =
                statement.text(1).split(separator: " ", omittingEmptySubsequences: false)
                .map { String($0) }
        }
        self.sets = sets
        self.frames = try RowCursor(Self.frameColumns, of: "frames", limits, in: database)
        self.records = try RowCursor(Self.recordColumns, of: "records", limits, in: database)
    }

    /// Whether the catalog has followed the log to a leaf, and lets itself be read.
    func covers(_ leaf: UInt64) -> Bool { self.fault == nil && self.range.contains(leaf) }

    /// Compares a frame's row.
    func check(_ frame: CatalogFrame, into outcome: inout SegmentOutcome) {
        let leaf = frame.location.firstIndex
        guard self.covers(leaf) else { return }
        let difference = self.reading(&outcome) { (findings) throws(CatalogFault) in
            guard try self.frames.reach(leaf, self.path, &findings) else { return "no row" }
            return Self.difference(self.frames.row, frame)
        }
        if let difference { self.report("frames", leaf, difference, into: &outcome) }
    }

    /// Compares a record's row.
    func check(
        _ facts: RecordFacts, _ recordID: Digest, _ leaf: UInt64,
        into outcome: inout SegmentOutcome
    ) {
        let difference = self.reading(&outcome) { (findings) throws(CatalogFault) in
            guard try self.records.reach(leaf, self.path, &findings) else { return "no row" }
            return Self.difference(self.records.row, facts, recordID)
                ?? self.setDifference(facts.marking.releasability, leaf, &findings)
        }
        if let difference { self.report("records", leaf, difference, into: &outcome) }
    }

    /// Passes over the rows of leaves that the log does not show.
    func skip(to leaf: UInt64) {
        guard self.fault == nil else { return }
        do throws(CatalogFault) {
            try self.frames.skip(to: leaf)
            try self.records.skip(to: leaf)
        } catch {
            self.fault = error
        }
    }

    /// Reports rows that the log has nothing for, and what reading failed with.
    func finish(into outcome: inout SegmentOutcome) {
        _ = self.reading(&outcome) { (findings) throws(CatalogFault) in
            _ = try self.frames.reach(.max, self.path, &findings)
            _ = try self.records.reach(.max, self.path, &findings)
            return nil
        }
        guard let fault else { return }
        outcome.findings.append(
            AuditFinding(self.path, leaf: self.range.lowerBound, "rows cannot be read: \(fault)"))
    }

    private func reading(
        _ outcome: inout SegmentOutcome,
        _ body: (inout [AuditFinding]) throws(CatalogFault) -> String?
    ) -> String? {
        guard self.fault == nil else { return nil }
        do throws(CatalogFault) {
            return try body(&outcome.findings)
        } catch {
            self.fault = error
            return nil
        }
    }

    private func report(
        _ table: String, _ leaf: UInt64, _ difference: String, into outcome: inout SegmentOutcome
    ) {
        outcome.findings.append(
            AuditFinding(
                self.path, table: table, leaf: leaf, "\(difference), compared with the log"))
    }

    /// Compares the releasability list that a record's row names by number.
    private func setDifference(
        _ expected: [String], _ leaf: UInt64, _ findings: inout [AuditFinding]
    ) -> String? {
        guard let id = self.records.row.integer(12), let list = self.sets[id] else {
            return Self.differs("releasability_set")
        }
        guard list != expected, !(list == [""] && expected.isEmpty) else { return nil }
        guard self.reportedSets.insert(id).inserted else { return nil }
        findings.append(
            AuditFinding(
                self.path, table: "releasability_sets", leaf: leaf,
                "set \(id), compared with the log: other organisations"))
        return nil
    }
}

// MARK: - Comparing

extension CatalogRows {
    private static func differs(_ column: String) -> String { "other value of \(column)" }

    private static func difference(_ row: ReadOnlyStatement, _ frame: CatalogFrame) -> String? {
        let root = frame.batchRoot.withUnsafeBytes { row.has($0, at: 2) }
        guard root else { return self.differs("batch_root") }
        let numbers: [(Int, Int64)] = [
            (1, Int64(frame.location.recordCount)), (3, Int64(frame.batchSize)),
            (4, Int64(frame.location.segment)), (5, Int64(frame.location.offset)),
            (6, Int64(frame.location.bodyLength)),
        ]
        return numbers.first { row.integer($0) != $1 }.map { self.differs(self.frameColumns[$0.0]) }
    }

    private static func difference(
        _ row: ReadOnlyStatement, _ facts: RecordFacts, _ recordID: Digest
    ) -> String? {
        let column =
            self.textDifference(row, facts) ?? self.numberDifference(row, facts)
            ?? self.bytesDifference(row, facts, recordID)
        return column.map { self.differs(self.recordColumns[$0]) }
    }

    private static func textDifference(_ row: ReadOnlyStatement, _ facts: RecordFacts) -> Int? {
        if !row.has(facts.originator, at: 2) { return 2 }
        if !row.has(facts.reference, at: 3) { return 3 }
        if !row.has(facts.occurredStart, at: 13) { return 13 }
        if !row.has(facts.occurredEnd, at: 14) { return 14 }
        if !row.has(facts.known, at: 15) { return 15 }
        return row.has(facts.reported, at: 16) ? nil : 16
    }

    private static func numberDifference(_ row: ReadOnlyStatement, _ facts: RecordFacts) -> Int? {
        if row.integer(4) != Int64(facts.version) { return 4 }
        if row.integer(5) != Int64(facts.operation.rawValue) { return 5 }
        if row.integer(7) != Int64(facts.kind) { return 7 }
        if row.integer(8) != Int64(facts.formatVersion) { return 8 }
        if row.integer(9) != Int64(facts.marking.tlp) { return 9 }
        if row.integer(10) != Int64(facts.marking.pap) { return 10 }
        // Another bit says what the record does not; from its second version on it must be set.
        guard let flags = row.integer(11) else { return 11 }
        let isMarked = facts.version < 2 || flags & RowFlags.hasOtherVersions != 0
        return flags & RowFlags.ofFacts == RowFlags.value(of: facts) && isMarked ? nil : 11
    }

    private static func bytesDifference(
        _ row: ReadOnlyStatement, _ facts: RecordFacts, _ recordID: Digest
    ) -> Int? {
        if !recordID.withUnsafeBytes({ row.has($0, at: 1) }) { return 1 }
        return facts.targetRecordID.withUnsafeBytes { row.has($0, at: 6) } ? nil : 6
    }
}
