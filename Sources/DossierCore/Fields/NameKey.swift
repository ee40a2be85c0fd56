// Foundation, and not only its essentials, has the compatibility decomposition (NFKD), which
// neither the standard library nor FoundationEssentials offers.
internal import Foundation

/// Names as look-ups compare them: case, width, accents and white space do not count.
public enum NameKey {
    /// The folded form of a name; empty if nothing of it counts.
    ///
    /// A name is decomposed (NFKD), combining accents and white space are dropped, what remains
    /// is case-folded scalar by scalar and composed again (NFC). Marks that make other letters, such as the voiced sound
    /// marks of Japanese, are no accents and stay.
    public static func fold(_ name: some StringProtocol) -> String {
        if name.utf8.allSatisfy({ $0 < 0x80 }) {
            return String(decoding: name.utf8.compactMap(self.folded), as: UTF8.self)
        }
        var result = String.UnicodeScalarView()
        for scalar in String(name).decomposedStringWithCompatibilityMapping.unicodeScalars
        where !self.isDropped(scalar) {
            // Upper and then lower case: that way ß meets SS and final sigma meets sigma.
            for upper in scalar.properties.uppercaseMapping.unicodeScalars {
                result.append(contentsOf: upper.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return String(result).precomposedStringWithCanonicalMapping
    }

    /// Appends the folded form of a name to a record's keys.
    static func append(
        _ name: TextBytes, as type: LookupKey.KeyType, to keys: inout LookupKeys
    ) {
        let isASCII = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: name.count) { key in
            var count = 0
            for byte in name.buffer {
                guard byte < 0x80 else { return false }
                guard let folded = self.folded(byte) else { continue }
                key[count] = folded
                count += 1
            }
            keys.append(type, UnsafeRawBufferPointer(start: key.baseAddress, count: count))
            return true
        }
        if isASCII { return }
        var folded = self.fold(name.string)
        folded.withUTF8 { keys.append(type, UnsafeRawBufferPointer($0)) }
    }

    /// An ASCII byte in lower case; nil for white space.
    private static func folded(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5a: byte | 0x20
        case 0x20, 0x09...0x0d: nil
        case _: byte
        }
    }

    /// Combining marks of the blocks that hold accents and nothing else, white space, and the
    /// invisible characters that copied text carries.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0300...0x036f, 0x1ab0...0x1aff, 0x1dc0...0x1dff, 0x20d0...0x20ff, 0xfe20...0xfe2f:
            true
        case 0x00ad, 0x200b...0x200f, 0x2060, 0xfeff:
            true
        case _:
            scalar.properties.isWhitespace
        }
    }
}
