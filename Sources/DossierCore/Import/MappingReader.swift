/// Reads a mapping file.
struct MappingReader {
    private var columns: [Mapping.Column] = []
    private var tables: [String: Mapping.Table] = [:]
    private var parts: [String: Mapping.Template] = [:]

    /// The value that `format` must have.
    static let format = "dossier-mapping/1"

    /// The mapping that `bytes` are the text of.
    static func read(_ bytes: [UInt8]) throws(JSONFault) -> Mapping {
        var reader = MappingReader()
        return try reader.readMapping(try JSONReader.read(bytes))
    }

    private mutating func readMapping(_ root: JSONNode) throws(JSONFault) -> Mapping {
        let members = try root.members(
            required: ["format", "columns", "records"],
            optional: ["description", "delimiter", "tables", "parts"])
        try members.node("format").require(
            members.string("format") == Self.format, "expected \"\(Self.format)\"")
        try self.readColumns(try members.node("columns"))
        for member in try members.optional("tables")?.members() ?? [] {
            self.tables[member.name] = try self.readTable(member)
        }
        for member in try members.optional("parts")?.members() ?? [] {
            // Parts do not see parts, so that none can contain itself.
            let part = try MappingReader(columns: self.columns, tables: self.tables)
                .readTemplate(member.value)
            self.parts[member.name] = part
        }
        let records = try self.readRecords(try members.node("records"))
        try self.requireUse(of: members.node("columns"), in: records)
        return Mapping(
            delimiter: try Self.readDelimiter(members.optional("delimiter")),
            columns: self.columns, records: records)
    }

    private init(columns: [Mapping.Column] = [], tables: [String: Mapping.Table] = [:]) {
        self.columns = columns
        self.tables = tables
    }

    private func readRecords(_ node: JSONNode) throws(JSONFault) -> [Mapping.Branch] {
        let records = try self.readBranches(node)
        try node.require(!records.isEmpty, "expected at least one record")
        return records
    }

    /// Every column is used or ignored on purpose: no cell gets lost without anybody saying so.
    private func requireUse(of node: JSONNode, in records: [Mapping.Branch]) throws(JSONFault) {
        let used = Mapping.Template.first(records).columns
        for (index, member) in try node.members().enumerated() {
            let isUsed = used.contains(index) != self.columns[index].isIgnored
            guard isUsed else {
                throw JSONFault(
                    place: member.place,
                    message: used.contains(index)
                        ? "column \"\(member.name)\" is ignored, yet a record uses it"
                        : "no record uses column \"\(member.name)\"; "
                            + "use it or set \"ignored\" to true")
            }
        }
    }
}

// MARK: - Columns and tables

extension MappingReader {
    private mutating func readColumns(_ node: JSONNode) throws(JSONFault) {
        for member in try node.members() {
            guard !member.name.isEmpty, !member.name.contains(where: { "{}|".contains($0) }) else {
                throw JSONFault(
                    place: member.place, message: "a column's name is not empty and has no {, }, |")
            }
            self.columns.append(try Self.readColumn(member))
        }
        try node.require(!self.columns.isEmpty, "expected at least one column")
    }

    private static func readColumn(_ member: JSONNode.Member) throws(JSONFault) -> Mapping.Column {
        let members = try member.value.members(
            optional: ["required", "type", "ignored", "blanks", "description"])
        var column = Mapping.Column(name: member.name)
        column.isRequired = try members.optional("required")?.bool() ?? false
        column.isIgnored = try members.optional("ignored")?.bool() ?? false
        if let type = members.optional("type") {
            try type.require(
                ["text", "integer"].contains(try type.string()), "expected \"text\" or \"integer\"")
            column.isInteger = try type.string() == "integer"
        }
        for blank in try members.optional("blanks")?.elements() ?? [] {
            column.blanks.insert(try blank.string())
        }
        return column
    }

    private static func readDelimiter(_ node: JSONNode?) throws(JSONFault) -> UInt8 {
        guard let node else { return UInt8(ascii: ",") }
        let delimiters: [String: UInt8] = [
            ",": UInt8(ascii: ","), ";": UInt8(ascii: ";"), "\t": UInt8(ascii: "\t"),
            "|": UInt8(ascii: "|"),
        ]
        guard let delimiter = delimiters[try node.string()] else {
            throw node.fault("expected \",\", \";\", \"|\" or \"\\t\"")
        }
        return delimiter
    }

    private func readTable(_ member: JSONNode.Member) throws(JSONFault) -> Mapping.Table {
        let members = try member.value.members(
            required: ["values"], optional: ["match", "otherwise", "description"])
        // Tables see neither tables nor parts: what stands for a value is to be read at a glance.
        let reader = MappingReader(columns: self.columns)
        var values: [(key: String, template: Mapping.Template)] = []
        for value in try members.node("values").members() {
            values.append((value.name, try reader.readTemplate(value.value)))
        }
        var otherwise: Mapping.Template?
        if let node = members.optional("otherwise") {
            otherwise = try reader.readTemplate(node)
        }
        return Mapping.Table(
            name: member.name, match: try Self.readMatch(members.optional("match")),
            values: values, otherwise: otherwise)
    }

    private static func readMatch(_ node: JSONNode?) throws(JSONFault) -> Mapping.Match {
        guard let node else { return .equals }
        guard let match = Mapping.Match(rawValue: try node.string()) else {
            throw node.fault("expected \"equals\", \"prefix\" or \"contains\"")
        }
        return match
    }

    /// The index of the column of that name.
    private func column(_ name: String, at place: JSONPlace) throws(JSONFault) -> Int {
        guard let index = self.columns.firstIndex(where: { $0.name == name }) else {
            let known = self.columns.map(\.name)
            throw JSONFault(
                place: place,
                message: "\"\(name)\" is not a column" + Nearest.hint(for: name, among: known))
        }
        return index
    }
}

// MARK: - Templates

extension MappingReader {
    private func readTemplate(_ node: JSONNode) throws(JSONFault) -> Mapping.Template {
        switch node.content {
        case .null: return .constant(.null)
        case .bool(let bool): return .constant(.bool(bool))
        case .number(let digits): return .constant(.number(digits))
        case .string(let text): return try self.readText(text, at: node.place)
        case .array(let elements): return .list(try self.readTemplates(elements))
        case .object(let members):
            guard let first = members.first, first.name.hasPrefix("$") else {
                return .object(try self.readMembers(members))
            }
            return try self.readDirective(first, node, members)
        }
    }

    private func readTemplates(_ nodes: [JSONNode]) throws(JSONFault) -> [Mapping.Template] {
        var templates: [Mapping.Template] = []
        for node in nodes { templates.append(try self.readTemplate(node)) }
        return templates
    }

    private func readMembers(
        _ members: [JSONNode.Member]
    ) throws(JSONFault) -> [(name: String, template: Mapping.Template)] {
        var read: [(name: String, template: Mapping.Template)] = []
        for member in members {
            guard !member.name.hasPrefix("$") else {
                throw JSONFault(
                    place: member.place, message: "\"\(member.name)\" must be the first member")
            }
            read.append((member.name, try self.readTemplate(member.value)))
        }
        return read
    }

    private func readDirective(
        _ first: JSONNode.Member, _ node: JSONNode, _ members: [JSONNode.Member]
    ) throws(JSONFault) -> Mapping.Template {
        switch first.name {
        case "$when":
            let condition = try self.readCondition(first.value)
            return .first([
                Mapping.Branch(condition: condition, template: try self.readGuarded(members))
            ])
        case "$first":
            _ = try node.members(required: ["$first"])
            return .first(try self.readBranches(first.value))
        case "$column":
            let names = try node.members(required: ["$column", "$table"])
            let column = try self.column(first.value.string(), at: first.value.place)
            return .translated(column: column, table: try self.table(try names.node("$table")))
        case "$part":
            _ = try node.members(required: ["$part"])
            return try self.part(first.value)
        default:
            throw JSONFault(
                place: first.place,
                message: "expected \"$when\", \"$first\", \"$column\" or \"$part\"")
        }
    }

    /// What a `$when` guards: `$value`, or the members beside it as an object.
    private func readGuarded(
        _ members: [JSONNode.Member]
    ) throws(JSONFault) -> Mapping.Template {
        let rest = Array(members.dropFirst())
        guard let value = rest.first, value.name == "$value", rest.count == 1 else {
            return .object(try self.readMembers(rest))
        }
        return try self.readTemplate(value.value)
    }

    private func readBranches(_ node: JSONNode) throws(JSONFault) -> [Mapping.Branch] {
        var branches: [Mapping.Branch] = []
        for element in try node.elements() {
            if let last = branches.last, last.condition == nil {
                throw element.fault("never reached: the one before it has no \"$when\"")
            }
            let template = try self.readTemplate(element)
            if case .first(let inner) = template, inner.count == 1 {
                branches += inner
            } else {
                branches.append(Mapping.Branch(template: template))
            }
        }
        return branches
    }

    private func table(_ node: JSONNode) throws(JSONFault) -> Mapping.Table {
        let name = try node.string()
        guard let table = self.tables[name] else {
            throw node.fault(
                "no table \"\(name)\" here" + Nearest.hint(for: name, among: self.tables.keys))
        }
        return table
    }

    private func part(_ node: JSONNode) throws(JSONFault) -> Mapping.Template {
        let name = try node.string()
        guard let part = self.parts[name] else {
            throw node.fault(
                "no part \"\(name)\" here" + Nearest.hint(for: name, among: self.parts.keys))
        }
        return part
    }
}

// MARK: - Texts

extension MappingReader {
    /// Longest slug when none is given.
    private static let slugLength = 40

    /// `{column}`, `{column|slug}` and `{column|slug:20}` are cells; `{{` and `}}` are braces.
    private func readText(
        _ text: String, at place: JSONPlace
    ) throws(JSONFault) -> Mapping.Template {
        var pieces: [Mapping.Piece] = []
        var literal = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            if character == "{" || character == "}", rest.first == character {
                literal.append(rest.removeFirst())
            } else if character == "{", let end = rest.firstIndex(of: "}") {
                pieces += literal.isEmpty ? [] : [.literal(literal)]
                literal = ""
                pieces.append(try self.readPiece(rest[..<end], at: place))
                rest = rest[rest.index(after: end)...]
            } else if character == "{" || character == "}" {
                throw JSONFault(place: place, message: "a brace in text is written twice")
            } else {
                literal.append(character)
            }
        }
        guard !pieces.isEmpty else { return .constant(.string(literal)) }
        return .text(pieces + (literal.isEmpty ? [] : [.literal(literal)]))
    }

    private func readPiece(
        _ text: Substring, at place: JSONPlace
    ) throws(JSONFault) -> Mapping.Piece {
        let parts = text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
        let column = try self.column(String(parts[0]), at: place)
        guard parts.count == 2 else { return .cell(column) }
        if parts[1] == "slug" { return .slug(column, maximumLength: Self.slugLength) }
        guard parts[1].hasPrefix("slug:"), let length = Int(parts[1].dropFirst(5)),
            Slug.lengths.contains(length)
        else {
            throw JSONFault(
                place: place,
                message: "expected {column}, {column|slug} or {column|slug:n}, n in "
                    + "\(Slug.lengths.lowerBound) to \(Slug.lengths.upperBound)")
        }
        return .slug(column, maximumLength: length)
    }
}

// MARK: - Conditions

extension MappingReader {
    private func readCondition(_ node: JSONNode) throws(JSONFault) -> Mapping.Condition {
        var conditions: [Mapping.Condition] = []
        for member in try node.members() {
            switch member.name {
            case "$any": conditions.append(.any(try self.readConditions(member.value)))
            case "$not": conditions.append(.not(try self.readCondition(member.value)))
            default: conditions.append(try self.readTest(member))
            }
        }
        try node.require(!conditions.isEmpty, "expected at least one condition")
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    private func readConditions(_ node: JSONNode) throws(JSONFault) -> [Mapping.Condition] {
        var conditions: [Mapping.Condition] = []
        for element in try node.elements() { conditions.append(try self.readCondition(element)) }
        return conditions
    }

    private func readTest(_ member: JSONNode.Member) throws(JSONFault) -> Mapping.Condition {
        let column = try self.column(member.name, at: member.place)
        guard case .object(let tests) = member.value.content else {
            return .matches(column, .equals, try Self.readPatterns(member.value))
        }
        guard let test = tests.first, tests.count == 1 else {
            throw member.value.fault("expected one test")
        }
        if test.name == "blank" { return .isBlank(column, try test.value.bool()) }
        guard let match = Mapping.Match(rawValue: test.name) else {
            throw JSONFault(
                place: test.place,
                message: "expected \"blank\", \"equals\", \"prefix\" or \"contains\"")
        }
        return .matches(column, match, try Self.readPatterns(test.value))
    }

    private static func readPatterns(_ node: JSONNode) throws(JSONFault) -> [String] {
        guard case .array(let elements) = node.content else { return [try pattern(node)] }
        var patterns: [String] = []
        for element in elements { patterns.append(try pattern(element)) }
        return patterns
    }

    private static func pattern(_ node: JSONNode) throws(JSONFault) -> String {
        let text = try node.string()
        try node.require(!text.isEmpty, "for blank cells write {\"blank\": true}")
        return text
    }
}
