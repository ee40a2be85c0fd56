import Testing

@testable import DossierCore

/// Every message type of the schema, by full name.
private let allMessages = Schema.shared.messageNames

/// Fields of every message type, so that a new field is tested without anybody's doing.
struct NamedField: Sendable, CustomTestStringConvertible {
    let message: String
    let number: UInt32
    let name: String

    var testDescription: String { "\(self.message).\(self.name)" }

    static func all(where condition: (FieldDescriptor) -> Bool) -> [NamedField] {
        allMessages.flatMap { message in
            (Schema.shared.descriptor(named: message)?.fields ?? []).filter(condition).map {
                NamedField(message: message, number: $0.number, name: $0.name)
            }
        }
    }
}

extension MessageCheck {
    /// The rules that a message breaks, in the order of the findings.
    static func rules(_ message: String, _ bytes: [UInt8]) -> [Finding.Rule] {
        self.check(message: message, bytes).map(\.rule)
    }
}

@Suite("Unambiguous form")
struct FormTests {
    @Test("a message with every field set has no findings", arguments: allMessages)
    func complete(message: String) {
        #expect(MessageCheck.check(message: message, Specimen.message(message).encoded) == [])
    }

    @Test(
        "text that is not UTF-8, or holds NUL, is refused in every string field",
        arguments: NamedField.all { $0.type == .string })
    func text(field: NamedField) {
        let tree = Specimen.message(field.message).without(field.number).encoded
        for bytes in Self.badTexts {
            let value = Wire.delimited(field.number, bytes)
            let rules = MessageCheck.rules(field.message, tree + value)
            #expect(rules == [bytes.contains(0) ? .nul : .utf8], "\(bytes)")
        }
    }

    /// Stray and missing continuations, overlong forms, surrogates, beyond U+10FFFF, NUL.
    private static let badTexts: [[UInt8]] = [
        [0x61, 0x80], [0xc0, 0xaf], [0xc1, 0x81], [0xe0, 0x80, 0xaf], [0xe0, 0x9f, 0xbf],
        [0xed, 0xa0, 0x80], [0xed, 0xbf, 0xbf], [0xf0, 0x8f, 0xbf, 0xbf],
        [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xff], [0xc3], [0xe2, 0x82],
        [0xf0, 0x9f, 0x98], [0x61, 0x00, 0x62], [0x00],
        Array("1234567".utf8) + [0xfe], Array("12345678".utf8) + [0x80],
        Array("1234567".utf8) + [0x00] + Array("12345678".utf8),
    ]

    @Test(
        "a singular field that occurs twice is refused",
        arguments: NamedField.all { !$0.isRepeated && $0.oneof == nil })
    func duplicate(field: NamedField) throws {
        let tree = Specimen.message(field.message)
        let whole = tree.fields.first { $0.number == field.number }
        guard let value = whole?.value else { return }
        let findings = MessageCheck.check(
            message: field.message, tree.adding(field.number, value).encoded)
        #expect(findings.map(\.rule) == [.duplicateField])
        #expect(findings.first?.field == field.name)
    }

    @Test("a repeated field may occur many times", arguments: NamedField.all { $0.isRepeated })
    func repeated(field: NamedField) {
        guard field.name != "releasability" else { return }
        let tree = Specimen.message(field.message)
        guard let value = tree.fields.first(where: { $0.number == field.number })?.value else {
            return
        }
        let twice = tree.adding(field.number, value).encoded
        #expect(MessageCheck.check(message: field.message, twice) == [])
    }

    @Test(
        "two members of a oneof, or one twice, are refused",
        arguments: [
            ("dossier.v1.GetRequest", 1, 2, "selector.finding"),
            ("dossier.v1.GetRequest", 2, 1, "selector.record_id"),
            ("dossier.v1.SubmitStreamResponse", 1, 2, "outcome.refusal"),
            ("dossier.v1.Record", 16, 18, "content.it_worker_deployment"),
            ("dossier.v1.Record", 16, 27, "content.assessment"),
        ] as [(String, UInt32, UInt32, String)])
    func oneof(message: String, first: UInt32, second: UInt32, path: String) {
        let base = Specimen.message(message).without(1).without(2).without(16)
        let start = message == "dossier.v1.Record" ? Specimen.message(message).without(16) : base
        let members = [first: self.member(message, first), second: self.member(message, second)]
        guard let one = members[first], let other = members[second] else { return }
        let both = start.adding(first, one).adding(second, other).encoded
        let findings = MessageCheck.check(message: message, both)
        #expect(findings.map(\.rule).contains(.duplicateOneof))
        #expect(findings.first { $0.rule == .duplicateOneof }?.field == path)
        let twice = start.adding(first, one).adding(first, one).encoded
        #expect(MessageCheck.rules(message, twice).contains(.duplicateField))
    }

    private func member(_ message: String, _ number: UInt32) -> WireTree.Value {
        guard let field = Schema.shared.descriptor(named: message)?.field(numbered: number),
            field.type == .message
        else { return .text("0123456789abcdef") }
        return .message(Specimen.message(field.typeName))
    }

    @Test(
        "a field of another wire type is refused, and the rest is still looked at",
        arguments: NamedField.all { _ in true })
    func wireType(field: NamedField) {
        let tree = Specimen.message(field.message).without(field.number)
        let descriptor = Schema.shared.descriptor(named: field.message)?.field(
            numbered: field.number)
        guard let descriptor else { return }
        let isNumber = [.uint32, .uint64, .bool, .enumeration].contains(descriptor.type)
        let wrong = isNumber ? 1 : 5
        let value = Array(repeating: 0 as UInt8, count: isNumber ? 8 : 4)
        let tag = Wire.varint(UInt64(field.number) << 3 | UInt64(wrong))
        let rules = MessageCheck.rules(field.message, tag + value + tree.encoded)
        #expect(rules == [.wireType])
    }

    @Test("unknown fields of every wire type may stand anywhere", arguments: allMessages)
    func unknown(message: String) {
        let unknown: [[UInt8]] = [
            Wire.varint(1_000 << 3) + Wire.varint(.max),
            Wire.varint(1_001 << 3 | 1) + [1, 2, 3, 4, 5, 6, 7, 8],
            Wire.delimited(1_002, Array(repeating: 0x0b, count: 300)),
            Wire.varint(536_870_911 << 3 | 5) + [1, 2, 3, 4],
        ]
        let fields = Specimen.message(message).fields.map(\.encoded)
        for position in 0...fields.count {
            let bytes = (fields[..<position] + unknown + fields[position...]).flatMap { $0 }
            #expect(MessageCheck.check(message: message, bytes) == [])
        }
    }

    @Test("fields may stand in any order", arguments: allMessages)
    func order(message: String) {
        var tree = Specimen.message(message)
        tree.fields.reverse()
        #expect(MessageCheck.check(message: message, tree.encoded) == [])
    }
}
