/// Reads the numbers of SQLite's formats: seven bits a byte, the highest first, at most nine bytes.
struct SQLiteNumbers {
    private let bytes: UnsafeRawBufferPointer
    /// Where the next number begins.
    private(set) var offset: Int

    /// Creates a reader at an offset.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        self.bytes = bytes
        self.offset = offset
    }

    /// The next number; nil at the end.
    mutating func next() -> UInt64? {
        var number: UInt64 = 0
        for position in 0..<9 {
            guard self.bytes.indices.contains(self.offset) else { return nil }
            let byte = self.bytes[self.offset]
            self.offset += 1
            // The ninth byte is a whole one.
            if position == 8 { return number << 8 | UInt64(byte) }
            number = number << 7 | UInt64(byte & 0x7F)
            if byte < 0x80 { return number }
        }
        return nil
    }

    /// The next number as a count or an offset; nil at the end or for one that no block can have.
    mutating func nextCount() -> Int? {
        guard let number = self.next(), number <= UInt64(self.bytes.count) else { return nil }
        return Int(number)
    }

    /// The next bytes; nil if there are not that many.
    mutating func slice(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, self.offset >= 0, count <= self.bytes.count - self.offset else {
            return nil
        }
        defer { self.offset += count }
        return UnsafeRawBufferPointer(rebasing: self.bytes[self.offset..<self.offset + count])
    }

    /// Steps over bytes that are zero, and says how many.
    mutating func skipZeros() -> Int {
        let start = self.offset
        while self.offset < self.bytes.count, self.bytes[self.offset] == 0 { self.offset += 1 }
        return self.offset - start
    }
}

/// What is needed of a leaf of SQLite's full-text index (fts5_index.c, "SEGMENT LEAF FORMAT") to
/// tell whether terms and rows on it are found: its first and last term, and the row that it begins
/// with in the middle of a list.
struct TokenPage {
    private static let headerBytes = 4

    /// The first term; nil if none begins on the page.
    let firstTerm: [UInt8]?
    /// The last term; nil if none begins on the page.
    let lastTerm: [UInt8]?
    /// The first row of a list that began on a page before; nil if the page begins with a term.
    let firstRow: UInt64?

    /// Reads a page; nil if it contradicts itself.
    init?(_ block: UnsafeRawBufferPointer) {
        guard block.count >= Self.headerBytes else { return nil }
        let rowOffset = Int(block[0]) << 8 | Int(block[1])
        let leafBytes = Int(block[2]) << 8 | Int(block[3])
        guard (Self.headerBytes...block.count).contains(leafBytes),
            let terms = Self.terms(in: block, leafBytes)
        else { return nil }
        self.firstTerm = terms.first
        self.lastTerm = terms.last
        let beginsWithTerm = terms.offset == Self.headerBytes
        guard rowOffset == (beginsWithTerm ? 0 : Self.headerBytes) else { return nil }
        var numbers = SQLiteNumbers(block, at: rowOffset)
        self.firstRow = beginsWithTerm ? nil : numbers.next()
    }

    private typealias Terms = (first: [UInt8]?, last: [UInt8]?, offset: Int?)

    /// The first and the last term, and where the first is. Each but the first says how many bytes
    /// it has in common with the one before.
    private static func terms(in block: UnsafeRawBufferPointer, _ leafBytes: Int) -> Terms? {
        var index = SQLiteNumbers(block, at: leafBytes)
        var terms: Terms = (nil, nil, nil)
        var term: [UInt8] = []
        var offset = 0
        while index.offset < block.count {
            guard let step = index.nextCount() else { return nil }
            offset += step
            guard offset >= self.headerBytes, offset < leafBytes else { return nil }
            var numbers = SQLiteNumbers(block, at: offset)
            let kept = terms.first == nil ? 0 : numbers.nextCount()
            guard let kept, kept <= term.count, let count = numbers.nextCount(),
                let rest = numbers.slice(count)
            else { return nil }
            term.removeSubrange(kept...)
            term.append(contentsOf: rest)
            if terms.first == nil { (terms.first, terms.offset) = (term, offset) }
        }
        terms.last = terms.first == nil ? nil : term
        return terms
    }
}
