/// One row being put into templates.
struct Rendering {
    private let mapping: Mapping
    /// The row's texts by column of the mapping; nothing where a cell is blank.
    private let texts: [String?]
    private var path: [Step] = []

    /// Columns whose cells went into the record.
    private(set) var used: Set<Int> = []
    /// Cells whose value no table knows.
    private(set) var unknown: [(column: Int, table: Mapping.Table)] = []
    /// For each field the columns it was to be filled from, blank ones included.
    private(set) var origins: [(field: [Step], columns: [Int])] = []

    /// A step from a value to one inside it.
    enum Step: Hashable {
        case member(String)
        case element(Int)
    }

    init(_ mapping: Mapping, texts: [String?]) {
        self.mapping = mapping
        self.texts = texts
    }

    /// The record for the row, or nothing when none is meant for it.
    mutating func record() -> JSONValue? {
        for branch in self.mapping.records where self.holds(branch.condition) {
            return self.render(branch.template).value ?? .object([])
        }
        return nil
    }

    /// A value, and whether cells were to go into it and did.
    private struct Rendered {
        var value: JSONValue?
        var namesCells = false
        var hasCells = false

        /// A list or object that names cells, all of which are blank, says nothing.
        var isVoid: Bool { self.namesCells && !self.hasCells }
    }
}

// MARK: - Templates

extension Rendering {
    private mutating func render(_ template: Mapping.Template) -> Rendered {
        switch template {
        case .constant(let value): Rendered(value: value)
        case .text(let pieces): self.renderText(pieces)
        case .translated(let column, let table): self.translate(column, table)
        case .list(let elements): self.renderList(elements)
        case .object(let members): self.renderObject(members)
        case .first(let branches):
            branches.first { self.holds($0.condition) }
                .map { self.render($0.template) } ?? Rendered()
        }
    }

    /// A text is left out when a cell in it is blank.
    private mutating func renderText(_ pieces: [Mapping.Piece]) -> Rendered {
        let columns = pieces.compactMap(\.column)
        self.origins.append((self.path, columns))
        var text = ""
        for piece in pieces {
            switch piece {
            case .literal(let literal): text += literal
            case .cell(let column):
                guard let cell = self.texts[column] else { return Rendered(namesCells: true) }
                text += cell
            case .slug(let column, let maximumLength):
                guard let cell = self.texts[column] else { return Rendered(namesCells: true) }
                text += Slug.make(cell, maximumLength: maximumLength)
            }
        }
        self.used.formUnion(columns)
        return Rendered(value: .string(text), namesCells: true, hasCells: true)
    }

    private mutating func translate(_ column: Int, _ table: Mapping.Table) -> Rendered {
        self.origins.append((self.path, [column]))
        guard let cell = self.texts[column] else { return Rendered(namesCells: true) }
        self.used.insert(column)
        guard let template = table.template(for: cell) else {
            self.unknown.append((column, table))
            return Rendered(namesCells: true)
        }
        guard let value = self.render(template).value, value != .null else {
            return Rendered(namesCells: true)
        }
        return Rendered(value: value, namesCells: true, hasCells: true)
    }

    private mutating func renderList(_ elements: [Mapping.Template]) -> Rendered {
        var list = Rendered()
        var values: [JSONValue] = []
        for element in elements {
            if let value = self.render(element, at: .element(values.count), in: &list) {
                values.append(value)
            }
        }
        list.value = list.isVoid || values.isEmpty ? nil : .array(values)
        return list
    }

    private mutating func renderObject(
        _ members: [(name: String, template: Mapping.Template)]
    ) -> Rendered {
        var object = Rendered()
        var values: [JSONMember] = []
        for member in members {
            if let value = self.render(member.template, at: .member(member.name), in: &object) {
                values.append(JSONMember(member.name, value))
            }
        }
        object.value = object.isVoid || values.isEmpty ? nil : .object(values)
        return object
    }

    private mutating func render(
        _ template: Mapping.Template, at step: Step, in container: inout Rendered
    ) -> JSONValue? {
        self.path.append(step)
        defer { self.path.removeLast() }
        let inner = self.render(template)
        container.namesCells = container.namesCells || inner.namesCells
        container.hasCells = container.hasCells || inner.hasCells
        return inner.value
    }
}

// MARK: - Conditions

extension Rendering {
    private func holds(_ condition: Mapping.Condition?) -> Bool {
        switch condition {
        case nil: true
        case .isBlank(let column, let expected): (self.texts[column] == nil) == expected
        case .matches(let column, let match, let patterns):
            self.texts[column].map { text in patterns.contains { match.holds(text, $0) } } ?? false
        case .all(let conditions): conditions.allSatisfy { self.holds($0) }
        case .any(let conditions): conditions.contains { self.holds($0) }
        case .not(let condition): !self.holds(condition)
        }
    }
}
