/// Checks encoded messages of the services: the same form and the same tables of rules as
/// ``RecordCheck``, without facts.
public enum MessageCheck {
    /// The largest message, in bytes, unless its type allows more.
    public static let maximumBytes = 4_194_304
    /// The most elements (fields, at any depth) of a message, unless its type allows more.
    public static let maximumElements = 16_384

    /// Checks one encoded message.
    ///
    /// - Parameters:
    ///   - message: full name of its type, such as `dossier.v1.ListRequest`. A name that is not
    ///     in the schema is a broken invariant of the caller and traps.
    ///   - bytes: the encoded message; need not outlive the call.
    public static func check(message: String, _ bytes: UnsafeRawBufferPointer) -> [Finding] {
        let schema = Schema.shared
        guard let type = schema.message(named: message) else {
            preconditionFailure("no message \(message) in the schema")
        }
        let rules = schema.types[type.pointee.index].rules
        return schema.withPass(maximumElements: rules.maximumElements) { pass in
            pass.run(type, bytes, maximumBytes: rules.maximumBytes)
            return pass.takeResult().findings
        }
    }

    /// Checks one encoded message.
    public static func check(message: String, _ bytes: [UInt8]) -> [Finding] {
        bytes.withUnsafeBytes { self.check(message: message, $0) }
    }
}
