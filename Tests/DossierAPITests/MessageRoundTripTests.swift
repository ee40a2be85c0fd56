import DossierAPI
import DossierCore
import DossierCrypto
import DossierTestSupport
import Testing

@Suite("Messages of the exchange")
struct MessageRoundTripTests {
    @Test("an attestation")
    func attestation() throws {
        try expectRoundTrip(
            Sample.attestation, Sample.attestation.encoded(), Attestation.init(decoding:))
    }

    @Test("a submission")
    func submitRequest() throws {
        let request = SubmitRequest(
            attestation: Sample.attestation, records: [[1], [2, 0], [3]], knownSize: 1 << 50)
        try expectRoundTrip(request, request.encoded(), SubmitRequest.init(decoding:))
        let streamed = SubmitStreamRequest(submission: request)
        try expectRoundTrip(
            streamed, streamed.encoded(), SubmitStreamRequest.init(decoding:))
    }

    @Test("a receipt")
    func submitResponse() throws {
        let response = SubmitResponse(receipt: Sample.receipt)
        try expectRoundTrip(response, response.encoded(), SubmitResponse.init(decoding:))
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
                decoding: SubmitStreamResponse.logged(Sample.receipt).encoded())
        else {
            Issue.record("the outcome changed")
            return
        }
        #expect(back == refusal)
        #expect(receipt == Sample.receipt)
        #expect(throws: ExchangeError.self) { try SubmitStreamResponse(decoding: []) }
    }

    @Test("a request for one record, by id and by finding")
    func getRequest() throws {
        for request in [
            GetRequest(.recordID("0123456789abcdef")),
            GetRequest(.recordID("0123456789abcdef"), knownSize: .max),
            GetRequest(.finding(originator: "kr", reference: "KR-2025-0117", version: 0)),
            GetRequest(.finding(originator: "kr", reference: "KR-2025-0117", version: .max)),
            GetRequest(.recordID("0123456789abcdef"), knownTrees: Sample.trees),
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
            logOrigin: "origin", record: Sample.logged, attestation: Sample.attestation,
            checkpoint: Sample.checkpoint, inclusionProof: Sample.hashes,
            contact: DirectContact(heardAt: "2025-02-21T14:03:00Z", isStale: true))
        try expectRoundTrip(response, response.encoded(), GetResponse.init(decoding:))
    }

    @Test("the messages of the log service")
    func log() throws {
        let checkpoint = GetCheckpointRequest(
            knownSize: 1 << 40, logOrigin: "msmt.example/dossier/us/1")
        try expectRoundTrip(
            checkpoint, checkpoint.encoded(), GetCheckpointRequest.init(decoding:))
        let answer = GetCheckpointResponse(checkpoint: Sample.checkpoint)
        try expectRoundTrip(
            answer, answer.encoded(), GetCheckpointResponse.init(decoding:))
        let inclusion = GetInclusionProofRequest(
            leafIndex: 1 << 40, treeSize: (1 << 40) + 1, logOrigin: "msmt.example/dossier/us/1")
        try expectRoundTrip(
            inclusion, inclusion.encoded(), GetInclusionProofRequest.init(decoding:))
        let consistency = GetConsistencyProofRequest(
            firstSize: 3, secondSize: 1 << 40, logOrigin: "msmt.example/dossier/us/1")
        try expectRoundTrip(
            consistency, consistency.encoded(), GetConsistencyProofRequest.init(decoding:))
        let leaves = GetLeafHashesRequest(
            firstIndex: 3, count: 65_536, logOrigin: "msmt.example/dossier/us/1")
        #expect(try GetLeafHashesRequest(decoding: leaves.encoded()) == leaves)
        for count in [0, 65_537] {
            #expect(throws: ExchangeError(code: .badRequest, message: "")) {
                let request = GetLeafHashesRequest(firstIndex: 3, count: count)
                return try GetLeafHashesRequest(decoding: request.encoded())
            }
        }
        #expect(
            try HashList.inclusionProof(decoding: HashList.encoded(inclusionProof: Sample.hashes))
                == Sample.hashes)
        #expect(
            try HashList.consistencyProof(
                decoding: HashList.encoded(consistencyProof: Sample.hashes))
                == Sample.hashes)
        #expect(
            try HashList.leafHashes(decoding: HashList.encoded(leafHashes: Sample.hashes))
                == Sample.hashes)
        let cut = try HashList.encoded(leafHashes: Sample.hashes).dropLast()
        #expect(throws: ExchangeError.self) { try HashList.leafHashes(decoding: Array(cut)) }
    }

    @Test("a question with every condition, and with none")
    func listRequest() throws {
        var request = ListRequest(
            filter: Sample.filter, limit: .max, cursor: [1, 0, 2], knownSize: 7,
            knownTrees: Sample.trees)
        request.follow = true
        request.newOnly = true
        try expectRoundTrip(request, request.encoded(), ListRequest.init(decoding:))
        let nothing = ListRequest(filter: Filter())
        #expect(try ListRequest(decoding: nothing.encoded()) == nothing)
        #expect(try ListRequest(decoding: []) == nothing)
    }

    @Test("a page")
    func listResponse() throws {
        let page = ListResponse(
            logOrigin: "origin", attestations: [Sample.attestation, Sample.attestation],
            records: [Sample.logged, Sample.logged], cursor: [7], pinnedSize: 1 << 41,
            checkpoint: Sample.checkpoint, ranges: [Sample.range, Sample.range],
            contact: DirectContact(heardAt: "2025-02-21T14:03:00Z", isStale: true))
        try expectRoundTrip(page, page.encoded(), ListResponse.init(decoding:))
        let last = ListResponse(
            logOrigin: "", attestations: [], records: [], cursor: [], pinnedSize: 0,
            checkpoint: ProvenCheckpoint(checkpoint: [1], consistencyProof: []), ranges: [])
        #expect(try ListResponse(decoding: last.encoded()) == last)
    }

    @Test("what is ambiguous or out of bounds is refused with what was found")
    func malformed() throws {
        let request = try ListRequest(filter: Sample.filter, limit: 5).encoded()
        let limitTwice = request + [0x10, 0x05]
        let error = #expect(throws: ExchangeError.self) { try ListRequest(decoding: limitTwice) }
        #expect(error?.code == .badRequest)
        #expect(error?.findings.map(\.rule) == [.duplicateField])

        let submission = SubmitRequest(attestation: Sample.attestation, records: [[1]])
        let twice = try submission.encoded() + [0x0A, 0x00]
        let refused = #expect(throws: ExchangeError.self) { try SubmitRequest(decoding: twice) }
        #expect(refused?.code == .invalidSubmission)
        #expect(refused?.findings.isEmpty == false)
    }

    @Test("a submission of more records than a batch may have is refused")
    func tooManyRecords() throws {
        let request = SubmitRequest(
            attestation: Sample.attestation,
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
            attestation: Sample.attestation,
            records: [[UInt8]](
                repeating: [UInt8](repeating: 1, count: 400), count: Batch.maximumRecords))
        #expect(try SubmitRequest(decoding: request.encoded()) == request)
    }
}
