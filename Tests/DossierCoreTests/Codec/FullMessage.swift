@preconcurrency import CDossierProtos
import CProtobufC

/// Encoded messages in which every field is set, at any depth, made from the descriptors that
/// libprotobuf-c works by. A field's value follows from its name, so that a value that was read
/// into the wrong property shows; see ``FieldValue``.
struct FullMessage {
    /// In a record: the field whose content it has.
    let content: String

    static func record(content: String) -> [UInt8] {
        let descriptor = dossier__v1__record__descriptor
        return Self(content: content).encoded(descriptor)
    }

    /// Names of the contents that a record can have, by the descriptor: a kind that is added to
    /// the messages is tested, whether or not anybody thought of it.
    static var contents: [String] {
        dossier__v1__record__descriptor.allFields.filter(\.isInOneof).map(\.fieldName)
    }

    private func encoded(_ descriptor: ProtobufCMessageDescriptor) -> [UInt8] {
        var writer = WireWriter()
        for field in descriptor.allFields where !self.isOtherContent(field, in: descriptor) {
            let isRepeated = field.label == PROTOBUF_C_LABEL_REPEATED
            for _ in 0..<(isRepeated ? 2 : 1) {
                self.write(field, to: &writer)
            }
        }
        return writer.bytes
    }

    private func isOtherContent(
        _ field: ProtobufCFieldDescriptor, in descriptor: ProtobufCMessageDescriptor
    ) -> Bool {
        descriptor.fullName == "dossier.v1.Record" && field.isInOneof
            && field.fieldName != self.content
    }

    private func write(_ field: ProtobufCFieldDescriptor, to writer: inout WireWriter) {
        let value = FieldValue(of: field.fieldName)
        switch field.type {
        case PROTOBUF_C_TYPE_STRING, PROTOBUF_C_TYPE_BYTES:
            writer.field(field.id, bytes: value.text.utf8)
        case PROTOBUF_C_TYPE_BOOL:
            writer.field(field.id, varint: 1)
        case PROTOBUF_C_TYPE_ENUM, PROTOBUF_C_TYPE_UINT32, PROTOBUF_C_TYPE_UINT64:
            writer.field(field.id, varint: UInt64(value.number))
        case PROTOBUF_C_TYPE_MESSAGE:
            let message = field.message.map(self.encoded) ?? []
            writer.field(field.id, bytes: message)
        default:
            fatalError("no record has a field of the type of \(field.fieldName)")
        }
    }
}

/// What ``FullMessage`` sets a field to.
struct FieldValue {
    /// For strings and bytes: the name in letters and figures only, which is how it is spelled as
    /// a property too, but for capitals.
    let text: String
    /// For numbers and enumerations: a number that other names hardly share.
    let number: UInt32

    init(of name: String) {
        self.text = name.lowercased().filter { $0 != "_" }
        self.number = self.text.utf8.reduce(7) { ($0 &* 31 &+ UInt32($1)) & 0x3FFF_FFFF }
    }
}

extension ProtobufCMessageDescriptor {
    var fullName: String { String(cString: self.name) }
    var allFields: UnsafeBufferPointer<ProtobufCFieldDescriptor> {
        UnsafeBufferPointer(start: self.fields, count: Int(self.n_fields))
    }
}

extension ProtobufCFieldDescriptor {
    var fieldName: String { String(cString: self.name) }
    var isInOneof: Bool { self.flags & UInt32(PROTOBUF_C_FIELD_FLAG_ONEOF.rawValue) != 0 }
    /// The descriptor of a message field's message.
    var message: ProtobufCMessageDescriptor? {
        guard self.type == PROTOBUF_C_TYPE_MESSAGE else { return nil }
        return self.descriptor?.load(as: ProtobufCMessageDescriptor.self)
    }
}
