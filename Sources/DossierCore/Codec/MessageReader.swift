internal import CDossierProtos
internal import CProtobufC

/// Copies the fields of a message that was unpacked into an arena.
///
/// What is wrong is remembered, not thrown, so that no field costs a branch on an error: ask
/// ``isMalformed`` once, at the end.
struct MessageReader {
    /// Whether a string was not UTF-8, or had NUL in it.
    private(set) var isMalformed = false

    /// A string field; empty when absent.
    mutating func string(_ field: UnsafeMutablePointer<CChar>?) -> String {
        guard let field else { return "" }
        let length = dossier_string_length(field)
        guard length > 0 else { return "" }
        return field.withMemoryRebound(to: UInt8.self, capacity: length) { start in
            self.text(UnsafeBufferPointer(start: start, count: length))
        }
    }

    private mutating func text(_ utf8: UnsafeBufferPointer<UInt8>) -> String {
        // The initialiser that repairs is several times faster, and here there is nothing to.
        if dossier_is_plain(utf8.baseAddress, utf8.count) != 0 {
            return String(decoding: utf8, as: UTF8.self)
        }
        guard let text = String(validating: utf8, as: UTF8.self), !utf8.contains(0) else {
            self.isMalformed = true
            return ""
        }
        return text
    }

    /// A bytes field; empty when absent.
    func bytes(_ field: ProtobufCBinaryData) -> [UInt8] {
        Array(UnsafeBufferPointer(start: field.data, count: field.len))
    }

    /// A message field; nil when absent.
    mutating func value<Value: MessageValue>(_ field: UnsafeMutablePointer<Value.Message>?)
        -> Value?
    {
        guard let field else { return nil }
        return Value(field.pointee, &self)
    }

    /// A repeated string field.
    mutating func strings(
        _ count: Int, _ fields: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> [String] {
        guard let fields, count > 0 else { return [] }
        var texts: [String] = []
        texts.reserveCapacity(count)
        for index in 0..<count {
            texts.append(self.string(fields[index]))
        }
        return texts
    }

    /// A repeated message field.
    mutating func values<Value: MessageValue>(
        _ count: Int, _ fields: UnsafeMutablePointer<UnsafeMutablePointer<Value.Message>?>?
    ) -> [Value] {
        guard let fields, count > 0 else { return [] }
        var values: [Value] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            // libprotobuf-c leaves no hole: a message it cannot unpack fails the whole.
            guard let field = fields[index] else { break }
            values.append(Value(field.pointee, &self))
        }
        return values
    }
}
