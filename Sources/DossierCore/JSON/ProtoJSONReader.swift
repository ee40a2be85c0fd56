/// Encodes messages from JSON values.
struct ProtoJSONReader {
    let schema: Schema

    /// The encoded form of a message, its fields in order of their numbers.
    func encode(_ node: JSONNode, as type: MessageDescriptor) throws -> [UInt8] {
        guard case .object(let members) = node.content else {
            throw node.fault("expected an object")
        }
        var fields: [(number: UInt32, bytes: [UInt8])] = []
        var oneofs: [Int: String] = [:]
        for member in members {
            let field = try self.field(member, of: type)
            guard !fields.contains(where: { $0.number == field.number }) else {
                throw JSONFault(
                    place: member.place, message: "\"\(member.name)\" stands here twice")
            }
            if case .null = member.value.content { continue }
            if let oneof = field.oneof, let other = oneofs.updateValue(member.name, forKey: oneof) {
                throw JSONFault(
                    place: member.place,
                    message: "\"\(member.name)\" and \"\(other)\" exclude each other")
            }
            fields.append((field.number, try self.encode(member.value, of: field)))
        }
        return fields.sorted { $0.number < $1.number }.flatMap(\.bytes)
    }

    private func field(
        _ member: JSONNode.Member, of type: MessageDescriptor
    ) throws -> FieldDescriptor {
        let known = type.fields.first { $0.jsonName == member.name || $0.name == member.name }
        guard let known else {
            let hint = Nearest.hint(for: member.name, among: type.fields.map(\.jsonName))
            throw self.unknown("unknown name \"\(member.name)\"\(hint)", at: member.place)
        }
        return known
    }

    private func unknown(_ message: String, at place: JSONPlace) -> CoreError {
        CoreError(
            code: .unknownName,
            message: "line \(place.line), column \(place.column): \(message)")
    }

    // MARK: Values

    private func encode(_ node: JSONNode, of field: FieldDescriptor) throws -> [UInt8] {
        guard field.isRepeated else {
            return try self.encodeElement(node, of: field, isExplicit: field.oneof != nil)
        }
        guard case .array(let elements) = node.content else { throw node.fault("expected a list") }
        return try elements.flatMap { try self.encodeElement($0, of: field, isExplicit: true) }
    }

    /// Tag and value; nothing for a default value, unless its being there says something.
    private func encodeElement(
        _ node: JSONNode, of field: FieldDescriptor, isExplicit: Bool
    ) throws -> [UInt8] {
        switch field.type {
        case .uint32, .uint64, .bool, .enumeration:
            let number = try self.number(node, of: field)
            guard isExplicit || number != 0 else { return [] }
            return self.varint(UInt64(field.number) << 3) + self.varint(number)
        case .string, .bytes, .message:
            let bytes = try self.bytes(node, of: field)
            guard isExplicit || field.type == .message || !bytes.isEmpty else { return [] }
            return self.varint(UInt64(field.number) << 3 | 2) + self.varint(UInt64(bytes.count))
                + bytes
        }
    }

    private func number(_ node: JSONNode, of field: FieldDescriptor) throws -> UInt64 {
        switch field.type {
        case .bool: return try node.bool() ? 1 : 0
        case .enumeration: return try self.enumValue(node, of: field)
        case .uint32:
            guard let number = try self.integer(node), let result = UInt32(exactly: number) else {
                throw node.fault("expected a whole number from 0 to \(UInt32.max)")
            }
            return UInt64(result)
        case .uint64, .string, .bytes, .message:
            guard let number = try self.integer(node) else {
                throw node.fault("expected a whole number from 0 to \(UInt64.max)")
            }
            return number
        }
    }

    private func enumValue(_ node: JSONNode, of field: FieldDescriptor) throws -> UInt64 {
        guard let type = self.schema.enums[field.typeName] else {
            preconditionFailure("the schema holds the type of every field")
        }
        switch node.content {
        case .string(let name):
            guard let number = type.number(of: name) else {
                let hint = Nearest.hint(for: name, among: type.values.map(\.name))
                throw self.unknown("unknown value \"\(name)\"\(hint)", at: node.place)
            }
            return UInt64(bitPattern: Int64(number))
        case .number(let text):
            guard let number = Int32(text) else {
                throw node.fault("expected the name of a value, or a number of 32 bits")
            }
            return UInt64(bitPattern: Int64(number))
        case .null, .bool, .array, .object:
            throw node.fault("expected the name of a value")
        }
    }

    /// A whole number that is not negative, as a number or in a string; nil if it is not one.
    private func integer(_ node: JSONNode) throws -> UInt64? {
        switch node.content {
        case .number(let text), .string(let text): return WholeNumber.read(text)
        case .null, .bool, .array, .object: throw node.fault("expected a number")
        }
    }

    private func bytes(_ node: JSONNode, of field: FieldDescriptor) throws -> [UInt8] {
        if field.type == .message {
            guard let type = self.schema.descriptor(named: field.typeName) else {
                preconditionFailure("the schema holds the type of every field")
            }
            return try self.encode(node, as: type)
        }
        let text = try node.string()
        if field.type == .string {
            // libprotobuf-c would end the string here.
            guard !text.utf8.contains(0) else { throw node.fault("the text holds a NUL character") }
            return Array(text.utf8)
        }
        guard let bytes = Base64.decode(text) else { throw node.fault("expected base64") }
        return bytes
    }

    private func varint(_ value: UInt64) -> [UInt8] {
        var result: [UInt8] = []
        var rest = value
        while rest >= 0x80 {
            result.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        result.append(UInt8(rest))
        return result
    }
}

/// Whole numbers as JSON may write them: also `1e3` and `1.0`.
enum WholeNumber {
    /// The number; nil if the text is not a whole number from 0 to 2^64-1.
    static func read(_ text: String) -> UInt64? {
        let parts = text.split(
            maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { "eE".contains($0) })
        var exponent = 0
        if parts.count == 2 {
            guard let value = Int(parts[1]), abs(value) <= 1_000 else { return nil }
            exponent = value
        }
        let halves = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = halves.count == 2 ? halves[1] : ""
        guard halves.count == 1 || !fraction.isEmpty, !halves[0].isEmpty else { return nil }
        var digits = halves[0] + fraction
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        exponent -= fraction.count
        while exponent < 0, digits.last == "0" {
            digits.removeLast()
            exponent += 1
        }
        digits = digits.drop { $0 == "0" }
        if digits.isEmpty { return 0 }
        guard (0...20).contains(exponent) else { return nil }
        return UInt64(digits + String(repeating: "0", count: exponent))
    }
}
