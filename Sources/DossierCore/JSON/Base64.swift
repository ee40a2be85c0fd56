internal import MerkleLog

/// Base64 (RFC 4648) as ProtoJSON has it: written with the standard alphabet and padding, read
/// with the standard or the URL-safe alphabet, with or without padding.
enum Base64 {
    static func encode(_ bytes: UnsafeRawBufferPointer) -> String {
        StrictBase64.encode([UInt8](bytes))
    }

    /// The bytes of a text; nil if it is not base64.
    static func decode(_ text: String) -> [UInt8]? {
        var digits = text.utf8.map { digit in
            switch digit {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            case _: digit
            }
        }
        // Padding that is there in part is left as it is, and refused.
        if digits.last != UInt8(ascii: "=") {
            let missing = (4 - digits.count % 4) % 4
            digits += [UInt8](repeating: UInt8(ascii: "="), count: missing)
        }
        return StrictBase64.decode(String(decoding: digits, as: UTF8.self))
    }
}
