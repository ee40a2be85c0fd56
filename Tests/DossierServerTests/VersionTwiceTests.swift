import DossierAPI
import DossierCore
import DossierCrypto
import DossierTestSupport
import Testing

@testable import DossierServer

@Suite("A mirrored log that has two records of one version")
struct VersionTwiceTests {
    /// A version of a finding of us.
    private static func version(
        _ number: UInt32, of reference: String = "U-1", to releasability: [String],
        title: String = "Title", target: Digest? = nil
    ) -> TestRecord {
        var record = TestRecord(
            reference, originator: "us", to: releasability, version: number, title: title)
        if let target {
            record.record.header.operation = .amend
            record.record.header.targetRecordID = target.bytes
        }
        return record
    }

    private static func listed(
        _ retrieval: Retrieval, for peer: Peer
    ) async throws -> [UInt64] {
        var filter = Filter()
        filter.allVersions = true
        var indexes: [UInt64] = []
        try await retrieval.list(ListRequest(filter: filter), for: peer) { page in
            indexes += page.records.map(\.leafIndex)
        }
        return indexes
    }

    /// A finding whose second version a log has twice: first one for jp and kr, then one for kr alone.
    /// Gives the record ids of the two.
    private static func appendTwice(to holdings: TestHoldings) async throws -> [Digest] {
        let first = try await holdings.append([self.version(1, to: ["jp", "kr"])], to: "us")
        return try await holdings.append(
            [
                self.version(2, to: ["jp", "kr"], target: first[0]),
                self.version(2, to: ["kr"], title: "For kr alone", target: first[0]),
            ], to: "us")
    }

    @Test("the first is the version; the other is given to nobody, whomever the first names")
    func second() async throws {
        try await TestHoldings.with { holdings in
            let second = try await Self.appendTwice(to: holdings)
            let retrieval = try holdings.retrieval()
            for organisation in ["jp", "kr", "us"] {
                let reader = try holdings.reader(organisation)
                let given = try await retrieval.get(
                    GetRequest(.recordID(second[0].hexadecimal)), for: reader)
                #expect(given.record.leafIndex == 1)
                let error = await #expect(throws: ExchangeError.self, "\(organisation)") {
                    _ = try await retrieval.get(
                        GetRequest(.recordID(second[1].hexadecimal)), for: reader)
                }
                #expect(error?.code == .notFound)
                #expect(try await Self.listed(retrieval, for: reader) == [0, 1], "\(organisation)")
            }
        }
    }

    @Test("an annotation of the other is not given on: it is about no version")
    func annotation() async throws {
        try await TestHoldings.with { holdings in
            let second = try await Self.appendTwice(to: holdings)
            let notes = second.enumerated().map { number, target in
                var note = TestRecord("N-\(number)", to: ["jp"])
                note.record.header.operation = .annotate
                note.record.header.targetRecordID = target.bytes
                return note
            }
            let ids = try await holdings.append(notes, to: "kr")
            let retrieval = try holdings.retrieval()
            let reader = try holdings.reader("jp")
            _ = try await retrieval.get(
                GetRequest(.recordID(ids[0].hexadecimal)), for: reader)
            let error = await #expect(throws: ExchangeError.self) {
                _ = try await retrieval.get(
                    GetRequest(.recordID(ids[1].hexadecimal)), for: reader)
            }
            #expect(error?.code == .notFound)
        }
    }
}
