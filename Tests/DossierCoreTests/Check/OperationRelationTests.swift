import Testing

@testable import DossierCore

@Suite("What an operation asks of the rest of its record")
struct OperationRelationTests {
    /// The header of a restriction or withdrawal of a record.
    private static func header(_ operation: UInt64, _ record: WireTree) -> WireTree {
        record.changing([1]) {
            $0.setting(5, .varint(operation)).setting(4, .varint(2)).setting(
                6, RelationTests.target)
        }
    }

    static let notices: [RelationTests.Case] = [
        RelationTests.Case("restrict without content", [], []) { header(3, $0).without(16) },
        RelationTests.Case("withdraw without content", [], []) { header(4, $0).without(16) },
        RelationTests.Case("restrict with content", [], ["content.crypto_theft OPERATION_CONTENT"])
        {
            header(3, $0)
        },
        RelationTests.Case("withdraw with content", [], ["content.crypto_theft OPERATION_CONTENT"])
        {
            header(4, $0)
        },
        RelationTests.Case(
            "withdraw with content of another kind", [], ["content OPERATION_CONTENT"]
        ) {
            header(4, $0).without(16).adding(17, .bytes([]))
        },
        RelationTests.Case(
            "restrict with two contents", [],
            ["content.crypto_theft DUPLICATE_ONEOF", "content.crypto_theft OPERATION_CONTENT"]
        ) { header(3, $0).adding(17, .bytes([])) },
        RelationTests.Case("restrict whose header comes last", [], []) { record in
            let notice = header(3, record).without(16)
            return notice.setting(1, .message(notice[1]))
        },
        RelationTests.Case("withdraw of a kind that is not known", [], ["header.kind UNKNOWN_KIND"])
        {
            header(4, $0).without(16).changing([1]) { $0.setting(7, .varint(2)) }
        },
        RelationTests.Case("withdraw without report", [], ["report REQUIRED"]) {
            header(4, $0).without(16).without(2)
        },
        RelationTests.Case("amend without content", [], ["content REQUIRED"]) {
            header(2, $0).without(16)
        },
    ]

    @Test("who restricts or withdraws says why, and nothing else", arguments: Self.notices)
    func notice(_ test: RelationTests.Case) {
        let record = Specimen.record().changing(test.path, test.change)
        let findings = RecordCheck.check(record.encoded).findings
        #expect(findings.map { "\($0.field) \($0.rule)" } == test.expected)
        #expect(findings.allSatisfy { !$0.hint.isEmpty })
    }

    @Test(
        "what says something of another's record has content and is version 1",
        arguments: 5...8 as ClosedRange<UInt64>)
    func comments(operation: UInt64) {
        let first = Specimen.record().changing([1]) {
            $0.setting(5, .varint(operation)).setting(6, RelationTests.target)
        }
        let second = first.changing([1]) { $0.setting(4, .varint(2)) }
        for (record, expected) in [
            (first, []), (second, ["header.version OPERATION_VERSION"]),
            (first.without(16), ["content REQUIRED"]),
        ] as [(WireTree, [String])] {
            let findings = RecordCheck.check(record.encoded).findings
            #expect(findings.map { "\($0.field) \($0.rule)" } == expected)
        }
    }
}
