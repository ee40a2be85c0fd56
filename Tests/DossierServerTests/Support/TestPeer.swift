import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import GRPCWire
import Testing

/// A person at a node: the typed client, which verifies what it gets, and bare gRPC calls.
struct TestPeer: Sendable {
    let credentials: Credentials
    let now: @Sendable () -> Int64
    let client: ExchangeClient
    let grpc: GRPCClient

    func close() async {
        await self.client.shutdownGracefully()
        await self.grpc.shutdownGracefully()
    }

    /// What is signed for records in their order.
    func attested(_ records: [[UInt8]]) throws -> AttestedBatch {
        AttestedBatch(
            logOrigin: TestNode.logOrigin, originator: self.credentials.identity.organisation,
            batchRoot: Batch(records: records).root, size: records.count,
            signedAt: try #require(Moment(unixSeconds: self.now())),
            keyID: self.credentials.key.publicKey.keyID)
    }

    /// A signed batch.
    func signed(
        _ records: [[UInt8]], changing change: (inout AttestedBatch) throws -> Void = { _ in }
    ) throws -> SubmitRequest {
        var batch = try self.attested(records)
        try change(&batch)
        return SubmitRequest(
            attestation: try Attestation(
                signing: batch, with: self.credentials.key, certificates: self.credentials.chain),
            records: records)
    }

    /// Signs and submits records, and gives the checked receipt.
    @discardableResult
    func submit(_ records: [TestRecord]) async throws -> SubmissionReceipt {
        try await self.client.submit(self.signed(records.map { try $0.encoded }))
    }

    /// Signs and submits records over a stream, and gives the checked receipts.
    @discardableResult
    func stream(_ records: [TestRecord]) async throws -> [SubmissionReceipt] {
        let plan = SubmissionPlan(
            try records.map { record in
                let bytes = try record.encoded
                return (bytes, RecordCheck.check(bytes).facts)
            })
        var receipts: [SubmissionReceipt] = []
        try await self.client.submit(plan.batches) { receipts.append(try $1.get()) }
        return receipts
    }

    /// The record that kr has under a reference, verified.
    func get(_ reference: String) async throws -> VerifiedRecord {
        try await self.client.get(.finding(originator: "kr", reference: reference, version: 0))
    }

    /// Submits and expects a refusal; gives its status.
    func refusal(
        of request: SubmitRequest, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> GRPCStatus {
        try await self.refusal(
            of: Exchange.submit, request.encoded(), sourceLocation: sourceLocation)
    }

    /// Calls and expects a refusal; gives its status.
    func refusal(
        of method: MethodPath, _ request: [UInt8],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> GRPCStatus {
        let status = await #expect(throws: GRPCStatus.self, sourceLocation: sourceLocation) {
            _ = try await self.grpc.unary(method, request)
        }
        return try #require(status, sourceLocation: sourceLocation)
    }

    /// Every record that a filter finds, verified, in the order listed.
    func list(
        _ filter: Filter = Filter(), limit: UInt32 = 0, cursor: [UInt8] = []
    ) async throws -> (records: [VerifiedRecord], cursor: [UInt8]) {
        var records: [VerifiedRecord] = []
        let next = try await self.client.list(
            ListRequest(filter: filter, limit: limit, cursor: cursor)
        ) { records.append($0) }
        return (records, next)
    }

    /// References of all records that are released to the peer, in log order.
    func references(_ filter: Filter = Filter()) async throws -> [String] {
        try await self.list(filter).records.map { RecordCheck.check($0.bytes).facts.reference }
    }

    /// The bytes of each page of a list.
    func pages(_ request: ListRequest) async throws -> [[UInt8]] {
        var pages: [[UInt8]] = []
        for try await page in try await self.grpc.serverStreaming(
            Exchange.list, request.encoded())
        {
            pages.append(page)
        }
        return pages
    }

    /// Leaves in the log.
    func logSize() async throws -> UInt64 {
        let pages = try await self.pages(ListRequest(filter: Filter(), limit: 1))
        return try ListResponse(decoding: try #require(pages.first)).pinnedSize
    }
}

extension GRPCStatus {
    /// The rules that the findings in the details name, each once, in order.
    var rules: [Finding.Rule] {
        ExchangeError(self).findings.map(\.rule).reduce(into: []) { rules, rule in
            if !rules.contains(rule) { rules.append(rule) }
        }
    }
}
