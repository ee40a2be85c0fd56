/// A mapping file, read and checked: how rows of a table become records.
///
/// The form of the file is described in `Sources/dossier/Resources/README.md`. Columns stand here
/// by their index in `columns`, wherever the table has them.
struct Mapping: Sendable {
    /// What stands between cells.
    var delimiter: UInt8
    /// All columns of the table.
    var columns: [Column]
    /// The records rows become: the first whose condition holds.
    var records: [Branch]
}

extension Mapping {
    /// A column of the table.
    struct Column: Hashable, Sendable {
        var name: String
        /// A blank cell is a problem.
        var isRequired = false
        /// A filled cell is a whole number.
        var isInteger = false
        /// The cells are left behind on purpose.
        var isIgnored = false
        /// Cells that count as blank, beside those without text.
        var blanks: Set<String> = []
    }

    /// A template, and when it is to be used.
    struct Branch: Sendable {
        /// Always, when there is none.
        var condition: Condition?
        var template: Template
    }

    /// What becomes a JSON value once the cells of a row are put in.
    indirect enum Template: Sendable {
        case constant(JSONValue)
        case text([Piece])
        case translated(column: Int, table: Table)
        case list([Template])
        case object([(name: String, template: Template)])
        /// The first whose condition holds; nothing when there is none.
        case first([Branch])
    }

    /// A piece of a text.
    enum Piece: Sendable {
        case literal(String)
        case cell(Int)
        /// The cell as a part of a reference.
        case slug(Int, maximumLength: Int)
    }

    /// What a row must be like.
    indirect enum Condition: Sendable {
        case isBlank(Int, Bool)
        case matches(Int, Match, [String])
        case all([Condition])
        case any([Condition])
        case not(Condition)
    }

    /// How a cell is compared.
    enum Match: String, Sendable, CaseIterable {
        case equals, prefix, contains
    }

    /// What values of a column stand for.
    struct Table: Sendable {
        var name: String
        var match: Match
        var values: [(key: String, template: Template)]
        /// For values that are not in the table; without it they are a problem.
        var otherwise: Template?
    }
}

extension Mapping.Match {
    /// Whether the text compares so with the pattern.
    func holds(_ text: String, _ pattern: String) -> Bool {
        switch self {
        case .equals: text == pattern
        case .prefix: text.hasPrefix(pattern)
        case .contains: text.contains(pattern)
        }
    }
}

extension Mapping.Table {
    /// The template for that value: of several keys that match, the longest one's.
    func template(for value: String) -> Mapping.Template? {
        let matching = self.values.filter { self.match.holds(value, $0.key) }
        let longest = matching.max { $0.key.utf8.count < $1.key.utf8.count }
        return longest?.template ?? self.otherwise
    }
}

extension Mapping.Template {
    /// The columns whose cells may go into the value.
    var columns: Set<Int> {
        switch self {
        case .constant: []
        case .text(let pieces): Set(pieces.compactMap(\.column))
        case .translated(let column, let table):
            (table.values.map(\.template) + [table.otherwise].compactMap(\.self))
                .reduce(into: [column]) { $0.formUnion($1.columns) }
        case .list(let elements): elements.reduce(into: []) { $0.formUnion($1.columns) }
        case .object(let members): members.reduce(into: []) { $0.formUnion($1.template.columns) }
        case .first(let branches): branches.reduce(into: []) { $0.formUnion($1.template.columns) }
        }
    }
}

extension Mapping.Piece {
    /// The column it takes a cell of.
    var column: Int? {
        switch self {
        case .literal: nil
        case .cell(let column), .slug(let column, _): column
        }
    }
}
