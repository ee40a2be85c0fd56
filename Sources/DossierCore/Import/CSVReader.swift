/// Reads CSV (RFC 4180) row by row and knows on which line each cell stands.
///
/// Ours and not SwiftCSV (0.10), which knows no positions, drops white space around cells and
/// gives up the whole file at its first fault.
///
/// Taken beside the RFC: a byte order mark, LF or CR alone as line end, empty lines, which are
/// passed over. Never taken: a quote inside an unquoted cell, text after a closing quote. After
/// such a fault reading goes on with the line after the one on which the faulty row began.
struct CSVReader {
    private let bytes: [UInt8]
    private let delimiter: UInt8
    private var position = 0
    private var line = 1

    private static let quote = UInt8(ascii: "\"")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")

    init(_ bytes: [UInt8], delimiter: UInt8) {
        self.bytes = bytes
        self.delimiter = delimiter
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { self.position = 3 }
    }

    /// Whether the text is UTF-16, as its byte order mark says.
    var isUTF16: Bool {
        self.bytes.starts(with: [0xFF, 0xFE]) || self.bytes.starts(with: [0xFE, 0xFF])
    }

    /// The next row, or nothing at the end.
    mutating func next() -> CSVRow? {
        while self.skipLineEnd() {}
        guard self.position < self.bytes.count else { return nil }
        let start = (position: self.position, line: self.line)
        var row = CSVRow(line: self.line)
        do throws(CSVFault) {
            repeat {
                let cell = try self.readCell()
                row.append(cell)
            } while self.skipDelimiter()
            _ = self.skipLineEnd()
        } catch {
            row.faults = [error.inCell(row.cells.count + 1)]
            (self.position, self.line) = start
            self.skipLine()
        }
        return row
    }
}

/// A row as read.
struct CSVRow {
    /// Line on which it begins, from 1.
    var line: Int
    /// Its cells, in order.
    var cells: [CSVCell] = []
    /// What is wrong with it; `cells` are not to be used unless this is empty.
    var faults: [CSVFault] = []

    init(line: Int) {
        self.line = line
    }

    /// Adds a cell, which must be UTF-8.
    fileprivate mutating func append(_ cell: (bytes: ArraySlice<UInt8>, line: Int)) {
        if let text = String(validating: cell.bytes, as: UTF8.self) {
            self.cells.append(CSVCell(text: text, line: cell.line))
            return
        }
        let text = String(decoding: cell.bytes, as: UTF8.self)
        self.cells.append(CSVCell(text: text, line: cell.line))
        self.faults.append(
            CSVFault(line: cell.line, rule: .csvUTF8, value: text, hint: "save the file as UTF-8")
                .inCell(self.cells.count))
    }
}

/// A cell as read.
struct CSVCell {
    /// Its text, quotes taken off.
    var text: String
    /// Line on which it begins, from 1.
    var line: Int
}

/// Why a row could not be read.
struct CSVFault: Error {
    var line: Int
    var cell = 0
    var rule: Finding.Rule
    var value: String
    var hint: String

    init(line: Int, rule: Finding.Rule, value: String, hint: String) {
        self.line = line
        self.rule = rule
        self.value = value
        self.hint = hint
    }

    /// The same fault in the cell of that number, from 1.
    fileprivate func inCell(_ number: Int) -> Self {
        var fault = self
        fault.cell = number
        return fault
    }
}

// MARK: - Cells

extension CSVReader {
    private mutating func readCell() throws(CSVFault) -> (bytes: ArraySlice<UInt8>, line: Int) {
        let line = self.line
        guard self.peek() == Self.quote else { return (try self.readBareCell(), line) }
        return (try self.readQuotedCell(), line)
    }

    private mutating func readBareCell() throws(CSVFault) -> ArraySlice<UInt8> {
        let start = self.position
        while !self.isAtCellEnd {
            self.position += 1
            guard self.peek() != Self.quote else {
                let text = self.text(from: start)
                throw CSVFault(
                    line: self.line, rule: .csvQuote, value: text,
                    hint: "put the whole cell in quotes and write each quote inside it twice")
            }
        }
        return self.bytes[start..<self.position]
    }

    private mutating func readQuotedCell() throws(CSVFault) -> ArraySlice<UInt8> {
        let start = (position: self.position, line: self.line)
        var content: [UInt8] = []
        self.position += 1
        while let byte = self.peek() {
            if self.skipLineEnd(into: &content) { continue }
            self.position += 1
            if byte == Self.quote {
                if self.isAtCellEnd { return content[...] }
                guard self.peek() == Self.quote else {
                    throw CSVFault(
                        line: start.line, rule: .csvQuote, value: self.text(from: start.position),
                        hint: "end the cell at its closing quote, or write the quote twice")
                }
                self.position += 1
            }
            content.append(byte)
        }
        throw CSVFault(
            line: start.line, rule: .csvQuoteOpen, value: self.text(from: start.position),
            hint: "close the quote; write each quote inside a quoted cell twice")
    }

    /// The text from `start` to the end of that line: for messages only.
    private func text(from start: Int) -> String {
        let rest = self.bytes[start...]
        let end = rest.firstIndex { $0 == Self.lineFeed || $0 == Self.carriageReturn }
        return String(decoding: rest[..<(end ?? self.bytes.count)], as: UTF8.self)
    }
}

// MARK: - Bytes

extension CSVReader {
    private func peek() -> UInt8? {
        self.position < self.bytes.count ? self.bytes[self.position] : nil
    }

    private var isAtCellEnd: Bool {
        guard let byte = self.peek() else { return true }
        return byte == self.delimiter || byte == Self.carriageReturn || byte == Self.lineFeed
    }

    private mutating func skipDelimiter() -> Bool {
        guard self.peek() == self.delimiter else { return false }
        self.position += 1
        return true
    }

    private mutating func skipLineEnd() -> Bool {
        var ignored: [UInt8] = []
        return self.skipLineEnd(into: &ignored)
    }

    private mutating func skipLineEnd(into content: inout [UInt8]) -> Bool {
        let start = self.position
        if self.peek() == Self.carriageReturn { self.position += 1 }
        if self.peek() == Self.lineFeed { self.position += 1 }
        guard self.position > start else { return false }
        content += self.bytes[start..<self.position]
        self.line += 1
        return true
    }

    private mutating func skipLine() {
        while self.position < self.bytes.count, !self.skipLineEnd() { self.position += 1 }
    }
}
