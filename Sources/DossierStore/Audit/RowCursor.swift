/// The rows of a table, by leaf index ascending.
struct RowCursor {
    /// The row that it stands at.
    let row: ReadOnlyStatement
    private let table: String
    // Leaf index of the row that the statement stands at; nil behind the last.
    private var leaf: UInt64?

    /// Goes to the first row within limits; the first column is the leaf index.
    init(
        _ columns: [String], of table: String, _ limits: [Int64], in database: ReadOnlyDatabase
    ) throws(CatalogFault) {
        self.table = table
        self.row = try ReadOnlyStatement(
            "SELECT \(columns.joined(separator: ", ")) FROM \(table) "
                + "WHERE \(columns[0]) >= ? AND \(columns[0]) < ? ORDER BY \(columns[0])",
            limits, in: database)
        try self.advance()
    }

    /// Goes to the row of a leaf, and reports those before it; false if there is none.
    mutating func reach(
        _ leaf: UInt64, _ path: String, _ findings: inout [AuditFinding]
    ) throws(CatalogFault) -> Bool {
        while let standing = self.leaf, standing < leaf {
            if self.isStale {
                findings.append(
                    AuditFinding(
                        path, table: self.table, leaf: standing,
                        "a row that the log has nothing for"))
            }
            try self.advance()
        }
        guard self.leaf == leaf else { return false }
        self.isStale = false
        return true
    }

    /// Goes to the first row at or behind a leaf.
    mutating func skip(to leaf: UInt64) throws(CatalogFault) {
        while let standing = self.leaf, standing < leaf { try self.advance() }
    }

    // Whether the row was not compared yet.
    private var isStale = true

    private mutating func advance() throws(CatalogFault) {
        self.isStale = true
        self.leaf = try self.row.step() ? self.row.integer(0).map { UInt64($0) } : nil
    }
}
