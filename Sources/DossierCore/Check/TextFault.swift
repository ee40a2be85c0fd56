/// What is wrong with the bytes of a string.
enum TextFault {
    case utf8, nul

    /// The first fault of a text; nil for valid UTF-8 (Unicode, table 3-7) without NUL.
    static func first(in text: TextBytes) -> TextFault? {
        let start = UnsafeRawPointer(text.start)
        let count = text.count
        var offset = 0
        while offset < count {
            if text[offset] < 0x80 {
                offset = self.skipASCII(start, offset, count)
                if offset < count, text[offset] == 0 { return .nul }
            } else {
                let length = self.sequenceLength(text, at: offset)
                if length == 0 { return .utf8 }
                offset += length
            }
        }
        return nil
    }

    /// The offset of the first byte that is NUL or not ASCII; the end if there is none.
    private static func skipASCII(_ start: UnsafeRawPointer, _ from: Int, _ count: Int) -> Int {
        let tops: UInt64 = 0x8080_8080_8080_8080
        let ones: UInt64 = 0x0101_0101_0101_0101
        var offset = from
        while offset + 8 <= count {
            let word = start.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            // The top bits of `word - ones` show a NUL exactly when no byte before it in the word
            // is NUL or not ASCII, so the first byte that stops the scan is always found.
            if ((word &- ones) | word) & tops != 0 { break }
            offset += 8
        }
        while offset < count {
            let byte = start.load(fromByteOffset: offset, as: UInt8.self)
            if byte &- 1 >= 0x7f { break }
            offset += 1
        }
        return offset
    }

    /// The length of the well-formed sequence at an offset that is not ASCII; 0 if there is none.
    private static func sequenceLength(_ text: TextBytes, at offset: Int) -> Int {
        let first = text[offset]
        let second = offset + 1 < text.count ? text[offset + 1] : 0
        let length: Int
        let range: ClosedRange<UInt8>
        switch first {
        case 0xc2...0xdf: (length, range) = (2, 0x80...0xbf)
        case 0xe0: (length, range) = (3, 0xa0...0xbf)
        case 0xe1...0xec, 0xee, 0xef: (length, range) = (3, 0x80...0xbf)
        case 0xed: (length, range) = (3, 0x80...0x9f)
        case 0xf0: (length, range) = (4, 0x90...0xbf)
        case 0xf1...0xf3: (length, range) = (4, 0x80...0xbf)
        case 0xf4: (length, range) = (4, 0x80...0x8f)
        case _: return 0
        }
        guard offset + length <= text.count, range.contains(second) else { return 0 }
        for index in 2..<max(length, 2) where text[offset + index] & 0xc0 != 0x80 { return 0 }
        return length
    }
}
