/// Import: rows of a CSV table as records, by a mapping file.
///
/// `CSVReader` reads the table, `MappingReader` the mapping (described in
/// `Sources/dossier/Resources/README.md`), `Rendering` puts a row's cells into the mapping's
/// templates. Out come records as JSON, and one problem for each thing that is wrong, all of them
/// in one pass; a row without problems goes in, whatever is wrong with others.
///
/// Left out on purpose: whether a value is a good date, country or amount is for the record's own
/// check to say, which every way into the dossier shares; `ImportedRow.problem(for:)` says it of
/// the cell. Originator, version, operation and salt are the client's to set.
public struct CSVImport: Sendable {
    private let mapping: Mapping

    /// Reads a mapping file. Throws `CoreError.Code.invalidMapping`, with line and column.
    public init(mapping: [UInt8]) throws {
        do throws(JSONFault) {
            let root = try JSONReader.read(mapping)
            self.mapping = try MappingReader.read(root)
            try MappingTypes.check(root)
        } catch {
            throw CoreError(
                code: .invalidMapping,
                message:
                    "mapping line \(error.place.line), column \(error.place.column): "
                    + error.message)
        }
    }

    /// Imports by a mapping whose templates need not fit any message.
    init(_ mapping: Mapping) {
        self.mapping = mapping
    }

    /// The rows of the table that can be records, in the table's order, and what is wrong with
    /// the others, in the order of lines. When the header is wrong no row goes in.
    public func `import`(_ csv: [UInt8]) -> (rows: [ImportedRow], problems: [ImportProblem]) {
        var reader = CSVReader(csv, delimiter: self.mapping.delimiter)
        let (header, headerProblems) = CSVHeader.read(&reader, for: self.mapping)
        guard headerProblems.isEmpty else { return ([], headerProblems) }
        var rows: [ImportedRow] = []
        var problems: [ImportProblem] = []
        while let row = reader.next() {
            do throws(RowProblems) {
                if let imported = try self.read(row, header) { rows.append(imported) }
            } catch {
                problems += error.problems
            }
        }
        let repeated = self.removeRepeated(from: &rows)
        return (rows, (problems + repeated).sorted { $0.line < $1.line })
    }

    /// Why a row cannot go in.
    private struct RowProblems: Error {
        var problems: [ImportProblem]
    }

    /// The row as a record, or nothing for a row without any text.
    private func read(_ row: CSVRow, _ header: CSVHeader) throws(RowProblems) -> ImportedRow? {
        try self.require(row.faults.map(header.problem))
        if row.cells.allSatisfy({ Self.trimmed($0.text).isEmpty }) { return nil }
        try self.require(header.countProblems(of: row))
        let cells = self.cells(of: row, header)
        var problems = self.cellProblems(cells)
        var rendering = Rendering(self.mapping, texts: cells.map(\.text))
        guard let record = rendering.record() else {
            throw RowProblems(problems: problems + [Self.kindProblem(row)])
        }
        problems += rendering.unknown.map { self.tableProblem(cells[$0.column], $0) }
        try self.require(problems)
        try self.require(self.unusedProblems(cells, rendering.used))
        return ImportedRow(line: row.line, record: record, cells: cells, mapping: self.mapping)
    }

    private func require(_ problems: [ImportProblem]) throws(RowProblems) {
        guard problems.isEmpty else { throw RowProblems(problems: problems) }
    }

    /// The row's cells in the order of the mapping's columns.
    private func cells(of row: CSVRow, _ header: CSVHeader) -> [ImportedRow.Cell] {
        zip(self.mapping.columns, header.indices).map { column, index in
            let cell = row.cells[index]
            let text = Self.trimmed(cell.text)
            let isBlank = text.isEmpty || column.blanks.contains(text)
            return ImportedRow.Cell(
                number: index + 1, line: cell.line, raw: cell.text, text: isBlank ? nil : text)
        }
    }

    /// The text without white space around it.
    static func trimmed(_ text: String) -> String {
        let head = text.drop(while: \.isWhitespace)
        guard let last = head.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(head[...last])
    }
}

// MARK: - Problems

extension CSVImport {
    private func cellProblems(_ cells: [ImportedRow.Cell]) -> [ImportProblem] {
        zip(self.mapping.columns, cells).compactMap { column, cell in
            guard let text = cell.text else {
                guard column.isRequired else { return nil }
                return Self.problem(cell, column, .cellRequired, "fill in the cell")
            }
            guard !text.contains("\0") else {
                return Self.problem(cell, column, .nul, "remove the NUL character")
            }
            guard column.isInteger, UInt64(text).map(String.init) != text else { return nil }
            return Self.problem(
                cell, column, .cellInteger, "write a whole number in digits only, such as 1500")
        }
    }

    private func tableProblem(
        _ cell: ImportedRow.Cell, _ unknown: (column: Int, table: Mapping.Table)
    ) -> ImportProblem {
        let keys = unknown.table.values.map(\.key)
        return Self.problem(
            cell, self.mapping.columns[unknown.column], .cellNotInTable,
            "not in the mapping's table \"\(unknown.table.name)\""
                + (Nearest.hint(for: cell.text ?? "", among: keys)))
    }

    private func unusedProblems(
        _ cells: [ImportedRow.Cell], _ used: Set<Int>
    ) -> [ImportProblem] {
        self.mapping.columns.indices.compactMap { index in
            let column = self.mapping.columns[index]
            guard cells[index].text != nil, !column.isIgnored, !used.contains(index) else {
                return nil
            }
            return Self.problem(
                cells[index], column, .cellUnused,
                "the mapping has no place for this cell in a row like this; give it one")
        }
    }

    private static func problem(
        _ cell: ImportedRow.Cell, _ column: Mapping.Column, _ rule: Finding.Rule, _ hint: String
    ) -> ImportProblem {
        ImportProblem(
            line: cell.line, column: cell.number, columnName: column.name, rule: rule,
            value: cell.raw, hint: hint)
    }

    private static func kindProblem(_ row: CSVRow) -> ImportProblem {
        ImportProblem(
            line: row.line, rule: .rowKind,
            hint: "no \"$when\" of the mapping's records holds for this row; add a record for it")
    }

    /// Takes out rows that are the same as one before them, and all rows that differ and yet have
    /// the same reference: which of these is meant does not follow from their order.
    private func removeRepeated(from rows: inout [ImportedRow]) -> [ImportProblem] {
        let sharing = Dictionary(grouping: rows.indices.filter { rows[$0].reference != nil }) {
            rows[$0].reference
        }
        var problems: [ImportProblem] = []
        var removed: Set<Int> = []
        for indices in sharing.values where indices.count > 1 {
            let first = rows[indices[0]]
            let isSame = indices.allSatisfy { rows[$0].record == first.record }
            for index in isSame ? indices.dropFirst() : indices[...] {
                let other = index == indices[0] ? rows[indices[1]] : first
                problems.append(Self.repeatedProblem(rows[index], other, isSame: isSame))
                removed.insert(index)
            }
        }
        rows = rows.indices.filter { !removed.contains($0) }.map { rows[$0] }
        return problems
    }

    private static func repeatedProblem(
        _ row: ImportedRow, _ other: ImportedRow, isSame: Bool
    ) -> ImportProblem {
        row.problem(
            for: Finding(
                field: "header.reference", rule: isSame ? .rowRepeated : .referenceRepeated,
                value: row.reference ?? "",
                hint: isSame
                    ? "the same as the row in line \(other.line); take one of them out"
                    : "the row in line \(other.line) has the same reference but says something "
                        + "else; let the reference name one more column"))
    }
}
