/// Base64 (RFC 4648, section 4) as binary metadata uses it: written without padding, read with or
/// without. Not Foundation's, which a hot room does not import for forty lines.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let invalid: UInt8 = 0xff
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: Base64.invalid, count: 256)
        for (value, character) in Base64.alphabet.enumerated() {
            values[Int(character)] = UInt8(value)
        }
        return values
    }()

    static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count * 4 + 2) / 3)
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                result.append(self.alphabet[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { result.append(self.alphabet[Int(bits << UInt32(6 - count) & 63)]) }
        return result
    }

    /// The bytes, or nil if a character, the length or the padding is wrong.
    static func decode(_ text: some BidirectionalCollection<UInt8>) -> [UInt8]? {
        var digits = text[...]
        if text.count % 4 == 0 {
            for _ in 0..<2 where digits.last == UInt8(ascii: "=") { digits = digits.dropLast() }
        }
        guard digits.count % 4 != 1 else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(digits.count * 3 / 4)
        var bits: UInt32 = 0
        var count = 0
        for digit in digits {
            let value = self.values[Int(digit)]
            guard value != self.invalid else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return result
    }
}
