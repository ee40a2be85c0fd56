/// Writes encoded messages as JSON text.
struct ProtoJSONWriter {
    private let schema: Schema
    private var output: [UInt8] = []

    init(schema: Schema) {
        self.schema = schema
    }

    /// What was written.
    var text: String { String(decoding: self.output, as: UTF8.self) }

    /// Writes a message as an object.
    mutating func writeMessage(_ type: MessageDescriptor, _ bytes: UnsafeRawBufferPointer) throws {
        self.write("{")
        var isFirst = true
        for entry in try MessageFields(type, bytes).entries where !entry.isDefault {
            if !isFirst { self.write(",") }
            isFirst = false
            self.write("\"\(entry.field.jsonName)\":")
            if entry.field.isRepeated {
                try self.writeList(entry, in: type)
            } else {
                try self.write(entry.values[0], of: entry.field, in: type)
            }
        }
        self.write("}")
    }

    private mutating func writeList(
        _ entry: MessageFields.Entry, in type: MessageDescriptor
    ) throws {
        self.write("[")
        for (index, value) in entry.values.enumerated() {
            if index > 0 { self.write(",") }
            try self.write(value, of: entry.field, in: type)
        }
        self.write("]")
    }

    private mutating func write(
        _ value: MessageFields.Value, of field: FieldDescriptor, in type: MessageDescriptor
    ) throws {
        switch value {
        case .number(let number):
            self.write(self.schema.json(of: number, field))
        case .bytes(let bytes) where field.type == .message:
            guard let inner = self.schema.descriptor(named: field.typeName) else {
                preconditionFailure("the schema holds the type of every field")
            }
            try self.writeMessage(inner, bytes)
        case .bytes(let bytes) where field.type == .string:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw MessageFields.malformed(type)
            }
            self.writeString(text)
        case .bytes(let bytes):
            self.write("\"\(Base64.encode(bytes))\"")
        }
    }

    /// Writes a text as a string.
    mutating func writeString(_ text: String) {
        self.write("\"")
        defer { self.write("\"") }
        if text.utf8.allSatisfy({ (0x20...0x7e).contains($0) && $0 != 0x22 && $0 != 0x5c }) {
            return self.write(text)
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": self.write("\\\"")
            case "\\": self.write("\\\\")
            case "\n": self.write("\\n")
            case "\r": self.write("\\r")
            case "\t": self.write("\\t")
            case _ where scalar.actsOnTerminal: self.writeEscaped(scalar)
            case _: self.write(String(scalar))
            }
        }
    }

    private mutating func writeEscaped(_ scalar: Unicode.Scalar) {
        for unit in String(scalar).utf16 {
            let digits = String(unit, radix: 16)
            self.write("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        }
    }

    private mutating func write(_ text: String) {
        self.output.append(contentsOf: text.utf8)
    }
}

extension Schema {
    /// A number of a field in JSON. An enum value that is not known is written as its number.
    fileprivate func json(of number: UInt64, _ field: FieldDescriptor) -> String {
        switch field.type {
        case .bool: number == 0 ? "false" : "true"
        case .uint64: "\"\(number)\""
        case .enumeration:
            self.name(of: number, field).map { "\"\($0)\"" }
                ?? "\(Int32(truncatingIfNeeded: number))"
        case .uint32, .string, .bytes, .message: "\(number)"
        }
    }

    /// The name of an enum field's value; nil when it is not known.
    fileprivate func name(of number: UInt64, _ field: FieldDescriptor) -> String? {
        self.enums[field.typeName]?.name(of: Int32(truncatingIfNeeded: number))
    }
}

/// Lists the values of encoded messages with the paths of their fields.
struct FieldLister {
    private let schema: Schema
    private(set) var fields: [(path: String, value: String)] = []

    init(schema: Schema) {
        self.schema = schema
    }

    /// Lists the fields of a message that stands at `path`.
    mutating func list(
        _ type: MessageDescriptor, _ bytes: UnsafeRawBufferPointer, path: String
    ) throws {
        for entry in try MessageFields(type, bytes).entries where !entry.isDefault {
            for (index, value) in entry.values.enumerated() {
                let step = type.step(to: entry.field, at: entry.field.isRepeated ? index : nil)
                let inner = path.isEmpty ? step : "\(path).\(step)"
                try self.list(value, of: entry.field, in: type, path: inner)
            }
        }
    }

    private mutating func list(
        _ value: MessageFields.Value, of field: FieldDescriptor, in type: MessageDescriptor,
        path: String
    ) throws {
        switch value {
        case .number(let number):
            self.fields.append((path, self.schema.text(of: number, field)))
        case .bytes(let bytes) where field.type == .message:
            guard let inner = self.schema.descriptor(named: field.typeName) else {
                preconditionFailure("the schema holds the type of every field")
            }
            try self.list(inner, bytes, path: path)
        case .bytes(let bytes) where field.type == .string:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw MessageFields.malformed(type)
            }
            self.fields.append((path, text))
        case .bytes(let bytes):
            let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
            self.fields.append((path, digits.joined()))
        }
    }
}

extension Schema {
    fileprivate func text(of number: UInt64, _ field: FieldDescriptor) -> String {
        switch field.type {
        case .bool: number == 0 ? "false" : "true"
        case .enumeration:
            self.name(of: number, field) ?? "\(Int32(truncatingIfNeeded: number))"
        case .uint32, .uint64, .string, .bytes, .message: "\(number)"
        }
    }
}
