import DossierAPI
import DossierCore
import DossierStore
import DossierTestSupport
import Testing

@testable import DossierServer

@Suite("A restriction only narrows")
struct NarrowingCheckTests {
    private static func facts(
        _ reference: String, _ version: UInt32, _ operation: DossierCore.Operation,
        _ releasability: [String]
    ) throws -> RecordFacts {
        var record = TestRecord(reference, to: releasability, version: version)
        record.record.header.operation = operation
        return RecordCheck.check(try record.encoded).facts
    }

    /// The field that is refused of a batch after two logged findings; nil if none is.
    private static func refused(_ batch: [RecordFacts]) async throws -> String? {
        var field: String?
        try await TestHoldings.with { holdings in
            try await holdings.append(
                [TestRecord("N-1", to: ["us"]), TestRecord("N-2", to: ["jp"])], to: "kr")
            let check = NarrowingCheck(held: try holdings.log("kr").held)
            do {
                try await check.require(batch)
            } catch let error as ExchangeError {
                field = error.findings.first?.field
            }
        }
        return field
    }

    @Test("whom it names, a version before it named: in the log, or in the batch")
    func narrowed() async throws {
        let batch = try [
            Self.facts("N-1", 2, .restrict, ["us"]), Self.facts("N-1", 4, .restrict, ["jp", "us"]),
            Self.facts("N-1", 3, .amend, ["jp"]), Self.facts("N-2", 2, .restrict, []),
            Self.facts("N-3", 1, .assert, ["us"]), Self.facts("N-3", 2, .restrict, ["us"]),
            // Without a version before it something else is wrong.
            Self.facts("N-9", 2, .restrict, ["us"]),
        ]
        #expect(try await Self.refused(batch) == nil)
    }

    @Test("the first in the batch that names somebody new is refused")
    func widened() async throws {
        let field = { (position: Int) in "records[\(position)].header.marking.releasability" }
        let batch = try [
            Self.facts("N-2", 2, .restrict, ["jp"]), Self.facts("N-2", 3, .restrict, ["us"]),
            Self.facts("N-1", 2, .restrict, ["jp", "us"]), Self.facts("N-1", 3, .amend, ["jp"]),
        ]
        #expect(try await Self.refused(batch) == field(1))
        #expect(try await Self.refused([batch[2], batch[1]]) == field(0))
        #expect(try await Self.refused([batch[3], batch[2]]) == field(1), "a later one counts not")
    }
}
