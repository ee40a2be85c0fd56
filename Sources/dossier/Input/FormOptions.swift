import ArgumentParser
import DossierCore

/// The form in which files hold records.
struct FormOptions: ParsableArguments {
    /// The forms input can have.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        /// One JSON object, several, or an array of them.
        case json
        /// One JSON object a line.
        case ndjson
        /// A table, with a mapping file.
        case csv
    }

    @Option(help: "json, ndjson or csv (default: from the file's name, else json).")
    var format: Format?

    @Option(
        help: """
            Mapping file for CSV: which column fills which field. The names incidents and \
            itworkers stand for the mappings of the sample data.
            """)
    var mapping: String?

    /// Reads a file.
    func items(in file: String) throws -> (items: [InputItem], refused: [RefusedInput]) {
        let bytes = try Files.read(file)
        switch self.format ?? Self.format(of: file) {
        case .json:
            return (Self.items(JSONPieces.split(bytes), in: file), [])
        case .ndjson:
            return (Self.items(JSONPieces.lines(bytes), in: file), [])
        case .csv:
            let (rows, problems) = try self.csv().import(bytes)
            let items = rows.map { row in
                InputItem(place: "\(file):\(row.line)", json: row.record.encoded()) {
                    row.problem(for: $0).line(in: file)
                }
            }
            return (items, Self.refused(problems, in: file))
        }
    }

    private static func items(
        _ pieces: [(line: Int, json: ArraySlice<UInt8>)], in file: String
    ) -> [InputItem] {
        pieces.map { InputItem(place: "\(file):\($0.line)", json: Array($0.json)) }
    }

    /// What is wrong with each row that cannot be a record.
    private static func refused(_ problems: [ImportProblem], in file: String) -> [RefusedInput] {
        var rows: [Int: [String]] = [:]
        for problem in problems { rows[problem.line, default: []].append(problem.line(in: file)) }
        return rows.sorted { $0.key < $1.key }.map { RefusedInput(lines: $0.value) }
    }

    private static func format(of file: String) -> Format {
        if file.hasSuffix(".csv") { return .csv }
        return file.hasSuffix(".ndjson") || file.hasSuffix(".jsonl") ? .ndjson : .json
    }

    private func csv() throws -> CSVImport {
        guard let mapping = self.mapping else {
            throw CommandFailure(
                "CSV needs a mapping file",
                hint: "give --mapping FILE, or --mapping incidents for data like the sample's",
                status: .usage)
        }
        do {
            return try CSVImport(mapping: SampleData.mapping(named: mapping) ?? Files.read(mapping))
        } catch let error as CoreError {
            throw CommandFailure("\(mapping): \(error.message)")
        }
    }
}

extension ImportProblem {
    /// The problem on one line, with its place.
    fileprivate func line(in file: String) -> String {
        var place = "\(file):\(self.line)"
        if let column = self.column { place += ":\(column)" }
        let name = self.columnName ?? self.field ?? ""
        let value = self.value.isEmpty ? "" : " \"\(self.value)\""
        return
            "\(place): \(name.isEmpty ? "row" : name):\(value) \(self.rule.rawValue): \(self.hint)"
    }
}
