/// Why a row of a table did not become a record, or a table could not be read at all.
public struct ImportProblem: Hashable, Sendable {
    /// Line of the file, from 1: that of the cell when there is one, else that of the row.
    public var line: Int
    /// Number of the column, from 1; nothing when the whole row or file is meant.
    public var column: Int?
    /// Name of the column, as the header gives it.
    public var columnName: String?
    /// Path of the record's field that the cell fills, such as `header.reference`.
    public var field: String?
    /// Which rule was broken.
    public var rule: Finding.Rule
    /// The offending value, cut and escaped as in a ``Finding``.
    public var value: String
    /// What to do about it.
    public var hint: String

    /// Makes a problem.
    public init(
        line: Int, column: Int? = nil, columnName: String? = nil, field: String? = nil,
        rule: Finding.Rule, value: String = "", hint: String
    ) {
        self.line = line
        self.column = column
        self.columnName = columnName
        self.field = field
        self.rule = rule
        self.value = Finding.excerpt(of: value)
        self.hint = hint
    }
}

/// Rules of tables. Rules of records keep the name they have there.
extension Finding.Rule {
    /// The file or cell is not UTF-8.
    public static let csvUTF8 = Finding.Rule(rawValue: "CSV_UTF8")
    /// A quote stands inside an unquoted cell, or text after a closing quote.
    public static let csvQuote = Finding.Rule(rawValue: "CSV_QUOTE")
    /// A quoted cell is never closed.
    public static let csvQuoteOpen = Finding.Rule(rawValue: "CSV_QUOTE_OPEN")
    /// A row has more or fewer cells than the header.
    public static let csvCellCount = Finding.Rule(rawValue: "CSV_CELL_COUNT")
    /// The file has no header.
    public static let csvHeader = Finding.Rule(rawValue: "CSV_HEADER")
    /// A column has no name.
    public static let columnName = Finding.Rule(rawValue: "COLUMN_NAME")
    /// Two columns have one name.
    public static let columnRepeated = Finding.Rule(rawValue: "COLUMN_REPEATED")
    /// The mapping does not know the column.
    public static let columnUnknown = Finding.Rule(rawValue: "COLUMN_UNKNOWN")
    /// The mapping names a column that the file does not have.
    public static let columnMissing = Finding.Rule(rawValue: "COLUMN_MISSING")
    /// A cell that must be filled is blank.
    public static let cellRequired = Finding.Rule(rawValue: "CELL_REQUIRED")
    /// A cell is not a whole number.
    public static let cellInteger = Finding.Rule(rawValue: "CELL_INTEGER")
    /// A cell's value is not in the mapping's table for it.
    public static let cellNotInTable = Finding.Rule(rawValue: "CELL_NOT_IN_TABLE")
    /// A cell's value would not go into the record.
    public static let cellUnused = Finding.Rule(rawValue: "CELL_UNUSED")
    /// No record of the mapping is meant for the row.
    public static let rowKind = Finding.Rule(rawValue: "ROW_KIND")
    /// The row is the same as one before it.
    public static let rowRepeated = Finding.Rule(rawValue: "ROW_REPEATED")
    /// Different rows have the same reference.
    public static let referenceRepeated = Finding.Rule(rawValue: "REFERENCE_REPEATED")
}
