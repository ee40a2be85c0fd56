/// Makes the table of one message type from its descriptor and rules.
struct TableCompiler {
    let type: Schema.MessageType
    let index: Int
    /// Where all message tables are, or will be.
    let tables: UnsafeMutablePointer<MessageTable>
    let indexes: [String: Int]
    let enums: [String: EnumDescriptor]

    private var operands = 0
    private var nextWord = 0

    init(
        type: Schema.MessageType, index: Int, tables: UnsafeMutablePointer<MessageTable>,
        indexes: [String: Int], enums: [String: EnumDescriptor]
    ) {
        self.type = type
        self.index = index
        self.tables = tables
        self.indexes = indexes
        self.enums = enums
    }

    mutating func compile() -> MessageTable {
        let descriptor = self.type.descriptor
        let rules = self.type.rules
        let unknown = Set(rules.fields.keys).subtracting(descriptor.fields.map(\.name))
        precondition(unknown.isEmpty, "\(descriptor.name) has no fields \(unknown)")
        // Presence bits: one a field, then one a oneof.
        precondition(descriptor.fields.count + descriptor.oneofs.count <= 32, descriptor.name)

        let highest = descriptor.fields.last?.number ?? 0
        let fields = UnsafeMutablePointer<FieldTable>.allocate(capacity: Int(highest) + 1)
        fields.initialize(repeating: FieldTable(), count: Int(highest) + 1)
        self.operands = rules.fields.values.compactMap(\.operand).map { $0 + 1 }.max() ?? 0
        self.nextWord = self.operands
        var table = MessageTable(fields: fields, index: self.index, maximumNumber: highest)
        for (position, field) in descriptor.fields.enumerated() {
            guard let rule = rules.fields[field.name] else {
                preconditionFailure("no rule for \(descriptor.name).\(field.name)")
            }
            let entry = self.entry(field, rule, position: position)
            fields[Int(field.number)] = entry
            if rule.isRequired { table.required |= 1 << UInt32(position) }
        }
        table.scratchWords = self.nextWord
        table.relation = rules.relation
        table.isLabel = rules.isLabel
        return table
    }

    private mutating func entry(
        _ field: FieldDescriptor, _ rule: FieldRule, position: Int
    ) -> FieldTable {
        var entry = FieldTable()
        (entry.kind, entry.wire) = Self.kind(of: field.type)
        entry.shape = rule.shape
        entry.capture = rule.capture
        entry.refusesEmpty =
            !rule.takesEmptyElements
            && (rule.isRequired || (field.isRepeated && [.string, .bytes].contains(field.type)))
        entry.maximumLength = UInt32(rule.maximumLength)
        entry.own = 1 << UInt32(position)
        entry.presence = entry.own
        if let oneof = field.oneof {
            entry.presence |= 1 << UInt32(self.type.descriptor.fields.count + oneof)
        }
        if field.isRepeated {
            entry.counter = self.takeWord()
            entry.maximumCount = UInt32(rule.maximumCount)
        } else {
            entry.conflicts = entry.presence
        }
        if let operand = rule.operand { entry.operand = UInt8(operand) }
        if field.type == .message { entry.message = self.message(field, rule) }
        if field.type == .enumeration { entry.knownValues = self.knownValues(field) }
        return entry
    }

    private mutating func takeWord() -> UInt8 {
        defer { self.nextWord += 1 }
        return UInt8(self.nextWord)
    }

    private func message(
        _ field: FieldDescriptor, _ rule: FieldRule
    ) -> UnsafePointer<MessageTable> {
        let key = rule.variant.isEmpty ? field.typeName : "\(field.typeName)#\(rule.variant)"
        guard let index = self.indexes[key] else {
            preconditionFailure("\(field.name) has no type \(key)")
        }
        return UnsafePointer(self.tables + index)
    }

    private func knownValues(_ field: FieldDescriptor) -> UInt64 {
        guard let type = self.enums[field.typeName] else {
            preconditionFailure("\(field.name) has no type \(field.typeName)")
        }
        return type.values.reduce(into: 0) { known, value in
            precondition((0..<64).contains(value.number), "\(value.name) is above 63")
            known |= 1 << UInt64(value.number)
        }
    }

    private static func kind(
        of type: FieldDescriptor.FieldType
    ) -> (FieldTable.Kind, wire: UInt8) {
        switch type {
        case .uint32: (.uint32, 0)
        case .uint64: (.uint64, 0)
        case .bool: (.bool, 0)
        case .enumeration: (.enumeration, 0)
        case .string: (.string, 2)
        case .bytes: (.bytes, 2)
        case .message: (.message, 2)
        }
    }
}
