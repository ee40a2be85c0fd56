/// A message type, as the descriptor set describes it.
struct MessageDescriptor {
    /// Full name, such as `dossier.v1.Record`.
    var name = ""
    /// In order of their numbers.
    var fields: [FieldDescriptor] = []
    var oneofs: [String] = []

    /// The field with a number.
    func field(numbered number: UInt32) -> FieldDescriptor? {
        self.fields.first { $0.number == number }
    }

    /// A field's name in a path: after its oneof's if that has other members, and with its index
    /// in brackets if it is repeated.
    func step(to field: FieldDescriptor, at index: Int?) -> String {
        var name = field.name
        if let oneof = field.oneof, self.fields.filter({ $0.oneof == oneof }).count > 1 {
            name = "\(self.oneofs[oneof]).\(name)"
        }
        return index.map { "\(name)[\($0)]" } ?? name
    }
}

/// A field of a message type. A class, so that passing one on costs one reference and not one for
/// each of its names.
final class FieldDescriptor: Sendable {
    /// Field types, by the numbers of `FieldDescriptorProto.Type`. Types that no message of the
    /// schema uses are left out: a record has no floating point, and groups are refused.
    enum FieldType: UInt64 {
        case uint64 = 4
        case bool = 8
        case string = 9
        case message = 11
        case bytes = 12
        case uint32 = 13
        case enumeration = 14
    }

    let name: String
    /// The name in ProtoJSON.
    let jsonName: String
    let number: UInt32
    let type: FieldType
    let isRepeated: Bool
    /// Full name of the message or enum type.
    let typeName: String
    /// Index into ``MessageDescriptor/oneofs``.
    let oneof: Int?

    /// Reads an encoded `google.protobuf.FieldDescriptorProto`.
    init(decoding bytes: UnsafeRawBufferPointer) throws {
        var (name, typeName) = ("", "")
        var (number, type, label): (UInt64, UInt64, UInt64) = (0, 0, 0)
        var oneof: Int?
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            switch (field.number, field.value) {
            case (1, .bytes(let value)): name = String(decoding: value, as: UTF8.self)
            case (3, .varint(let value)): number = value
            case (4, .varint(let value)): label = value
            case (5, .varint(let value)): type = value
            case (6, .bytes(let value)): typeName = String(decoding: value, as: UTF8.self)
            case (9, .varint(let value)): oneof = Int(value)
            case _: break
            }
        }
        guard let type = FieldType(rawValue: type) else {
            preconditionFailure("field \(name) has a type that no message may use")
        }
        self.name = name
        self.jsonName = Self.jsonName(name)
        self.number = UInt32(truncatingIfNeeded: number)
        self.type = type
        self.isRepeated = label == 3
        // Full names start with a dot in a descriptor set.
        self.typeName = String(typeName.dropFirst())
        self.oneof = oneof
    }

    /// `snake_case` as `lowerCamelCase`, as the ProtoJSON mapping defines it.
    private static func jsonName(_ name: String) -> String {
        let words = name.split(separator: "_")
        return words.enumerated().reduce(into: "") { result, word in
            result += word.offset == 0 ? String(word.element) : word.element.raised
        }
    }
}

extension Substring {
    /// The text with its first letter in upper case.
    fileprivate var raised: String { self.prefix(1).uppercased() + self.dropFirst() }
}

/// An enum type.
struct EnumDescriptor {
    /// Full name.
    var name = ""
    var values: [(name: String, number: Int32)] = []

    /// The name of a value; nil when it is not known.
    func name(of number: Int32) -> String? {
        self.values.first { $0.number == number }?.name
    }

    /// The number of a value's name; nil when it is not known.
    func number(of name: String) -> Int32? {
        self.values.first { $0.name == name }?.number
    }
}

/// All types of a `google.protobuf.FileDescriptorSet`.
struct DescriptorSet {
    private(set) var messages: [MessageDescriptor] = []
    private(set) var enums: [EnumDescriptor] = []

    /// Reads an encoded descriptor set.
    init(decoding bytes: UnsafeRawBufferPointer) throws {
        var set = WireReader(bytes)
        while let file = try set.next() {
            if case (1, .bytes(let file)) = (file.number, file.value) { try self.readFile(file) }
        }
    }

    private mutating func readFile(_ bytes: UnsafeRawBufferPointer) throws {
        var package = ""
        var types: [(isMessage: Bool, bytes: UnsafeRawBufferPointer)] = []
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            guard case .bytes(let value) = field.value else { continue }
            switch field.number {
            case 2: package = String(decoding: value, as: UTF8.self)
            case 4: types.append((true, value))
            case 5: types.append((false, value))
            case _: break
            }
        }
        for type in types {
            if type.isMessage {
                try self.readMessage(type.bytes, scope: package)
            } else {
                try self.readEnum(type.bytes, scope: package)
            }
        }
    }

    private mutating func readMessage(_ bytes: UnsafeRawBufferPointer, scope: String) throws {
        var message = MessageDescriptor()
        var nested: [(isMessage: Bool, bytes: UnsafeRawBufferPointer)] = []
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            guard case .bytes(let value) = field.value else { continue }
            switch field.number {
            case 1: message.name = "\(scope).\(String(decoding: value, as: UTF8.self))"
            case 2: message.fields.append(try FieldDescriptor(decoding: value))
            case 3: nested.append((true, value))
            case 4: nested.append((false, value))
            case 8: message.oneofs.append(try Self.readName(value))
            case _: break
            }
        }
        message.fields.sort { $0.number < $1.number }
        self.messages.append(message)
        for type in nested {
            if type.isMessage {
                try self.readMessage(type.bytes, scope: message.name)
            } else {
                try self.readEnum(type.bytes, scope: message.name)
            }
        }
    }

    private mutating func readEnum(_ bytes: UnsafeRawBufferPointer, scope: String) throws {
        var descriptor = EnumDescriptor()
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            guard case .bytes(let value) = field.value else { continue }
            if field.number == 1 {
                descriptor.name = "\(scope).\(String(decoding: value, as: UTF8.self))"
            } else if field.number == 2 {
                descriptor.values.append(try Self.readEnumValue(value))
            }
        }
        self.enums.append(descriptor)
    }

    private static func readEnumValue(
        _ bytes: UnsafeRawBufferPointer
    ) throws -> (name: String, number: Int32) {
        var number: Int32 = 0
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            if case (2, .varint(let value)) = (field.number, field.value) {
                number = Int32(truncatingIfNeeded: value)
            }
        }
        return (try self.readName(bytes), number)
    }

    private static func readName(_ bytes: UnsafeRawBufferPointer) throws -> String {
        var reader = WireReader(bytes)
        while let field = try reader.next() {
            if case (1, .bytes(let value)) = (field.number, field.value) {
                return String(decoding: value, as: UTF8.self)
            }
        }
        throw WireReader.Malformed()
    }
}
