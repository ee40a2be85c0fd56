/// Reading of templates.
extension MappingReader {
    func readTemplate(_ node: JSONNode) throws(JSONFault) -> Mapping.Template {
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

    func readBranches(_ node: JSONNode) throws(JSONFault) -> [Mapping.Branch] {
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
