/// Checks that a mapping's templates fit the messages they fill: names, lists, enum values, numbers.
///
/// So a slip in a mapping is told once, at its place, and not for every row of a table; and every
/// row that becomes a record can be encoded.
struct MappingTypes {
    private let schema = Schema.shared
    private let parts: [String: JSONNode]
    private let tables: [String: JSONNode]
    private let integers: Set<String>

    /// Checks a mapping that `MappingReader` has read without a fault.
    static func check(_ root: JSONNode) throws(JSONFault) {
        let types = try MappingTypes(root)
        guard let record = types.schema.descriptor(named: "dossier.v1.Record") else {
            preconditionFailure("the schema holds the record")
        }
        for template in try root.member("records")?.elements() ?? [] {
            try types.check(template, .message(record))
        }
    }

    private init(_ root: JSONNode) throws(JSONFault) {
        self.parts = try Self.byName(root.member("parts"))
        self.tables = try Self.byName(root.member("tables"))
        var integers: Set<String> = []
        for (name, column) in try Self.byName(root.member("columns")) {
            if try column.member("type")?.string() == "integer" { integers.insert(name) }
        }
        self.integers = integers
    }

    private static func byName(_ node: JSONNode?) throws(JSONFault) -> [String: JSONNode] {
        var nodes: [String: JSONNode] = [:]
        for member in try node?.members() ?? [] { nodes[member.name] = member.value }
        return nodes
    }
}

// MARK: - Templates

extension MappingTypes {
    /// What a template is to become.
    private enum Expected {
        case message(MessageDescriptor)
        case list(FieldDescriptor)
        case value(FieldDescriptor)
    }

    private func check(_ node: JSONNode, _ expected: Expected) throws(JSONFault) {
        if let choices = try self.choices(node) {
            for choice in choices { try self.check(choice, expected) }
            return
        }
        if case .null = node.content { return }
        switch expected {
        case .message(let type):
            for member in try node.members() { try self.check(member, of: type) }
        case .list(let field):
            for element in try node.elements() { try self.check(element, self.element(of: field)) }
        case .value(let field):
            try self.check(node, as: field)
        }
    }

    /// What may stand in the place of an object that begins with `$`; nothing for other values.
    private func choices(_ node: JSONNode) throws(JSONFault) -> [JSONNode]? {
        guard case .object(let members) = node.content, let first = members.first else {
            return nil
        }
        switch first.name {
        case "$when":
            if let value = try node.member("$value") { return [value] }
            return [JSONNode(content: .object(Array(members.dropFirst())), place: node.place)]
        case "$first": return try first.value.elements()
        case "$part": return [self.parts[try first.value.string()]].compactMap(\.self)
        case "$column":
            let table = try node.member("$table").map { (node) throws(JSONFault) in
                self.tables[try node.string()]
            }
            guard let table = table ?? nil else { return [] }
            return try Self.byName(table.member("values")).values
                .sorted { ($0.place.line, $0.place.column) < ($1.place.line, $1.place.column) }
                + [try table.member("otherwise")].compactMap(\.self)
        default: return nil
        }
    }

    private func check(
        _ member: JSONNode.Member, of type: MessageDescriptor
    ) throws(JSONFault) {
        let known = type.fields.first { $0.jsonName == member.name || $0.name == member.name }
        guard let field = known else {
            throw JSONFault(
                place: member.place,
                message: "\(type.name) has no \"\(member.name)\""
                    + Nearest.hint(for: member.name, among: type.fields.map(\.jsonName)))
        }
        try self.check(member.value, field.isRepeated ? .list(field) : self.element(of: field))
    }

    private func element(of field: FieldDescriptor) -> Expected {
        guard field.type == .message else { return .value(field) }
        guard let type = self.schema.descriptor(named: field.typeName) else {
            preconditionFailure("the schema holds the type of every field")
        }
        return .message(type)
    }
}

// MARK: - Values

extension MappingTypes {
    private func check(_ node: JSONNode, as field: FieldDescriptor) throws(JSONFault) {
        switch field.type {
        case .string, .message: _ = try node.string()
        case .bool: _ = try node.bool()
        case .enumeration: try self.checkEnum(try node.string(), node, field)
        case .uint32, .uint64: try self.checkInteger(node)
        case .bytes:
            try node.require(
                Base64.decode(try node.string()) != nil, "expected base64, not a cell")
        }
    }

    private func checkEnum(
        _ name: String, _ node: JSONNode, _ field: FieldDescriptor
    ) throws(JSONFault) {
        try node.require(
            !name.contains("{"), "\"\(field.jsonName)\" is filled from a cell through a table")
        let names = self.schema.enums[field.typeName]?.values.map(\.name) ?? []
        try node.require(
            names.contains(name),
            "\(field.typeName) has no \"\(name)\"" + Nearest.hint(for: name, among: names))
    }

    private func checkInteger(_ node: JSONNode) throws(JSONFault) {
        guard case .string(let text) = node.content else {
            guard case .number(let digits) = node.content, UInt64(digits) != nil else {
                throw node.fault("expected a whole number")
            }
            return
        }
        let isCell =
            text.hasPrefix("{") && self.integers.contains(String(text.dropFirst().dropLast()))
        try node.require(
            isCell || UInt64(text) != nil,
            "expected a whole number, or one cell of a column of type \"integer\"")
    }
}
