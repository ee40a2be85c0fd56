import DossierAPI
import DossierCore
import DossierCrypto
import DossierTestSupport
import Testing

@Suite("Messages of the exchange")
struct MessageRoundTripTests {
    private static let attestation = Attestation(
        attestedBatch: [1, 0, 2], signature: [3, 0], certificates: [[4, 0], [5]])

    private static let receipt = Receipt(
        logOrigin: "msmt.example/dossier/kr/1", batchRoot: SHA256.digest(of: [1]), batchSize: 7,
        runs: [
            BatchRun(offset: 0, firstIndex: 1 << 40, count: 4),
            BatchRun(offset: 4, firstIndex: 2, count: 3),
        ], appended: 4, logSize: (1 << 40) + 4, checkpoint: checkpoint, ranges: [range, range])

    private static let hashes = [SHA256.digest(of: [2]), SHA256.digest(of: [3])]

    private static let checkpoint = ProvenCheckpoint(
        checkpoint: Array("note\n".utf8), consistencyProof: hashes)

    private static let range = ProvenRange(firstIndex: 1 << 40, count: 4, proof: hashes)

    private static let logged = LoggedRecord(
        record: [9, 0, 9], leafIndex: 1 << 33, positionInBatch: 3,
        batchPath: [UInt8](repeating: 6, count: 64), attestationIndex: 1,
        withheldReason: "nobody 외")

    private static let filter: Filter = {
        var filter = Filter()
        filter.kinds = [.cryptoTheft, .assessment]
        filter.originators = ["kr", "us"]
        filter.reference = "KR-2025-0117"
        filter.occurredFrom = "2025"
        filter.occurredTo = "2025-02"
        filter.knownFrom = "2025-02-21"
        filter.knownTo = "2025-02-21T14:03:00Z"
        filter.account = "eip155:1:0x47666fab8bd0ac7003bce3f5c3585383f09486e2"
        filter.victim = "바이비트"
        filter.actor = "TraderTraitor"
        filter.recordIDPrefix = "0123456789abcdef"
        return filter
    }()

    /// Encodes, decodes, and expects the same value; every shorter form ends in a value or an error.
    private func expectRoundTrip<Message: Hashable>(
        _ message: Message, _ encoded: [UInt8], _ decode: ([UInt8]) throws -> Message,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(try decode(encoded) == message, sourceLocation: sourceLocation)
        for length in 0..<encoded.count {
            do {
                let cut = try decode(Array(encoded.prefix(length)))
                #expect(cut != message, sourceLocation: sourceLocation)
            } catch let error as ExchangeError {
                #expect(!error.message.isEmpty, sourceLocation: sourceLocation)
            }
        }
    }

    @Test("an attestation")
    func attestation() throws {
        try self.expectRoundTrip(
            Self.attestation, Self.attestation.encoded(), Attestation.init(decoding:))
    }

    @Test("a submission")
    func submitRequest() throws {
        let request = SubmitRequest(
            attestation: Self.attestation, records: [[1], [2, 0], [3]], knownSize: 1 << 50)
        try self.expectRoundTrip(request, request.encoded(), SubmitRequest.init(decoding:))
        let streamed = SubmitStreamRequest(submission: request)
        try self.expectRoundTrip(
            streamed, streamed.encoded(), SubmitStreamRequest.init(decoding:))
    }

    @Test("a receipt")
    func submitResponse() throws {
        let response = SubmitResponse(receipt: Self.receipt)
        try self.expectRoundTrip(response, response.encoded(), SubmitResponse.init(decoding:))
    }

    @Test("an answer of a stream: a receipt, or a refusal with its findings")
    func submitStreamResponse() throws {
        let refusal = Refusal(
            code: 3, message: "2 findings",
            findings: [
                Finding(field: "records[0].header", rule: .required, value: "", hint: "set it"),
                Finding(field: "", rule: .utf8, value: "é\\u{1b}", hint: "send UTF-8"),
            ])
        guard
            case .refused(let back) = try SubmitStreamResponse(
                decoding: SubmitStreamResponse.refused(refusal).encoded()),
            case .logged(let receipt) = try SubmitStreamResponse(
                decoding: SubmitStreamResponse.logged(Self.receipt).encoded())
        else {
            Issue.record("the outcome changed")
            return
        }
        #expect(back == refusal)
        #expect(receipt == Self.receipt)
        #expect(throws: ExchangeError.self) { try SubmitStreamResponse(decoding: []) }
    }

    @Test("a request for one record, by id and by finding")
    func getRequest() throws {
        for request in [
            GetRequest(.recordID("0123456789abcdef")),
            GetRequest(.recordID("0123456789abcdef"), knownSize: .max),
            GetRequest(.finding(originator: "kr", reference: "KR-2025-0117", version: 0)),
            GetRequest(.finding(originator: "kr", reference: "KR-2025-0117", version: .max)),
        ] {
            #expect(try GetRequest(decoding: request.encoded()) == request)
        }
        #expect(throws: ExchangeError(code: .badRequest, message: "")) {
            try GetRequest(decoding: [])
        }
    }

    @Test("a record")
    func getResponse() throws {
        let response = GetResponse(
            logOrigin: "origin", record: Self.logged, attestation: Self.attestation,
            checkpoint: Self.checkpoint, inclusionProof: Self.hashes)
        try self.expectRoundTrip(response, response.encoded(), GetResponse.init(decoding:))
    }

    @Test("the messages of the log service")
    func log() throws {
        let checkpoint = GetCheckpointRequest(knownSize: 1 << 40)
        try self.expectRoundTrip(
            checkpoint, checkpoint.encoded(), GetCheckpointRequest.init(decoding:))
        let answer = GetCheckpointResponse(checkpoint: Self.checkpoint)
        try self.expectRoundTrip(
            answer, answer.encoded(), GetCheckpointResponse.init(decoding:))
        let inclusion = GetInclusionProofRequest(leafIndex: 1 << 40, treeSize: (1 << 40) + 1)
        try self.expectRoundTrip(
            inclusion, inclusion.encoded(), GetInclusionProofRequest.init(decoding:))
        let consistency = GetConsistencyProofRequest(firstSize: 3, secondSize: 1 << 40)
        try self.expectRoundTrip(
            consistency, consistency.encoded(), GetConsistencyProofRequest.init(decoding:))
        let leaves = GetLeafHashesRequest(firstIndex: 3, count: 65_536)
        #expect(try GetLeafHashesRequest(decoding: leaves.encoded()) == leaves)
        for count in [0, 65_537] {
            #expect(throws: ExchangeError(code: .badRequest, message: "")) {
                let request = GetLeafHashesRequest(firstIndex: 3, count: count)
                return try GetLeafHashesRequest(decoding: request.encoded())
            }
        }
        #expect(
            try HashList.inclusionProof(decoding: HashList.encoded(inclusionProof: Self.hashes))
                == Self.hashes)
        #expect(
            try HashList.consistencyProof(decoding: HashList.encoded(consistencyProof: Self.hashes))
                == Self.hashes)
        #expect(
            try HashList.leafHashes(decoding: HashList.encoded(leafHashes: Self.hashes))
                == Self.hashes)
        let cut = try HashList.encoded(leafHashes: Self.hashes).dropLast()
        #expect(throws: ExchangeError.self) { try HashList.leafHashes(decoding: Array(cut)) }
    }

    @Test("a question with every condition, and with none")
    func listRequest() throws {
        let request = ListRequest(
            filter: Self.filter, limit: .max, cursor: [1, 0, 2], knownSize: 7)
        try self.expectRoundTrip(request, request.encoded(), ListRequest.init(decoding:))
        let nothing = ListRequest(filter: Filter())
        #expect(try ListRequest(decoding: nothing.encoded()) == nothing)
        #expect(try ListRequest(decoding: []) == nothing)
    }

    @Test("a page")
    func listResponse() throws {
        let page = ListResponse(
            logOrigin: "origin", attestations: [Self.attestation, Self.attestation],
            records: [Self.logged, Self.logged], cursor: [7], pinnedSize: 1 << 41,
            checkpoint: Self.checkpoint, ranges: [Self.range, Self.range])
        try self.expectRoundTrip(page, page.encoded(), ListResponse.init(decoding:))
        let last = ListResponse(
            logOrigin: "", attestations: [], records: [], cursor: [], pinnedSize: 0,
            checkpoint: ProvenCheckpoint(checkpoint: [1], consistencyProof: []), ranges: [])
        #expect(try ListResponse(decoding: last.encoded()) == last)
    }

    @Test("what is ambiguous or out of bounds is refused with what was found")
    func malformed() throws {
        let request = try ListRequest(filter: Self.filter, limit: 5).encoded()
        let limitTwice = request + [0x10, 0x05]
        let error = #expect(throws: ExchangeError.self) { try ListRequest(decoding: limitTwice) }
        #expect(error?.code == .badRequest)
        #expect(error?.findings.map(\.rule) == [.duplicateField])

        let submission = SubmitRequest(attestation: Self.attestation, records: [[1]])
        let twice = try submission.encoded() + [0x0A, 0x00]
        let refused = #expect(throws: ExchangeError.self) { try SubmitRequest(decoding: twice) }
        #expect(refused?.code == .invalidSubmission)
        #expect(refused?.findings.isEmpty == false)
    }

    @Test("a submission of more records than a batch may have is refused")
    func tooManyRecords() throws {
        let request = SubmitRequest(
            attestation: Self.attestation,
            records: [[UInt8]](repeating: [1], count: Batch.maximumRecords + 1))
        let error = #expect(throws: ExchangeError.self) {
            try SubmitRequest(decoding: request.encoded())
        }
        #expect(error?.code == .invalidSubmission)
        #expect(error?.findings.map(\.rule) == [.tooLong])
    }

    @Test("4 MiB of the smallest records fit into what a message may take in memory")
    func fullRequest() throws {
        let request = SubmitRequest(
            attestation: Self.attestation,
            records: [[UInt8]](
                repeating: [UInt8](repeating: 1, count: 400), count: Batch.maximumRecords))
        #expect(try SubmitRequest(decoding: request.encoded()) == request)
    }
}
