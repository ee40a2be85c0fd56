import GRDBSQLite

/// A connection to a SQLite database that only reads. For one thread at a time.
///
/// Not GRDB's: the audit reads tens of millions of index entries, for which a row object each is too
/// much, and must be able to open a file without taking locks or leaving files beside it.
final class ReadOnlyDatabase {
    /// Who else may have the database open.
    enum Access: Sendable {
        /// A node may: its locks are respected, and it respects ours.
        case shared
        /// Nobody: no file is made beside the database.
        case unshared
        /// Nobody can, it is in memory.
        case memory
    }

    fileprivate let connection: OpaquePointer  // sqlite3 *, owned

    /// Opens a database.
    init(path: String, _ access: Access) throws(CatalogFault) {
        let name: String
        var flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX
        switch access {
        case .shared: name = "file:\(Self.escaped(path))?mode=ro"
        case .unshared: name = "file:\(Self.escaped(path))?mode=ro&immutable=1"
        case .memory: name = ":memory:"
        }
        switch access {
        case .shared, .unshared: flags |= SQLITE_OPEN_READONLY
        case .memory: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        }
        var opened: OpaquePointer?
        let result = sqlite3_open_v2(name, &opened, flags, nil)
        // nil only without memory; after other errors it must be closed too.
        guard let opened else { throw CatalogFault(code: result, message: "out of memory") }
        self.connection = opened
        guard result == SQLITE_OK else { throw self.fault(result) }
        sqlite3_busy_timeout(opened, 5_000)
    }

    // With statements left it would become a zombie that goes with the last of them; each keeps
    // the database, so there are none.
    deinit { sqlite3_close_v2(self.connection) }

    /// Runs statements that give nothing.
    func execute(_ sql: String) throws(CatalogFault) {
        let result = sqlite3_exec(self.connection, sql, nil, nil, nil)
        guard result == SQLITE_OK else { throw self.fault(result) }
    }

    /// What a statement gives that has one row of one number.
    func integer(_ sql: String) throws(CatalogFault) -> Int64? {
        let statement = try ReadOnlyStatement(sql, in: self)
        return try statement.step() ? statement.integer(0) : nil
    }

    /// The texts in the first column of what a statement gives.
    func texts(_ sql: String) throws(CatalogFault) -> [String] {
        let statement = try ReadOnlyStatement(sql, in: self)
        var texts: [String] = []
        while try statement.step() { texts.append(statement.text(0)) }
        return texts
    }

    fileprivate func fault(_ code: CInt) -> CatalogFault {
        CatalogFault(code: code, message: String(cString: sqlite3_errmsg(self.connection)))
    }

    /// A path as it stands in a URI.
    private static func escaped(_ path: String) -> String {
        path.replacing("%", with: "%25").replacing("?", with: "%3f").replacing("#", with: "%23")
    }
}

/// A statement and the row it has come to.
final class ReadOnlyStatement {
    private let database: ReadOnlyDatabase
    private let statement: OpaquePointer  // sqlite3_stmt *, owned

    /// Prepares a statement.
    init(
        _ sql: String, _ arguments: [Int64] = [], in database: ReadOnlyDatabase
    ) throws(CatalogFault) {
        var prepared: OpaquePointer?
        let result = sqlite3_prepare_v2(database.connection, sql, -1, &prepared, nil)
        guard result == SQLITE_OK, let prepared else { throw database.fault(result) }
        self.database = database
        self.statement = prepared
        for (index, argument) in arguments.enumerated() {
            // Fails only for an index that the statement does not have.
            sqlite3_bind_int64(prepared, CInt(index + 1), argument)
        }
    }

    deinit { sqlite3_finalize(self.statement) }

    /// Goes to the next row; false behind the last.
    func step() throws(CatalogFault) -> Bool {
        // Row, done, or an error.
        let result = sqlite3_step(self.statement)
        if result == SQLITE_ROW { return true }
        guard result == SQLITE_DONE else { throw self.database.fault(result) }
        return false
    }

    /// A number; nil if the value is none.
    func integer(_ column: Int) -> Int64? {
        guard sqlite3_column_type(self.statement, CInt(column)) == SQLITE_INTEGER else {
            return nil
        }
        return sqlite3_column_int64(self.statement, CInt(column))
    }

    /// A number that the statement makes itself, so that it can be nothing else.
    func numericValue(_ column: Int) -> Int64 {
        sqlite3_column_int64(self.statement, CInt(column))
    }

    /// A text, whatever the value is.
    func text(_ column: Int) -> String {
        self.withBytes(column) { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a value is this text.
    func has(_ text: String, at column: Int) -> Bool {
        guard sqlite3_column_type(self.statement, CInt(column)) == SQLITE_TEXT else { return false }
        var text = text
        return text.withUTF8 { expected in
            self.withBytes(column) { $0.hasSameBytes(as: UnsafeRawBufferPointer(expected)) }
        }
    }

    /// Whether a value is these bytes, or NULL if there are none.
    func has(_ expected: UnsafeRawBufferPointer, at column: Int) -> Bool {
        switch sqlite3_column_type(self.statement, CInt(column)) {
        case SQLITE_BLOB:
            !expected.isEmpty && self.withBytes(column) { $0.hasSameBytes(as: expected) }
        case SQLITE_NULL: expected.isEmpty
        case _: false
        }
    }

    /// Calls `body` with the bytes of a text or blob.
    func withBytes<Result>(_ column: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let start = sqlite3_column_blob(self.statement, CInt(column))
        let count = Int(sqlite3_column_bytes(self.statement, CInt(column)))
        return body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
    }
}

/// What SQLite failed with.
struct CatalogFault: Error, CustomStringConvertible {
    /// Its extended result code.
    var code: CInt
    /// Its words.
    var message: String

    var description: String { "SQLite: \(self.message) (\(self.code))" }

    /// Whether the database does not let itself be read, as opposed to not holding what it should.
    var isUnreadable: Bool {
        [SQLITE_CANTOPEN, SQLITE_BUSY, SQLITE_PERM, SQLITE_AUTH, SQLITE_NOMEM, SQLITE_READONLY]
            .contains(self.code & 0xFF)
    }
}
