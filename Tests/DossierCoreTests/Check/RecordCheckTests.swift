import DossierCore
import Testing

@Suite("Record check")
struct RecordCheckTests {
    @Test("a record with every field set has no findings", arguments: [1, 3, 7, 12] as [UInt64])
    func complete(kind: UInt64) {
        let checked = RecordCheck.check(Specimen.record(kind: kind).encoded)
        #expect(checked.findings == [])
        #expect(checked.facts.kind == Int32(kind))
        #expect(checked.facts.isKnownKind)
    }

    @Test("facts hold what stands in header, marking and content")
    func facts() {
        let facts = RecordCheck.check(Specimen.record().encoded).facts
        #expect(facts.originator == "kr")
        #expect(facts.reference == "KR-2025-0117")
        #expect(facts.version == 1)
        #expect(facts.operation == .assert)
        #expect(facts.targetRecordID == [])
        #expect(facts.formatVersion == 1)
        #expect(facts.marking == MarkingFacts(tlp: 1, pap: 1, orcon: true, releasability: ["us"]))
        #expect(!facts.hasUnknownInHeaderOrMarking)
        #expect(facts.occurredStart == "2025-02-21T14:03:00Z")
        #expect(facts.occurredEnd == "2025-02-21T14:03:00Z")
        #expect(facts.known == "2025-02-21T14:03:00Z")
        #expect(facts.reported == "2025-02-21T14:03:00Z")
        let account = "eip155:1:0x47666fab8bd0ac7003bce3f5c3585383f09486e2"
        #expect(
            Array(facts.lookupKeys) == [
                LookupKey(type: .victim, key: "text"), LookupKey(type: .victim, key: "text"),
                LookupKey(type: .victim, key: "text"), LookupKey(type: .account, key: account),
                LookupKey(type: .actor, key: "text"), LookupKey(type: .actor, key: "text"),
                LookupKey(type: .actor, key: "text"),
            ])
    }
}
