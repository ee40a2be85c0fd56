/// A row of a table as a record, in the JSON form that `ProtoJSON` reads.
///
/// What only the client knows (originator, version, operation, salt, a marking where the mapping
/// sets none) is not in it yet: see ``JSONValue/filled(from:)``.
public struct ImportedRow: Sendable {
    /// Line of the file on which the row begins, from 1.
    public let line: Int
    /// The record.
    public let record: JSONValue

    /// The row's cells by column of the mapping.
    let cells: [Cell]
    private let mapping: Mapping

    /// A cell of the row.
    struct Cell: Sendable {
        /// Number of its column in the file, from 1.
        var number: Int
        /// Line on which it begins, from 1.
        var line: Int
        /// Its text as it stands there.
        var raw: String
        /// Its text without white space around it; nothing when it is blank.
        var text: String?
    }

    init(line: Int, record: JSONValue, cells: [Cell], mapping: Mapping) {
        self.line = line
        self.record = record
        self.cells = cells
        self.mapping = mapping
    }

    /// The reference the record has, or nothing when it has none.
    public var reference: String? { self.record["header"]?["reference"]?.string }

    /// What was found wrong with the record that was made of this row, said of the row's cells:
    /// once for a cell, however many fields it fills.
    public func problems(for findings: [Finding]) -> [ImportProblem] {
        findings.map { self.problem(for: $0) }.reduce(into: []) { problems, problem in
            let isSaid = problems.contains {
                $0.column != nil && $0.column == problem.column && $0.rule == problem.rule
                    && $0.value == problem.value
            }
            if !isSaid { problems.append(problem) }
        }
    }

    /// What was found wrong with the record that was made of this row, said of the cell that
    /// the field comes from, where it comes from one.
    public func problem(for finding: Finding) -> ImportProblem {
        let column = self.column(filling: FieldPath.steps(finding.field))
        let cell = column.map { self.cells[$0] }
        return ImportProblem(
            line: cell?.line ?? self.line, column: cell?.number,
            columnName: column.map { self.mapping.columns[$0].name }, field: finding.field,
            rule: finding.rule, value: finding.value, hint: finding.hint)
    }

    /// The column that fills the field, or one inside the nearest field around it: a blank one
    /// sooner than a filled one when the field is absent.
    private func column(filling field: [Rendering.Step]) -> Int? {
        var rendering = Rendering(self.mapping, texts: self.cells.map(\.text))
        _ = rendering.record()
        let origins = rendering.origins.map { origin in
            (field: origin.field.map(FieldPath.normalised), columns: origin.columns)
        }
        var field = field
        while !field.isEmpty {
            let columns = origins.filter { $0.field.starts(with: field) }.flatMap(\.columns)
            if let blank = columns.first(where: { self.cells[$0].text == nil }) { return blank }
            if let first = columns.first { return first }
            // Header, report and content are too wide to point at one of their cells.
            guard field.count > 2 else { return nil }
            field.removeLast()
        }
        return nil
    }
}

/// Paths of fields as findings write them: `header.occurred.start`, `crypto_theft.losses[0]`.
enum FieldPath {
    /// The steps of a path.
    static func steps(_ path: String) -> [Rendering.Step] {
        path.split(separator: ".").flatMap { part -> [Rendering.Step] in
            let pieces = part.split(whereSeparator: { "[]".contains($0) })
            return pieces.enumerated().map { index, piece in
                guard index > 0, let element = Int(piece) else {
                    return .member(Self.snakeCase(String(piece)))
                }
                return .element(element)
            }
        }
        .filter { $0 != .member("content") }
    }

    /// The step with the field's name as the `.proto` file has it.
    static func normalised(_ step: Rendering.Step) -> Rendering.Step {
        guard case .member(let name) = step else { return step }
        return .member(Self.snakeCase(name))
    }

    /// `countryRegistered` as `country_registered`: the inverse of ProtoJSON's names.
    private static func snakeCase(_ name: String) -> String {
        name.reduce(into: "") { result, character in
            result += character.isUppercase ? "_\(character.lowercased())" : String(character)
        }
    }
}
