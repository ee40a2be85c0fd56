/// The header of a table, checked against the mapping.
struct CSVHeader {
    /// Names of the file's columns, in order.
    private let names: [String]
    /// For each column of the mapping its index in the file.
    let indices: [Int]

    /// Reads the header; it is of use only when there are no problems.
    static func read(
        _ reader: inout CSVReader, for mapping: Mapping
    ) -> (header: CSVHeader, problems: [ImportProblem]) {
        guard !reader.isUTF16 else {
            return (.none, [.init(line: 1, rule: .csvUTF8, hint: "save the file as UTF-8")])
        }
        guard let row = reader.next() else {
            let names = mapping.columns.map(\.name).joined(separator: ", ")
            return (.none, [.init(line: 1, rule: .csvHeader, hint: "the first row names \(names)")])
        }
        let header = CSVHeader(row, mapping)
        let problems = row.faults.map(header.problem)
        return (header, problems.isEmpty ? header.problems(row, mapping) : problems)
    }

    private static let none = CSVHeader(names: [], indices: [])

    private init(names: [String], indices: [Int]) {
        self.names = names
        self.indices = indices
    }

    private init(_ row: CSVRow, _ mapping: Mapping) {
        let names = row.cells.map { CSVImport.trimmed($0.text) }
        let indices = mapping.columns.compactMap { names.firstIndex(of: $0.name) }
        self.init(names: names, indices: indices)
    }

    private func problems(_ row: CSVRow, _ mapping: Mapping) -> [ImportProblem] {
        let known = mapping.columns.map(\.name)
        let missing = known.filter { !self.names.contains($0) }
        var problems: [ImportProblem] = []
        for (index, name) in self.names.enumerated() {
            let place = (line: row.cells[index].line, number: index + 1)
            if name.isEmpty {
                problems.append(self.problem(place, .columnName, "give the column a name"))
            } else if self.names[..<index].contains(name) {
                problems.append(
                    self.problem(place, .columnRepeated, "two columns have this name; rename one"))
            } else if !known.contains(name) {
                problems.append(
                    self.problem(
                        place, .columnUnknown,
                        "add the column to the mapping, with \"ignored\" when it is not wanted"
                            + Nearest.hint(for: name, among: missing)))
            }
        }
        return problems
            + missing.map { name in
                ImportProblem(
                    line: row.line, columnName: name, rule: .columnMissing,
                    hint: "the mapping needs this column"
                        + Nearest.hint(for: name, among: self.names))
            }
    }

    private func problem(
        _ place: (line: Int, number: Int), _ rule: Finding.Rule, _ hint: String
    ) -> ImportProblem {
        let name = self.names[place.number - 1]
        return ImportProblem(
            line: place.line, column: place.number, columnName: name, rule: rule, value: name,
            hint: hint)
    }

    /// The fault as a problem.
    func problem(_ fault: CSVFault) -> ImportProblem {
        let isNamed = self.names.indices.contains(fault.cell - 1)
        return ImportProblem(
            line: fault.line, column: fault.cell,
            columnName: isNamed ? self.names[fault.cell - 1] : nil, rule: fault.rule,
            value: fault.value, hint: fault.hint)
    }

    /// What is wrong when a row has not as many cells as the header.
    func countProblems(of row: CSVRow) -> [ImportProblem] {
        guard row.cells.count != self.names.count else { return [] }
        let isShort = row.cells.count < self.names.count
        return [
            ImportProblem(
                line: row.line, rule: .csvCellCount,
                value: "\(row.cells.count) cells, expected \(self.names.count)",
                hint: isShort
                    ? "add the missing cells, blank ones too"
                    : "put cells that hold a comma in quotes")
        ]
    }
}
