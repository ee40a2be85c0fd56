import DossierClient
import DossierCore
import DossierTestSupport

/// A finding of one organisation, and its newest version as it was submitted.
struct FindingDraft: Sendable {
    let reference: String
    let originator: String
    /// To whom it is released; a restriction makes it fewer.
    private(set) var releasability: [String]
    /// The newest version.
    private(set) var newest: TestRecord
    /// Whether there will be no other version.
    private(set) var isWithdrawn = false

    init(_ reference: String, of originator: String, to releasability: [String]) {
        self.reference = reference
        self.originator = originator
        self.releasability = releasability.sorted()
        self.newest = TestRecord(reference, originator: originator, to: releasability)
    }

    /// Says something else.
    mutating func amend() throws {
        var next = TestRecord(
            self.reference, originator: self.originator, to: self.releasability,
            title: "Version \(self.newest.record.header.version + 1)")
        try self.follow(&next, .amend)
        self.newest = next
    }

    /// Releases it to fewer.
    mutating func restrict(to releasability: [String]) throws {
        self.releasability = releasability.sorted()
        self.newest = try self.notice(.restrict)
    }

    /// Takes it back.
    mutating func withdraw() throws {
        self.newest = try self.notice(.withdraw)
        self.isWithdrawn = true
    }

    private func notice(_ operation: DossierCore.Operation) throws -> TestRecord {
        var next = TestRecord(
            self.reference, originator: self.originator, to: self.releasability, title: "Notice")
        next.record.content = nil
        next.record.report.narratives = [Text(text: "reason", language: "en")]
        try self.follow(&next, operation)
        return next
    }

    private func follow(_ next: inout TestRecord, _ operation: DossierCore.Operation) throws {
        next.record.header.version = self.newest.record.header.version + 1
        next.record.header.operation = operation
        next.record.header.targetRecordID = try RecordID(ofEncoded: self.newest.encoded).bytes
    }
}

extension ExchangeClient {
    /// Submits records over a stream; throws when one is refused.
    func submit(_ records: [TestRecord]) async throws {
        let plan = SubmissionPlan(
            try records.map { record in
                let bytes = try record.encoded
                return (bytes, RecordCheck.check(bytes).facts)
            })
        try await self.submit(plan.batches) { _ = try $1.get() }
    }
}

extension TestRecord {
    /// A record as long as most are: about 1.2 KB.
    static func ofUsualSize(
        _ reference: String, to readers: [String], narrativeBytes: Int = 1_000
    ) -> TestRecord {
        var record = TestRecord(reference, to: readers, title: "Title of \(reference)")
        // Words that do not repeat: nothing may come from compression.
        var generator = SeededGenerator(seed: UInt64(bitPattern: Int64(reference.hashValue)))
        let words = (0..<narrativeBytes / 9).map { _ in
            String(UInt32.random(in: 0x1000_0000...UInt32.max, using: &generator), radix: 16)
        }
        record.record.report.narratives = [
            Text(text: words.joined(separator: " "), language: "en")
        ]
        return record
    }
}
