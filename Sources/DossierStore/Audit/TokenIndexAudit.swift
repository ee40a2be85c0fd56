/// Checks that look-ups find what is in the catalog's full-text index.
///
/// Reading the index from end to end, which the comparison with the log does, goes past what leads
/// a look-up to its page: the first terms in `lookup_tokens_idx`, and the lists of pages that a long
/// list of rows has (fts5_index.c). A mistake there hides records that are in the index.
struct TokenIndexAudit {
    // The row of `lookup_tokens_data` that lists the segments.
    private static let structureID: Int64 = 10
    private static let segmentShift: Int64 = 37
    private static let listBit: Int64 = 1 << 36
    private static let heightShift: Int64 = 31
    private static let pageMask: Int64 = (1 << 31) - 1

    /// A run of the index: pages with ascending terms.
    private struct Segment {
        var id: Int64
        var pages: ClosedRange<Int64>
    }

    private let database: ReadOnlyDatabase
    /// What does not check, in words.
    private(set) var faults: [String] = []
    /// Whether the index has the form that is known here.
    private(set) var isKnownForm = true

    /// Checks, on a connection within a transaction.
    init(_ database: ReadOnlyDatabase) throws(CatalogFault) {
        self.database = database
        for segment in try self.segments() { try self.check(segment) }
    }

    private mutating func segments() throws(CatalogFault) -> [Segment] {
        let row = try ReadOnlyStatement(
            "SELECT block FROM lookup_tokens_data WHERE id = ?", [Self.structureID],
            in: self.database)
        guard try row.step() else {
            self.faults.append("the list of segments is missing")
            return []
        }
        return row.withBytes(0) { block in
            // The next form begins with a number that this one cannot have there.
            self.isKnownForm = block.count > 4 && block[4] != 0xFF
            guard self.isKnownForm else { return [] }
            guard let segments = Self.segments(in: block) else {
                self.faults.append("the list of segments contradicts itself")
                return []
            }
            return segments
        }
    }

    private static func segments(in block: UnsafeRawBufferPointer) -> [Segment]? {
        var numbers = SQLiteNumbers(block, at: 4)
        guard let levels = numbers.nextCount(), numbers.next() != nil, numbers.next() != nil else {
            return nil
        }
        var segments: [Segment] = []
        for _ in 0..<levels {
            guard numbers.next() != nil, let count = numbers.nextCount() else { return nil }
            for _ in 0..<count {
                guard let id = numbers.next(), let first = numbers.next(),
                    let last = numbers.next(), first <= last, id <= 0xFFFF, last <= self.pageMask
                else { return nil }
                segments.append(Segment(id: Int64(id), pages: Int64(first)...Int64(last)))
            }
        }
        return segments
    }

    // MARK: - Terms

    private mutating func check(_ segment: Segment) throws(CatalogFault) {
        let base = segment.id << Self.segmentShift
        let pages = try ReadOnlyStatement(
            "SELECT id, block FROM lookup_tokens_data WHERE id BETWEEN ? AND ? ORDER BY id",
            [base | segment.pages.lowerBound, base | segment.pages.upperBound], in: self.database)
        var entries = try TermEntries(segment.id, in: self.database)
        var firstRows: [Int64: UInt64] = [:]
        var last: [UInt8] = []
        var number = segment.pages.lowerBound
        while try pages.step(), !Task.isCancelled {
            guard pages.integer(0) == base | number,
                let page = pages.withBytes(1, { TokenPage($0) })
            else { return self.report(segment, number, "page does not check") }
            firstRows[number] = page.firstRow
            if let first = page.firstTerm {
                // Also what is before the first page leads to it.
                let isFirst = number == segment.pages.lowerBound
                guard try entries.leads(to: number, isFirst: isFirst, behind: last, upTo: first)
                else { return self.report(segment, number, "first term is not found") }
            }
            last = page.lastTerm ?? last
            number += 1
        }
        guard number == segment.pages.upperBound + 1, entries.isAtEnd else {
            return self.report(segment, number, "pages and first terms do not fit each other")
        }
        try self.checkLists(of: segment, entries.pagesWithLists, firstRows)
    }

    private mutating func report(_ segment: Segment, _ page: Int64, _ what: String) {
        self.faults.append("segment \(segment.id), page \(page): \(what)")
    }

    // MARK: - Lists of pages

    /// Checks that each list of pages names the row that a page begins with.
    private mutating func checkLists(
        of segment: Segment, _ expected: [Int64], _ firstRows: [Int64: UInt64]
    ) throws(CatalogFault) {
        let base = segment.id << Self.segmentShift | Self.listBit
        let lists = try ReadOnlyStatement(
            "SELECT id, block FROM lookup_tokens_data WHERE id BETWEEN ? AND ? ORDER BY id",
            [base, base | (Self.listBit - 1)], in: self.database)
        var begun: Set<Int64> = []
        // By place: what a page of a list begins with. Those of higher levels come later.
        var rows: [Int64: UInt64] = [:]
        while try lists.step() {
            let place = (lists.integer(0) ?? 0) & (Self.listBit - 1)
            let height = place >> Self.heightShift
            if height == 0 { begun.insert(place) }
            let isGood = lists.withBytes(1) { block in
                Self.forEachEntry(of: block) { page, row, isFirst in
                    if isFirst { rows[place] = row }
                    if height > 0 {
                        return rows[(height - 1) << Self.heightShift | page] == row
                    }
                    return page < segment.pages.lowerBound || firstRows[page] == row
                }
            }
            if !isGood {
                self.report(segment, place & Self.pageMask, "list of pages does not check")
            }
        }
        for page in expected where segment.pages.contains(page) && !begun.contains(page) {
            self.report(segment, page, "list of pages is missing")
        }
    }

    /// Calls `body` with each entry of a list until it returns false; false too for what is none.
    private static func forEachEntry(
        of block: UnsafeRawBufferPointer,
        _ body: (_ page: Int64, _ row: UInt64, _ isFirst: Bool) -> Bool
    ) -> Bool {
        var numbers = SQLiteNumbers(block, at: 1)
        guard let first = numbers.next(), first <= UInt64(self.pageMask), var row = numbers.next()
        else { return false }
        var page = Int64(first)
        guard body(page, row, true) else { return false }
        while true {
            // A zero stands for a page on which no row begins.
            page += Int64(numbers.skipZeros()) + 1
            guard numbers.offset < block.count else { return true }
            guard let step = numbers.next() else { return false }
            row &+= step
            guard body(page, row, false) else { return false }
        }
    }
}
