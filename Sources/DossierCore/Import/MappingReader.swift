/// Reads a mapping file.
struct MappingReader {
    private(set) var columns: [Mapping.Column] = []
    private(set) var tables: [String: Mapping.Table] = [:]
    private(set) var parts: [String: Mapping.Template] = [:]

    /// The value that `format` must have.
    static let format = "dossier-mapping/1"

    /// The mapping that the JSON value is.
    static func read(_ root: JSONNode) throws(JSONFault) -> Mapping {
        var reader = MappingReader()
        return try reader.readMapping(root)
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
            switch (used.contains(index), self.columns[index].isIgnored) {
            case (true, false), (false, true): continue
            case (true, true):
                throw JSONFault(
                    place: member.place,
                    message: "column \"\(member.name)\" is ignored, yet a record uses it")
            case (false, false):
                throw JSONFault(
                    place: member.place,
                    message: "no record uses column \"\(member.name)\"; use it or set "
                        + "\"ignored\" to true")
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
    func column(_ name: String, at place: JSONPlace) throws(JSONFault) -> Int {
        guard let index = self.columns.firstIndex(where: { $0.name == name }) else {
            let known = self.columns.map(\.name)
            throw JSONFault(
                place: place,
                message: "\"\(name)\" is not a column" + Nearest.hint(for: name, among: known))
        }
        return index
    }
}
