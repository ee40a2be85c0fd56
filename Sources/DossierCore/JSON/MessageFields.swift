/// The known fields of an encoded message in order of their numbers, each with its values.
struct MessageFields {
    /// One value.
    enum Value {
        case number(UInt64)
        case bytes(UnsafeRawBufferPointer)
    }

    /// A field that occurs.
    struct Entry {
        var field: FieldDescriptor
        /// One for a singular field; the last, if it occurs more than once.
        var values: [Value]

        /// Whether the field is left out in JSON: it has the default value, and whether it
        /// occurs says nothing.
        var isDefault: Bool {
            guard !self.field.isRepeated, self.field.oneof == nil, self.field.type != .message
            else { return false }
            switch self.values[0] {
            case .number(let number): return number == 0
            case .bytes(let bytes): return bytes.isEmpty
            }
        }
    }

    private(set) var entries: [Entry] = []

    /// Reads the fields of a message; the values point into `bytes`.
    ///
    /// - Throws: ``CoreError`` with code `malformedRecord`.
    init(_ type: MessageDescriptor, _ bytes: UnsafeRawBufferPointer) throws {
        var reader = WireReader(bytes)
        do {
            while let wire = try reader.next() {
                guard let field = type.field(numbered: wire.number) else { continue }
                try self.add(field, wire.value)
            }
        } catch {
            throw Self.malformed(type)
        }
        self.entries.sort { $0.field.number < $1.field.number }
    }

    static func malformed(_ type: MessageDescriptor) -> CoreError {
        CoreError(code: .malformedRecord, message: "the bytes are no message \(type.name)")
    }

    private mutating func add(
        _ field: FieldDescriptor, _ value: WireReader.Value
    ) throws(WireReader.Malformed) {
        switch (value, field.type) {
        case (.varint(let number), .uint32), (.varint(let number), .uint64),
            (.varint(let number), .bool), (.varint(let number), .enumeration):
            self.append(field, .number(number))
        case (.bytes(let content), .string), (.bytes(let content), .bytes),
            (.bytes(let content), .message):
            self.append(field, .bytes(content))
        case (.bytes(let packed), _) where field.isRepeated:
            var reader = WireReader(packed)
            while !reader.isAtEnd { self.append(field, .number(try reader.varint())) }
        case _:
            throw WireReader.Malformed()
        }
    }

    private mutating func append(_ field: FieldDescriptor, _ value: Value) {
        // Elements of a repeated field mostly follow each other.
        let index =
            self.entries.last?.field.number == field.number
            ? self.entries.count - 1
            : self.entries.firstIndex { $0.field.number == field.number }
        guard let index else {
            self.entries.append(Entry(field: field, values: [value]))
            return
        }
        if field.isRepeated {
            self.entries[index].values.append(value)
        } else {
            self.entries[index].values = [value]
        }
    }
}
