/// Messages as ProtoJSON and back, by the same schema as the checks.
///
/// The mapping is protobuf's own: `lowerCamelCase` names, 64-bit integers as strings, bytes as
/// base64, enum values by name, default values left out. So any language's protobuf library reads
/// what is written here, and what it writes is read here. What it leaves out on purpose: unknown
/// fields, which the mapping cannot show, and everything that checks values, see ``RecordCheck``.
public enum ProtoJSON {
    /// A message as ProtoJSON on one line.
    ///
    /// - Parameters:
    ///   - message: full name of its type, such as `dossier.v1.Record`.
    ///   - bytes: the encoded message.
    /// - Throws: ``CoreError`` with code `unknownName` for a type that is not in the schema, and
    ///   `malformedRecord` for bytes that are no message of it.
    public static func encode(message: String, _ bytes: [UInt8]) throws -> String {
        let type = try self.type(message)
        var writer = ProtoJSONWriter(schema: Schema.shared)
        try bytes.withUnsafeBytes { try writer.writeMessage(type, $0) }
        return writer.text
    }

    /// The encoded form of a message written as ProtoJSON, its fields in order of their numbers.
    ///
    /// Strict: a name that is not known, a name given twice, and a second member of a oneof are
    /// refused. Both `lowerCamelCase` names and those of the `.proto` files are taken.
    ///
    /// - Throws: ``CoreError`` with code `malformedJSON` or `unknownName`; the message starts with
    ///   line and column.
    public static func decode(message: String, json: [UInt8]) throws -> [UInt8] {
        let type = try self.type(message)
        do {
            return try ProtoJSONReader(schema: Schema.shared)
                .encode(JSONReader.read(json), as: type)
        } catch let fault as JSONFault {
            throw CoreError(
                code: .malformedJSON,
                message: "line \(fault.place.line), column \(fault.place.column): \(fault.message)")
        }
    }

    /// Every value of a message with the path of its field, in order of field numbers.
    ///
    /// Paths are those of findings. Numbers are in decimal, bytes in hexadecimal, enum values by
    /// name; text is as it stands in the message, so whoever prints it escapes it.
    ///
    /// - Throws: as ``encode(message:_:)``.
    public static func fields(
        message: String, _ bytes: [UInt8]
    ) throws -> [(path: String, value: String)] {
        let type = try self.type(message)
        var lister = FieldLister(schema: Schema.shared)
        try bytes.withUnsafeBytes { try lister.list(type, $0, path: "") }
        return lister.fields
    }

    /// A text as a JSON string, quotes included.
    ///
    /// Control characters, and those that change the direction of text, are escaped, so that the
    /// result can be printed on a terminal.
    public static func string(_ text: String) -> String {
        var writer = ProtoJSONWriter(schema: Schema.shared)
        writer.writeString(text)
        return writer.text
    }

    private static func type(_ name: String) throws -> MessageDescriptor {
        guard let type = Schema.shared.descriptor(named: name) else {
            throw CoreError(code: .unknownName, message: "no message \(name) in the schema")
        }
        return type
    }
}
