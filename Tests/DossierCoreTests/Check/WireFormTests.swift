import Testing

@testable import DossierCore

@Suite("Wire format")
struct WireFormTests {
    /// A field before a good message, and the rule that it breaks.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let message: String
        let bytes: [UInt8]
        let rule: Finding.Rule?

        init(_ description: String, _ message: String, _ bytes: [UInt8], _ rule: Finding.Rule?) {
            self.testDescription = description
            self.message = message
            self.bytes = bytes
            self.rule = rule
        }
    }

    @Test(
        "tags, lengths and numbers have one form",
        arguments: [
            Case("tag of two bytes for one", "Run", [0x88, 0x00, 0x01], .varint),
            Case(
                "tag of five bytes for one", "Run", [0x88, 0x80, 0x80, 0x80, 0x00, 0x01], .varint),
            Case("number of two bytes for one", "Run", [0x08, 0x81, 0x00], .varint),
            Case("zero of two bytes", "Run", [0x08, 0x80, 0x00], .varint),
            Case("length of two bytes for one", "Text", [0x0a, 0x81, 0x00, 0x61], .varint),
            Case("unknown number of two bytes for one", "Run", [0x78, 0x81, 0x00], .varint),
            Case("unknown length of two bytes for one", "Run", [0x7a, 0x81, 0x00, 0x61], .varint),
            Case("ten bytes, the largest number", "Run", [0x10] + Wire.varint(.max), nil),
            Case(
                "ten bytes, above 2^64", "Run",
                [0x10] + Array(repeating: 0xff, count: 9) + [0x02], .varint),
            Case("eleven bytes", "Run", [0x10] + Array(repeating: 0xff, count: 11), .varint),
            Case("field number 0", "Run", [0x00, 0x01], .fieldNumber),
            Case("field number 0, delimited", "Run", [0x02, 0x01, 0x61], .fieldNumber),
            Case("highest field number", "Run", [0xf8, 0xff, 0xff, 0xff, 0x0f, 0x01], nil),
            Case("above it", "Run", [0x80, 0x80, 0x80, 0x80, 0x10, 0x01], .fieldNumber),
            Case("group", "Run", [0x7b, 0x7c], .group),
            Case("end of a group", "Run", [0x7c], .group),
            Case("group of a known field", "Run", [0x0b, 0x0c], .wireType),
            Case("wire type 6", "Run", [0x7e, 0x01], .group),
            Case("wire type 7", "Run", [0x7f, 0x01], .group),
            Case("uint32 at its largest", "Run", [0x08] + Wire.varint(0xffff_ffff), nil),
            Case("uint32 above", "Run", [0x08] + Wire.varint(0x1_0000_0000), .integerRange),
            Case("bool 1", "Marking", [0x18, 0x01], nil),
            Case("bool 2", "Marking", [0x18, 0x02], .boolean),
            Case("enum at its largest", "Grade", [0x08] + Wire.varint(0x7fff_ffff), nil),
            Case("enum above", "Grade", [0x08] + Wire.varint(0x8000_0000), .integerRange),
            Case(
                "enum at its smallest", "Grade", [0x08] + Wire.varint(0xffff_ffff_8000_0000), nil),
            Case(
                "enum below", "Grade", [0x08] + Wire.varint(0xffff_ffff_7fff_ffff), .integerRange),
            Case("enum -1 in 32 bits", "Grade", [0x08] + Wire.varint(0xffff_ffff), .integerRange),
            Case("unknown enum value", "Grade", [0x08, 0x3f], nil),
            Case("unknown enum value above 63", "Grade", [0x08, 0x40], nil),
            Case("packed", "Filter", [0x0a, 0x03, 0x01, 0x03, 0x07], nil),
            Case("packed, nothing", "Filter", [0x0a, 0x00], nil),
            Case("not packed", "Filter", [0x08, 0x01, 0x08, 0x03], nil),
            Case("both", "Filter", [0x08, 0x01, 0x0a, 0x01, 0x03], nil),
            Case("packed, not minimal", "Filter", [0x0a, 0x02, 0x81, 0x00], .varint),
            Case("packed, cut off", "Filter", [0x0a, 0x01, 0x81], .truncated),
        ])
    func form(_ test: Case) {
        let name = "dossier.v1.\(test.message)"
        // The field under test stands in the place of the good one.
        let tree = Specimen.message(name).without(Wire.number(test.bytes))
        let rules = MessageCheck.rules(name, test.bytes + tree.encoded)
        if let rule = test.rule {
            #expect(rules.first == rule)
        } else {
            #expect(rules == [])
        }
    }

    @Test("a record cut off anywhere is refused", arguments: [1, 3, 7, 12] as [UInt64])
    func truncated(kind: UInt64) {
        let bytes = Specimen.record(kind: kind).encoded
        for length in 0..<bytes.count {
            #expect(!RecordCheck.check(Array(bytes[..<length])).findings.isEmpty)
        }
    }

    @Test("any bit of a record may flip without a trap")
    func flipped() {
        var bytes = Specimen.record().encoded
        for index in bytes.indices {
            for bit in 0..<8 {
                bytes[index] ^= 1 << UInt8(bit)
                for finding in RecordCheck.check(bytes).findings {
                    #expect(finding.value.unicodeScalars.count <= 6 * Finding.maximumValueLength)
                }
                bytes[index] ^= 1 << UInt8(bit)
            }
        }
    }

    @Test("a length that reaches past what holds it is refused, and what follows is looked at")
    func overreach() {
        // Grade has a delimited field of 200 bytes in 3.
        let inner: [UInt8] = [0x7a, 0xc8, 0x01]
        let report = Specimen.message("dossier.v1.Report").without(3).without(2)
        let bytes = Wire.delimited(3, inner) + report.adding(2, .message(WireTree())).encoded
        let findings = MessageCheck.check(message: "dossier.v1.Report", bytes)
        #expect(findings.map(\.rule) == [.truncated, .required])
        #expect(findings.map(\.field) == ["grade.15", "narratives[0].text"])
    }
}
