import Testing

@testable import DossierCore

@Suite("Values")
struct ValueRuleTests {
    /// A text field that has a shape, and texts that have and do not have it.
    struct ShapeCase: Sendable, CustomTestStringConvertible {
        let shape: Shape
        let rule: Finding.Rule
        let good: [String]
        let bad: [String]
        var testDescription: String { "\(self.shape)" }
    }

    static let shapes: [ShapeCase] = [
        ShapeCase(
            shape: .organisationID, rule: .organisationID,
            good: ["a", "kr", "0", "a-b", "a--b", String(repeating: "a", count: 32)],
            bad: ["-a", "a-", "-", "A", "a_b", "a.b", "ä", "a b", "kr\n"]),
        ShapeCase(
            shape: .reference, rule: .reference,
            good: ["K", "KR-2025-0117", "a.b_c/d-e", String(repeating: "9", count: 64)],
            bad: ["-K", "K-", "K ", "K/", "K:1", "Ä", "K\u{1}1"]),
        ShapeCase(
            shape: .moment, rule: .moment,
            good: [
                "2025", "0001", "9999", "2025-12", "2024-02-29", "2000-02-29",
                "2025-02-21T23:59:59Z", "2025-02-21T00:00:00Z",
            ],
            bad: [
                "0000", "25", "2025-1", "2025-13", "2025-00", "2025-02-29", "1900-02-29",
                "2025-04-31", "2025-01-00", "2025-02-21T24:00:00Z", "2025-02-21T23:60:00Z",
                "2025-02-21T23:59:60Z", "2025-02-21T23:59:59", "2025-02-21 23:59:59Z",
                "2025-02-21T23:59:59z", "2025/02", "2025-02-2x", "-025", "2025-02-21T23:59Z",
            ]),
        ShapeCase(
            shape: .second, rule: .moment, good: ["2025-02-21T14:03:00Z"],
            bad: ["2025", "2025-02-21"]),
        ShapeCase(
            shape: .decimal, rule: .decimal,
            good: [
                "0", "-0", "-1.5", "1", "0.000000000000000001",
                String(repeating: "9", count: 30) + "." + String(repeating: "9", count: 18),
            ],
            bad: [
                "", "-", "+1", "01", "00", "1.", ".5", "1e3", "1,000", "1.2.3", "--1", "1-", " 1",
                String(repeating: "9", count: 31), "0." + String(repeating: "9", count: 19), "٣",
            ]),
        ShapeCase(shape: .amount, rule: .decimal, good: ["0", "0.5"], bad: ["-0", "-1", "x"]),
        ShapeCase(
            shape: .percent, rule: .decimal, good: ["0", "99.999", "100", "100.00"],
            bad: ["-1", "101", "100.01", "1000"]),
        ShapeCase(
            shape: .country, rule: .country, good: ["KR", "US", "XK"], bad: ["kr", "UK", "K", "ZZ"]),
        ShapeCase(
            shape: .currency, rule: .currency, good: ["USD", "KRW", "HRK"],
            bad: ["usd", "BTC", "ETH", "US", "$"]),
        ShapeCase(
            shape: .language, rule: .language, good: ["en", "ko-Hang-KR", "zh-Hant", "x-a1"],
            bad: ["-en", "en-", "en--US", "e1", "abcdefghi", "en_US", "한"]),
        ShapeCase(
            shape: .mediaType, rule: .mediaType,
            good: ["application/pdf", "image/svg+xml", "text/plain; charset=utf-8"],
            bad: ["pdf", "/pdf", "text/", "text /plain", "a/b/c", "text/;x"]),
        ShapeCase(
            shape: .chain, rule: .chain, good: ["eip155:1", "tron:0x2b6653dc", "bip122:ab_-1"],
            bad: ["ETH", "ei:1", "eip155:", ":1", "eip155:1:2", "EIP155:1", "eip155777:1"]),
        ShapeCase(
            shape: .assetID, rule: .assetID,
            good: ["eip155:1/slip44:60", "eip155:1/erc20:0xAb.c%20", "eip155:1/erc721:0x1/771769"],
            bad: [
                "eip155:1", "eip155:1/", "eip155:1/slip44", "eip155:1/slip44:",
                "eip155:1/erc721:0x1/",
            ]),
        ShapeCase(
            shape: .transactionHash, rule: .transactionHash,
            good: ["0xabc", String(repeating: "f", count: 128)], bad: ["a b", "ä", "a\n"]),
        ShapeCase(
            shape: .recordIDPrefix, rule: .recordID,
            good: ["01234567", String(repeating: "a", count: 64)],
            bad: ["0123456", "0123456G", "ABCDEF01"]),
    ]

    @Test("a text has its shape", arguments: Self.shapes)
    func shape(_ test: ShapeCase) throws {
        let uses = NamedRule.all.filter {
            $0.rule.shape == test.shape && $0.field.type == .string && !$0.field.isRepeated
        }
        #expect(!uses.isEmpty)
        for use in uses {
            for text in test.good { #expect(use.findings(text) == [], "\(use.name): \(text)") }
            for text in test.bad where !text.isEmpty {
                #expect(use.findings(text).first?.rule == test.rule, "\(use.name): \(text)")
            }
        }
    }

    @Test("a text may be as long as its limit and not longer", arguments: NamedRule.all)
    func length(_ use: NamedRule) {
        guard use.field.type == .string, use.rule.maximumLength < 1 << 20 else { return }
        let limit = use.rule.maximumLength
        let tooLong = use.findings(String(repeating: "a", count: limit + 1))
        #expect(tooLong.map(\.rule).first == .tooLong)
        guard use.rule.shape == .none, use.name != "dossier.v1.ExternalId.value" else { return }
        for count in [limit - 1, limit] {
            #expect(use.findings(String(repeating: "a", count: count)) == [])
        }
        // Limits are in bytes.
        let wide = String(repeating: "한", count: limit / 3 + 1)
        #expect(use.findings(wide).map(\.rule) == [.tooLong])
    }

    @Test("bytes have their length", arguments: NamedRule.all)
    func bytesLength(_ use: NamedRule) {
        guard use.field.type == .bytes, use.rule.maximumLength < 1 << 20 else { return }
        let limit = use.rule.maximumLength
        let isExact = use.rule.shape == .exactLength
        // An assert has no target.
        let extra: [Finding.Rule] = use.name.hasSuffix("target_record_id") ? [.operationTarget] : []
        let expected: [(Int, [Finding.Rule])] = [
            (limit - 1, isExact ? [.length] : []), (limit, []),
            (limit + 1, isExact ? [.length] : [.tooLong]),
        ]
        for (count, rules) in expected {
            let value = WireTree.Value.bytes(Array(repeating: 1, count: count))
            #expect(
                use.findings(value).map(\.rule) == (rules.isEmpty ? extra : rules),
                "\(use.name) \(count)")
        }
    }

    @Test("a required field must be there and say something", arguments: NamedRule.all)
    func required(_ use: NamedRule) {
        guard use.rule.isRequired else { return }
        let absent = MessageCheck.check(message: use.key, use.tree.encoded)
        #expect(
            absent.contains { $0.rule == .required && $0.field == use.field.name }, "\(use.name)")
        let empty: WireTree.Value
        switch use.field.type {
        case .message: return
        case .string, .bytes: empty = .bytes([])
        case .uint32, .uint64, .bool, .enumeration: empty = .varint(0)
        }
        let isRefused = use.findings(empty).contains { $0.rule == .required }
        #expect(isRefused == !use.rule.takesEmptyElements, "\(use.name)")
    }

    @Test(
        "a repeated field has as many elements as its limit and not more", arguments: NamedRule.all)
    func count(_ use: NamedRule) {
        guard use.field.isRepeated, use.rule.maximumCount <= 4_096, let value = use.value else {
            return
        }
        let limit = use.rule.maximumCount
        var tree = use.tree
        for index in 0..<limit {
            let isDistinct = use.field.name == "releasability"
            tree = tree.adding(use.field.number, isDistinct ? .text("o\(index)") : value)
        }
        func rules(_ tree: WireTree) -> [Finding.Rule] {
            guard let type = Schema.shared.message(named: use.key) else { return [] }
            return tree.encoded.withUnsafeBytes { bytes in
                Schema.shared.withPass(maximumElements: 1 << 20) { pass in
                    pass.run(type, bytes, maximumBytes: 4 << 20)
                    return pass.findings.map(\.rule)
                }
            }
        }
        #expect(rules(tree) == [])
        #expect(rules(tree.adding(use.field.number, value)) == [.tooLong])
    }

    @Test("an element of a repeated text is not empty", arguments: NamedRule.all)
    func emptyElement(_ use: NamedRule) {
        guard use.field.isRepeated, use.field.type == .string else { return }
        #expect(use.findings("").map(\.rule) == [.required])
    }
}

/// A field, its rule and a good message without it.
struct NamedRule: Sendable, CustomTestStringConvertible {
    let field: FieldDescriptor
    let rule: FieldRule
    /// Name of the message type and the field, for people.
    let name: String
    /// What the schema knows the type, or the variant, by.
    let key: String
    let tree: WireTree
    /// A good value.
    let value: WireTree.Value?

    var testDescription: String { self.name }

    static let all: [NamedRule] = Schema.shared.types.flatMap { type in
        type.descriptor.fields.compactMap { field in
            guard let rule = type.rules.fields[field.name] else { return nil }
            let whole = Specimen.message(type)
            return NamedRule(
                field: field, rule: rule, name: "\(Schema.key(of: type)).\(field.name)",
                key: Schema.key(of: type), tree: whole.without(field.number),
                value: whole.fields.first { $0.number == field.number }?.value)
        }
    }

    /// What is found in the field itself, not between it and others, when it has a value.
    func findings(_ value: WireTree.Value) -> [Finding] {
        MessageCheck.check(
            message: self.key, self.tree.adding(self.field.number, value).encoded
        ).filter { ![.periodOrder, .rangeOrder].contains($0.rule) }
    }

    func findings(_ text: String) -> [Finding] {
        self.findings(.text(text))
    }
}
