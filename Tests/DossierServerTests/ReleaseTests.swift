import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import GRPCWire
import Testing

@Suite("Release")
struct ReleaseTests {
    @Test("withheld and absent are answered alike, byte for byte, wherever one can ask")
    func withheldIsAbsent() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let secret = TestRecord("SECRET-1", to: ["jp"])
                try await kr.submit([secret])
                let id = RecordID(ofEncoded: try secret.encoded).hexadecimal
                let absent = String(repeating: "0", count: 64)

                try await node.connected(as: "us") { us in
                    let pairs: [(withheld: GetRequest.Selector, absent: GetRequest.Selector)] = [
                        (.recordID(id), .recordID(absent)),
                        (.recordID(String(id.prefix(8))), .recordID(String(absent.prefix(8)))),
                        (
                            .finding(originator: "kr", reference: "SECRET-1", version: 0),
                            .finding(originator: "kr", reference: "SECRET-2", version: 0)
                        ),
                        (
                            .finding(originator: "kr", reference: "SECRET-1", version: 1),
                            .finding(originator: "jp", reference: "SECRET-1", version: 1)
                        ),
                    ]
                    for pair in pairs {
                        let withheld = try await us.refusal(
                            of: Exchange.get, GetRequest(pair.withheld).encoded())
                        let absent = try await us.refusal(
                            of: Exchange.get, GetRequest(pair.absent).encoded())
                        #expect(withheld.code == .notFound && absent.code == .notFound)
                        #expect(withheld.message == absent.message)
                        #expect(withheld.details == absent.details)
                    }
                }
            }
        }
    }

    @Test("a list in which everything is withheld is that of nothing, however much there is")
    func withheldLists() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                try await kr.submit((0..<1_100).map { TestRecord("SECRET-\($0)", to: ["jp"]) })
                try await node.connected(as: "us") { us in
                    var nothing = Filter()
                    nothing.reference = "ABSENT"
                    var everything = Filter()
                    everything.originators = ["kr"]
                    let absent = try await us.pages(ListRequest(filter: nothing))
                    #expect(absent.count == 1)
                    #expect(try await us.pages(ListRequest(filter: everything)) == absent)
                    #expect(try await us.pages(ListRequest(filter: Filter(), limit: 1)) == absent)
                }
                #expect(try await kr.references().count == 1_100)
            }
        }
    }

    @Test(
        "a field of the header that nobody knows withholds the record, and its originator is told")
    func unknownField() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                var unknown = TestRecord("UNKNOWN", to: ["us"])
                unknown.headerExtra = [0xF8, 0x3E, 0x01]
                var elsewhere = TestRecord("ELSEWHERE", to: ["us"])
                elsewhere.recordExtra = [0xF8, 0x3E, 0x01]
                var label = TestRecord("TLP", to: ["us"])
                label.record.header.marking?.tlp = TLP(rawValue: 99)
                try await kr.submit([unknown, elsewhere, label, TestRecord("PLAIN", to: ["us"])])

                #expect(try await node.references(as: "us") == ["ELSEWHERE", "PLAIN"])
                let listed = try await kr.list().records
                #expect(listed.map { !$0.withheldReason.isEmpty } == [true, false, true, false])
                #expect(listed.first?.withheldReason == WithheldReason.notUnderstood.rawValue)
                let got = try await kr.client.get(
                    .finding(originator: "kr", reference: "UNKNOWN", version: 0))
                #expect(got.withheldReason == WithheldReason.notUnderstood.rawValue)
                #expect(got.bytes == (try unknown.encoded))
            }
        }
    }

    @Test("a record for nobody is its originator's alone, and says so to it")
    func emptyReleasability() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                try await kr.submit([TestRecord("MINE")])
                let mine = try await kr.list().records
                #expect(mine.map(\.withheldReason) == [WithheldReason.notReleasable.rawValue])
                for other in ["us", "jp"] {
                    #expect(try await node.references(as: other).isEmpty)
                }
            }
        }
    }

    @Test("under ORCON the originator's own node hands the record to those named, and no others")
    func originatorControlled() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                try await kr.submit([TestRecord("ORCON", to: ["us"], orcon: true)])
                #expect(try await kr.list().records.map(\.withheldReason) == [""])
                #expect(try await node.references(as: "us") == ["ORCON"])
                #expect(try await node.references(as: "jp").isEmpty)
            }
        }
    }

    @Test("a prefix is ambiguous only among what is released")
    func ambiguousPrefix() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let (first, second) = try Self.twoOfOnePrefix()
                try await kr.submit([first])
                try await kr.submit([second])
                let firstBytes = try first.encoded
                let prefix = String(RecordID(ofEncoded: firstBytes).hexadecimal.prefix(8))

                let ambiguous = try await kr.refusal(
                    of: Exchange.get, GetRequest(.recordID(prefix)).encoded())
                #expect(ambiguous.code == .invalidArgument)
                #expect(ambiguous.message.contains("2 records"))
                try await node.connected(as: "us") { us in
                    let record = try await us.client.get(.recordID(prefix))
                    #expect(record.bytes == firstBytes)
                }
                try await node.connected(as: "jp") { jp in
                    let status = try await jp.refusal(
                        of: Exchange.get, GetRequest(.recordID(prefix)).encoded())
                    #expect(status.code == .notFound)
                }
            }
        }
    }

    /// Two records, one for us and one for nobody, whose ids begin with the same 8 digits. The
    /// salts were searched for: among some 2^16 of each there are two that meet.
    private static func twoOfOnePrefix() throws -> (TestRecord, TestRecord) {
        func record(_ reference: String, _ list: [String], _ number: UInt64) -> TestRecord {
            var record = TestRecord(reference, to: list)
            let salt = withUnsafeBytes(of: number.bigEndian) { Array($0) }
            record.record.header.salt = salt + [UInt8](repeating: 0, count: 8)
            return record
        }
        let records = (record("A", ["us"], 103_660), record("B", [], 12_967))
        for encoded in [try records.0.encoded, try records.1.encoded] {
            try #require(RecordID(ofEncoded: encoded).hexadecimal.hasPrefix("19762290"))
        }
        return records
    }

    @Test("roles decide who reads: a submitter alone may not, an administrator may not")
    func roles() async throws {
        try await Consortium().withNode { node in
            for person in ["submitter", "nobody", "stranger"] {
                try await node.connected(as: "us", person) { us in
                    let get = try await us.refusal(
                        of: Exchange.get, GetRequest(.recordID("01234567")).encoded())
                    #expect(get.code == .permissionDenied, "\(person)")
                    let list = await #expect(throws: GRPCStatus.self) {
                        _ = try await us.pages(ListRequest(filter: Filter()))
                    }
                    #expect(list?.code == .permissionDenied, "\(person)")
                }
            }
        }
    }

    @Test("of eleven organisations each sees exactly what is released to it, however it asks")
    func elevenOrganisations() async throws {
        let organisations = ["kr", "us", "au", "gb", "ca", "fr", "de", "it", "jp", "nl", "nz"]
        var generator = SeededGenerator(seed: 20_250_221)
        let lists = (0..<80).map { _ in
            organisations.dropFirst().filter { _ in Int.random(in: 0..<3, using: &generator) == 0 }
        }
        let records = lists.enumerated().map { TestRecord("R-\($0.offset)", to: $0.element) }
        try await Consortium(organisations).withNode { node in
            try await node.connected { kr in
                for record in records { try await kr.submit([record]) }
            }
            for organisation in organisations {
                let expected = lists.indices.filter {
                    organisation == "kr" || lists[$0].contains(organisation)
                }
                try await node.connected(as: organisation) { peer in
                    #expect(try await peer.references() == expected.map { "R-\($0)" })
                    for (number, record) in records.enumerated() {
                        let bytes = try record.encoded
                        let request = GetRequest.Selector.recordID(
                            RecordID(ofEncoded: bytes).hexadecimal)
                        if expected.contains(number) {
                            #expect(try await peer.client.get(request).bytes == bytes)
                        } else {
                            let status = try await peer.refusal(
                                of: Exchange.get, GetRequest(request).encoded())
                            #expect(status.code == .notFound)
                        }
                    }
                }
            }
        }
    }
}
