import DossierCore
import Testing

@Suite("Record codec: bytes that no honest encoder makes")
struct HostileBytesTests {
    @Test("a record that is cut off anywhere is refused")
    func truncated() throws {
        let bytes = try sampleRecord.encoded()
        for length in bytes.indices {
            #expect(throws: CoreError.self) { try Record(decoding: Array(bytes[..<length])) }
        }
    }

    @Test("a record with any one bit flipped is refused, or is a record that can be encoded")
    func flippedBits() throws {
        let bytes = try sampleRecord.encoded()
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << bit
                guard let record = try? Record(decoding: flipped) else { continue }
                #expect(throws: Never.self) { try record.encoded() }
            }
        }
    }

    @Test("NUL in a string is refused, wherever it stands", arguments: 0..<4)
    func nulInString(index: Int) throws {
        var text = Array("abc".utf8)
        text.insert(0, at: index)
        #expect(throws: CoreError.malformed) { try Record(decoding: record(title: text)) }
    }

    @Test("NUL in a string is not encoded, wherever it stands", arguments: 0..<4)
    func nulInValue(index: Int) throws {
        var text = "abc"
        text.insert("\0", at: text.index(text.startIndex, offsetBy: index))
        var record = sampleRecord
        record.report.titles = [Text(text: text)]
        #expect(throws: CoreError.malformed) { try record.encoded() }
    }

    @Test("a zero byte that is not in a string does no harm")
    func zeroElsewhere() throws {
        var record = sampleRecord
        record.header.salt = [UInt8](repeating: 0, count: 16)
        #expect(try Record(decoding: record.encoded()) == record)
        let decoded = try Record(decoding: self.record(title: []))
        #expect(decoded.report.titles == [Text()])
    }

    @Test(
        "a string that is not UTF-8 is refused",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
            [0xF0, 0x90, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0x61, 0xFE, 0x62],
        ] as [[UInt8]])
    func notUTF8(text: [UInt8]) {
        #expect(throws: CoreError.malformed) { try Record(decoding: record(title: text)) }
        let long = Array("a text too long for a small string, then ".utf8) + text
        #expect(throws: CoreError.malformed) { try Record(decoding: record(title: long)) }
    }

    @Test("a record without header, report or content is refused, saying which")
    func missingParts() {
        let content = field(16, [])
        #expect(throws: CoreError.malformed) { try Record(decoding: []) }
        #expect(throws: CoreError.malformed) { try Record(decoding: field(1, []) + content) }
        #expect(throws: CoreError.malformed) { try Record(decoding: field(2, []) + content) }
        #expect(throws: CoreError.unknownKind) {
            try Record(decoding: field(1, []) + field(2, []))
        }
    }

    @Test("a record of a kind that is not known here is refused as such")
    func unknownKind() {
        #expect(throws: CoreError.unknownKind) {
            try Record(decoding: field(1, []) + field(2, []) + field(17, []))
        }
    }

    @Test("fields that are not known here are passed over")
    func unknownFields() throws {
        let bytes = try field(1_000, Array("?".utf8)) + sampleRecord.encoded() + field(28, [0])
        #expect(try Record(decoding: bytes) == sampleRecord)
    }

    @Test("a record of the largest size passes, one byte more does not")
    func size() throws {
        var sizes: [Int] = []
        // Around the limit: how much the sample takes beside the remark is not counted out here.
        for length in (Record.maximumEncodedBytes - 1_400)...(Record.maximumEncodedBytes - 1_200) {
            var record = sampleRecord
            record.report.remarks = [Text(text: String(repeating: "x", count: length))]
            guard let bytes = try? record.encoded() else {
                #expect(throws: CoreError.tooLarge) { try record.encoded() }
                continue
            }
            #expect(try Record(decoding: bytes) == record)
            sizes.append(bytes.count)
        }
        #expect(sizes.last == Record.maximumEncodedBytes)
        let tooMany = [UInt8](repeating: 0, count: Record.maximumEncodedBytes + 1)
        #expect(throws: CoreError.tooLarge) { try Record(decoding: tooMany) }
    }

    /// A record with one title.
    private func record(title: [UInt8]) -> [UInt8] {
        field(1, []) + field(2, field(1, field(1, title))) + field(16, [])
    }
}

/// A field with bytes for a value.
func field(_ number: UInt32, _ value: [UInt8]) -> [UInt8] {
    var writer = WireWriter()
    writer.field(number, bytes: value)
    return writer.bytes
}

extension CoreError {
    /// Errors to compare with: they are equal when their codes are.
    static let malformed = CoreError(code: .malformedRecord, message: "")
    static let unknownKind = CoreError(code: .unknownKind, message: "")
    static let tooLarge = CoreError(code: .recordTooLarge, message: "")
}
