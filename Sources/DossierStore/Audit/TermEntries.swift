/// The first terms of a segment's pages as look-ups use them, in order.
struct TermEntries {
    private let rows: ReadOnlyStatement
    private var page: Int64?
    /// Pages at which a list begins that has a list of its pages.
    private(set) var pagesWithLists: [Int64] = []

    /// Goes to the first entry of a segment.
    init(_ segment: Int64, in database: ReadOnlyDatabase) throws(CatalogFault) {
        self.rows = try ReadOnlyStatement(
            "SELECT pgno, term FROM lookup_tokens_idx WHERE segid = ? ORDER BY term", [segment],
            in: database)
        try self.advance()
    }

    /// Whether the next entry leads to a page for all terms from its first on, and for none that is
    /// on a page before.
    mutating func leads(
        to number: Int64, isFirst: Bool, behind last: [UInt8], upTo first: [UInt8]
    ) throws(CatalogFault) -> Bool {
        if isFirst {
            // Pages were merged away before it: their entries lead to the first that is left.
            while let page, page <= number { try self.advance() }
            return true
        }
        guard self.page == number else { return false }
        let isGood = self.rows.withBytes(1) { term in
            last.lexicographicallyPrecedes(term) && !first.lexicographicallyPrecedes(term)
        }
        try self.advance()
        return isGood
    }

    /// Whether there is no entry any more.
    var isAtEnd: Bool { self.page == nil }

    private mutating func advance() throws(CatalogFault) {
        guard try self.rows.step() else {
            self.page = nil
            return
        }
        // The lowest bit says whether there is a list of pages.
        let value = self.rows.integer(0) ?? -1
        self.page = value >> 1
        if value & 1 == 1 { self.pagesWithLists.append(value >> 1) }
    }
}
