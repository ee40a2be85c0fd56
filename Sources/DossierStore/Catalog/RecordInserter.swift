import DossierCore
import DossierCrypto
import FoundationEssentials
import GRDB

/// Puts records into the catalog, within one transaction.
struct RecordInserter {
    // So many terms the index searches for at once; more make its merge slow.
    private static let referencesAtOnce = 100

    private let db: Database
    private let sets: ReleasabilitySets
    private let insertRecord: Statement
    private let insertTokens: Statement
    // Findings that have more versions than one.
    private var findings: Set<Finding> = []

    private struct Finding: Hashable {
        var originator: String
        var reference: String
    }

    init(_ db: Database, _ sets: ReleasabilitySets) throws {
        self.db = db
        self.sets = sets
        self.insertRecord = try db.cachedStatement(
            sql: "INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        self.insertTokens = try db.cachedStatement(
            sql: "INSERT INTO lookup_tokens (rowid, tokens) VALUES (?, ?)")
    }

    /// Puts a record in.
    mutating func insert(
        _ entry: CatalogEntry, at leafIndex: Int64, flags: Int64 = 0, moreTokens: String = ""
    ) throws {
        let facts = entry.facts
        let set = try self.sets.id(of: facts.marking.releasability, in: self.db)
        // Also the first version, when it comes late: others may be there.
        if facts.version > 1 || flags & RowFlags.isLate != 0 {
            self.findings.insert(
                Finding(originator: facts.originator, reference: facts.reference))
        }
        self.insertRecord.setUncheckedArguments([
            leafIndex, entry.recordID.withUnsafeBytes { Data($0) }, facts.originator,
            facts.reference, Int64(facts.version), Int64(facts.operation.rawValue),
            facts.targetRecordID.isEmpty ? nil : Data(facts.targetRecordID), Int64(facts.kind),
            Int64(facts.formatVersion), Int64(facts.marking.tlp), Int64(facts.marking.pap),
            RowFlags.value(of: facts) | flags, set, facts.occurredStart, facts.occurredEnd,
            facts.known, facts.reported,
        ])
        try self.insertRecord.execute()
        self.insertTokens.setUncheckedArguments([leafIndex, entry.tokens + moreTokens])
        try self.insertTokens.execute()
    }

    /// Marks all versions of the findings that have more than one.
    ///
    /// At the end of the transaction: a look-up makes the index write what it has gathered.
    func markVersions() throws {
        let find = try self.db.cachedStatement(
            sql: """
                SELECT r.leaf_index, r.originator, r.reference
                FROM lookup_tokens t CROSS JOIN records r
                WHERE t.rowid = r.leaf_index AND lookup_tokens MATCH ? AND r.flags & 8 = 0
                """)
        let mark = try self.db.cachedStatement(
            sql: "UPDATE records SET flags = flags | ? WHERE leaf_index = ?")
        for some in Array(self.findings).chunks(of: Self.referencesAtOnce) {
            let expression = CatalogTokens.expression(anyOfReferences: some.map(\.reference))
            let rows = try Row.fetchAll(find, arguments: [expression])
            for row in rows
            where self.findings.contains(Finding(originator: row[1], reference: row[2])) {
                try mark.execute(arguments: [RowFlags.hasOtherVersions, row[0] as Int64])
            }
        }
    }
}
