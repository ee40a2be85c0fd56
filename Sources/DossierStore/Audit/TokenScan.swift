/// Reads the catalog's look-up tokens: every entry of its full-text index.
struct TokenScan {
    // So many entries are read before it is looked whether the audit was cancelled.
    private static let entriesAtOnce = 4_096

    private let database: ReadOnlyDatabase

    /// Prepares to read, on a connection within a transaction.
    init(_ database: ReadOnlyDatabase) throws(CatalogFault) {
        self.database = database
        // A table of the connection alone: it shows the index entry by entry.
        try database.execute(
            "CREATE VIRTUAL TABLE temp.token_entries "
                + "USING fts5vocab('main', 'lookup_tokens', 'instance')")
    }

    /// The sums over the entries of all leaves below one.
    func sums(below size: UInt64) throws(CatalogFault) -> TokenSums {
        var sums = TokenSums()
        try self.forEach { token, leaf in
            if leaf < size { sums.add(token, of: leaf) }
        }
        return sums
    }

    /// Calls `body` with each entry, until it was cancelled.
    func forEach(_ body: (TokenHash, UInt64) -> Void) throws(CatalogFault) {
        let entries = try ReadOnlyStatement(
            "SELECT term, doc FROM temp.token_entries", in: self.database)
        var count = 0
        while try entries.step() {
            let token = entries.withBytes(0) { TokenHash($0) }
            body(token, UInt64(clamping: entries.numericValue(1)))
            count += 1
            if count.isMultiple(of: Self.entriesAtOnce), Task.isCancelled { return }
        }
    }
}
