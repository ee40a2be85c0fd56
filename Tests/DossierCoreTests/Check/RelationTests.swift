import Testing

@testable import DossierCore

@Suite("Relations between fields")
struct RelationTests {
    /// A change to a good record, and what is found then.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let path: [UInt32]
        let change: @Sendable (WireTree) -> WireTree
        let expected: [String]

        init(
            _ description: String, _ path: [UInt32], _ expected: [String],
            _ change: @escaping @Sendable (WireTree) -> WireTree
        ) {
            self.testDescription = description
            self.path = path
            self.change = change
            self.expected = expected
        }
    }

    static let target = WireTree.Value.bytes(Array(repeating: 1, count: 32))

    static let header: [Case] = [
        Case("format 2", [1], ["header.format_version FORMAT_VERSION"]) {
            $0.setting(1, .varint(2))
        },
        Case("format 0", [1], ["header.format_version REQUIRED"]) { $0.setting(1, .varint(0)) },
        Case("version 0", [1], ["header.version REQUIRED"]) { $0.setting(4, .varint(0)) },
        Case("assert of version 2", [1], ["header.version OPERATION_VERSION"]) {
            $0.setting(4, .varint(2))
        },
        Case("assert with target", [1], ["header.target_record_id OPERATION_TARGET"]) {
            $0.setting(6, target)
        },
        Case("amend of version 2 with target", [1], []) {
            $0.setting(5, .varint(2)).setting(4, .varint(2)).setting(6, target)
        },
        Case("amend of version 1", [1], ["header.version OPERATION_VERSION"]) {
            $0.setting(5, .varint(2)).setting(6, target)
        },
        Case(
            "withdraw of version 1", [1],
            ["header.version OPERATION_VERSION", "content.crypto_theft OPERATION_CONTENT"]
        ) { $0.setting(5, .varint(4)).setting(6, target) },
        Case("amend without target", [1], ["header.target_record_id OPERATION_TARGET"]) {
            $0.setting(5, .varint(2)).setting(4, .varint(2))
        },
        Case("annotate of version 1", [1], []) { $0.setting(5, .varint(5)).setting(6, target) },
        Case("endorse without target", [1], ["header.target_record_id OPERATION_TARGET"]) {
            $0.setting(5, .varint(8))
        },
        Case("target of 31 bytes", [1], ["header.target_record_id LENGTH"]) {
            $0.setting(5, .varint(5)).setting(6, .bytes(Array(repeating: 1, count: 31)))
        },
        Case("no operation", [1], ["header.operation REQUIRED"]) { $0.without(5) },
        Case("no kind", [1], ["header.kind REQUIRED"]) { $0.without(7) },
        Case("a kind that is not known", [1], ["header.kind UNKNOWN_KIND"]) {
            $0.setting(7, .varint(2))
        },
        Case("a kind that will never be", [1], ["header.kind UNKNOWN_KIND"]) {
            $0.setting(7, .varint(.max))
        },
        Case("another kind", [1], ["content.crypto_theft KIND_MISMATCH"]) {
            $0.setting(7, .varint(3))
        },
        Case("no content", [], ["content REQUIRED"]) { $0.without(16) },
        Case("content of an unknown kind beside", [], ["content.crypto_theft DUPLICATE_ONEOF"]) {
            $0.adding(17, .bytes([]))
        },
        Case("no header", [], ["header REQUIRED"]) { $0.without(1) },
        Case("salt of 15 bytes", [1], ["header.salt LENGTH"]) {
            $0.setting(12, .bytes(Array(repeating: 1, count: 15)))
        },
        Case("no marking", [1], ["header.marking REQUIRED"]) { $0.without(8) },
        Case("no TLP", [1, 8], ["header.marking.tlp REQUIRED"]) { $0.setting(1, .varint(0)) },
        Case("no PAP", [1, 8], []) { $0.setting(2, .varint(0)) },
        Case(
            "released to one twice", [1, 8], ["header.marking.releasability[1] RELEASABILITY"]
        ) { $0.adding(4, .text("us")) },
        Case("released to the originator", [1, 8], ["header.marking.releasability RELEASABILITY"]) {
            $0.adding(4, .text("kr"))
        },
        Case("released to nobody", [1, 8], []) { $0.without(4) },
        Case("no title", [2], ["report.titles REQUIRED"]) { $0.without(1) },
        Case("title of 512 bytes", [2, 1], []) {
            $0.setting(1, .text(String(repeating: "a", count: 512)))
        },
        Case("title of 513 bytes", [2, 1], ["report.titles[0].text TOO_LONG"]) {
            $0.setting(1, .text(String(repeating: "a", count: 513)))
        },
    ]

    static let content: [Case] = [
        Case("end before start", [1, 9], ["header.occurred.end PERIOD_ORDER"]) {
            $0.setting(1, .text("2025-02-21")).setting(2, .text("2025-02-20"))
        },
        Case("end in the month of the start", [1, 9], []) {
            $0.setting(1, .text("2025-02-21")).setting(2, .text("2025-02"))
        },
        Case("end in the month before the start", [1, 9], ["header.occurred.end PERIOD_ORDER"]) {
            $0.setting(1, .text("2025-03-01")).setting(2, .text("2025-02"))
        },
        Case("end in a year of the start's day", [1, 9], []) {
            $0.setting(1, .text("2024-12-31T23:59:59Z")).setting(2, .text("2024"))
        },
        Case("end without start", [1, 9], ["header.occurred.start REQUIRED"]) { $0.without(1) },
        Case("end that is no moment", [1, 9], ["header.occurred.end MOMENT"]) {
            $0.setting(2, .text("soon"))
        },
        Case(
            "last seen before first", [16, 8],
            ["content.crypto_theft.accounts[0].last_seen PERIOD_ORDER"]
        ) { $0.setting(3, .text("2025")).setting(4, .text("2024")) },
        Case(
            "low above point", [16, 3, 2],
            ["content.crypto_theft.losses[0].amount.point RANGE_ORDER"]
        ) { $0.setting(4, .text("2")).setting(5, .text("1.999")).setting(6, .text("3")) },
        Case(
            "low above high, no point", [16, 3, 2],
            ["content.crypto_theft.losses[0].amount.high RANGE_ORDER"]
        ) { $0.setting(4, .text("10")).without(5).setting(6, .text("9")) },
        Case("equal amounts", [16, 3, 2], []) {
            $0.setting(4, .text("1.5")).setting(5, .text("1.50")).setting(6, .text("1.500"))
        },
        Case("no amount", [16, 3, 2], ["content.crypto_theft.losses[0].amount RANGE_EMPTY"]) {
            $0.without(4).without(5).without(6)
        },
        Case(
            "an amount that is none", [16, 3, 2],
            ["content.crypto_theft.losses[0].amount.low DECIMAL"]
        ) {
            $0.setting(4, .text("1,5")).without(5).without(6)
        },
        Case("victim without name", [16, 1], []) { $0.without(1) },
        Case("victim with nothing", [16, 1], ["content.crypto_theft.victim.description REQUIRED"]) {
            $0.without(1).without(7)
        },
        Case("victim with name only", [16, 1], []) { $0.without(7) },
        Case("a UN reference that is none", [2, 8], ["report.external_ids[0].value EXTERNAL_ID"]) {
            $0.setting(2, .text("KPx.031"))
        },
        Case("OFAC uid", [2, 8], []) { $0.setting(1, .varint(2)).setting(2, .text("12345")) },
        Case("OFAC name", [2, 8], ["report.external_ids[0].value EXTERNAL_ID"]) {
            $0.setting(1, .varint(2)).setting(2, .text("DPRK3"))
        },
        Case("EU identifier", [2, 8], []) { $0.setting(1, .varint(3)).setting(2, .text("EU.1.2")) },
        Case("STIX id", [2, 8], []) {
            $0.setting(1, .varint(6))
                .setting(2, .text("identity--C78CB6E5-0C4B-4611-8297-D1B8B55E40B5"))
        },
        Case("STIX id without type", [2, 8], ["report.external_ids[0].value EXTERNAL_ID"]) {
            $0.setting(1, .varint(6)).setting(2, .text("--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"))
        },
        Case("MISP UUID", [2, 8], []) {
            $0.setting(1, .varint(7)).setting(2, .text("c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"))
        },
        Case("MISP UUID with a g", [2, 8], ["report.external_ids[0].value EXTERNAL_ID"]) {
            $0.setting(1, .varint(7)).setting(2, .text("g78cb6e5-0c4b-4611-8297-d1b8b55e40b5"))
        },
        Case("other system without scope", [2, 8], ["report.external_ids[0].scope REQUIRED"]) {
            $0.setting(1, .varint(15)).without(3)
        },
        Case("a system that is not known", [2, 8], []) {
            $0.setting(1, .varint(40)).setting(2, .text("x"))
        },
    ]

    @Test("header, marking and content agree", arguments: Self.header + Self.content)
    func relation(_ test: Case) {
        let record = Specimen.record().changing(test.path, test.change)
        let findings = RecordCheck.check(record.encoded).findings
        #expect(findings.map { "\($0.field) \($0.rule)" } == test.expected)
        #expect(findings.allSatisfy { !$0.hint.isEmpty })
    }

    @Test(
        "counts are in order, and zero is a count",
        arguments: [
            ([0, 0, 0], []), ([0, nil, nil], []), ([nil, 5, nil], []), ([1, 2, 3], []),
            ([nil, nil, nil], [" RANGE_EMPTY"]), ([2, 1, nil], ["point RANGE_ORDER"]),
            ([2, nil, 1], ["high RANGE_ORDER"]), ([nil, 2, 0], ["high RANGE_ORDER"]),
        ] as [([UInt64?], [String])])
    func counts(numbers: [UInt64?], expected: [String]) {
        var tree = WireTree()
        for (index, number) in numbers.enumerated() {
            if let number { tree = tree.adding(UInt32(index + 1), .varint(number)) }
        }
        let findings = MessageCheck.check(message: "dossier.v1.CountRange", tree.encoded)
        #expect(findings.map { "\($0.field) \($0.rule)" } == expected)
    }

    @Test("what is not understood in header and marking is noted, elsewhere it is not")
    func unknown() {
        let extra: @Sendable (WireTree) -> WireTree = { $0.adding(99, .varint(1)) }
        for path in [[1], [1, 8], [1, 9]] as [[UInt32]] {
            let checked = RecordCheck.check(Specimen.record().changing(path, extra).encoded)
            #expect(checked.facts.hasUnknownInHeaderOrMarking)
            #expect(checked.findings == [])
        }
        for path in [[], [2], [2, 1], [16], [16, 3, 2]] as [[UInt32]] {
            let checked = RecordCheck.check(Specimen.record().changing(path, extra).encoded)
            #expect(!checked.facts.hasUnknownInHeaderOrMarking)
            #expect(checked.findings == [])
        }
    }

    @Test("an unknown enum value withholds in header and marking, and is carried elsewhere")
    func unknownEnum() {
        for (path, number, value) in [
            ([1, 8], 1, 6), ([1, 8], 2, 5), ([1, 8], 2, 63), ([1], 5, 9),
        ]
            as [([UInt32], UInt32, UInt64)]
        {
            let record = Specimen.record().changing(path) { $0.setting(number, .varint(value)) }
            let checked = RecordCheck.check(record.encoded)
            #expect(checked.facts.hasUnknownInHeaderOrMarking)
            #expect(checked.findings == [])
        }
        let record = Specimen.record().changing([16, 1]) { $0.setting(3, .varint(60)) }
        let checked = RecordCheck.check(record.encoded)
        #expect(!checked.facts.hasUnknownInHeaderOrMarking)
        #expect(checked.findings == [])
    }

    @Test("everything that is wrong is found in one pass")
    func all() {
        let record = Specimen.record()
            .changing([1]) { $0.setting(2, .text("KR")).setting(10, .text("yesterday")) }
            .changing([16, 8, 1]) { $0.setting(1, .text("eip155:1:0xABC")) }
            .changing([16, 3, 2]) { $0.setting(1, .text("BTC")) }
        let findings = RecordCheck.check(record.encoded).findings
        #expect(
            Set(findings.map { "\($0.field) \($0.rule) \($0.value)" }) == [
                "header.originator ORGANISATION_ID KR", "header.known MOMENT yesterday",
                "content.crypto_theft.accounts[0].account.key ACCOUNT_KEY eip155:1:0xABC",
                "content.crypto_theft.losses[0].amount.currency CURRENCY BTC",
            ])
    }

    @Test("a value is shown cut and without control characters")
    func value() {
        let text = "\u{1b}[2J\u{202e}" + String(repeating: "한", count: 200)
        let record = Specimen.record().changing([1]) { $0.setting(2, .text(text)) }
        let value = RecordCheck.check(record.encoded).findings.first?.value
        #expect(value == "\\u{1b}[2J\\u{202e}" + String(repeating: "한", count: 59))
    }
}
