import DossierAPI
import DossierClient
import DossierCore
import Foundation

/// Many records over one stream until they are durable and can be found by each of their accounts,
/// and all of them back; against PostgreSQL's COPY over TLS with the same look-ups.
enum BulkBenchmark {
    /// Records the client holds at once.
    private static let slice = 20_000

    static func run(_ count: Int, at site: Site, into table: inout Table) async throws {
        let records = site.folder.appending(path: "records")
        Console.progress("making \(count) records")
        try MessageFile.write(count, to: records) { try Sample.record($0).encoded() }

        let node = try site.startNode("bulk")
        let (submitting, reading) = try await self.measure(count, records, node, at: site)
        let memory = node.residentMebibytes
        let proofs = try ProofBenchmark.measure(count, node, at: site)
        node.stop()

        let name = "PostgreSQL COPY"
        let peer = try Postgres.measure(count, at: site)
        if peer == nil { Console.missing("PostgreSQL", "apt-get install postgresql") }
        table.add(
            "submit \(count) records, durable, look-ups caught up", submitting, .perSecond,
            against: name, peer?.copyingIn, goal: ">= 3")
        table.add(
            "read all back, verified", reading, .perSecond, against: name, peer?.copyingOut,
            goal: ">= 1")
        table.add("memory of the node after that", memory, .mebibytes, goal: "")
        try await ProofBenchmark.compare(proofs, at: site, into: &table)
        try AuditBenchmark.run(count, "bulk", at: site, into: &table)
    }

    private static func measure(
        _ count: Int, _ records: URL, _ node: Program, at site: Site
    ) async throws -> (submitting: Double, reading: Double) {
        try await site.connected(to: node) { client in
            let clock = ContinuousClock()
            let submitting = try await clock.measure {
                try await self.submit(records, to: client)
                // A list is answered when the catalog has reached the end of the log.
                _ = try await client.list(ListRequest(filter: Filter(), limit: 1)) { _ in }
            }
            Console.progress("submitted; reading back")
            var found = 0
            let reading = try await clock.measure {
                _ = try await client.list(ListRequest(filter: Filter())) { _ in found += 1 }
            }
            guard found == count else { throw Failure("\(found) of \(count) records came back") }
            return (Double(count) / submitting.seconds, Double(count) / reading.seconds)
        }
    }

    /// Reads, checks, signs and submits, and verifies each receipt; the next slice is made ready while one is under way.
    static func submit(_ records: URL, to client: ExchangeClient) async throws {
        let slices = try Slices(records, of: self.slice)
        var plan = try await slices.next()
        while !plan.batches.isEmpty {
            async let following = slices.next()
            try await client.submit(plan.batches) { _, outcome in
                guard case .success = outcome else { throw Failure("a batch was refused") }
            }
            plan = try await following
        }
    }

    /// Plans for one slice of a file after the other.
    private actor Slices {
        private let reader: MessageFile.Reader
        private let size: Int

        init(_ file: URL, of size: Int) throws {
            self.reader = try MessageFile.Reader(file)
            self.size = size
        }

        func next() throws -> SubmissionPlan {
            SubmissionPlan(
                try self.reader.next(self.size).map { ($0, RecordCheck.check($0).facts) })
        }
    }
}
