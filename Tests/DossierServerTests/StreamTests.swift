import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import GRPCWire
import Testing

@Suite("Streams of submissions")
struct StreamTests {
    private static func plan(_ records: [TestRecord]) throws -> [SubmissionPlan.PlannedBatch] {
        SubmissionPlan(
            try records.map { record in
                let bytes = try record.encoded
                return (bytes, RecordCheck.check(bytes).facts)
            }
        ).batches
    }

    @Test("batches are answered in their order, and a refused one does not stop those after it")
    func refusedInTheMiddle() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                try await kr.submit([TestRecord("R-2")])
                // One releasability each, so that each is a batch of its own.
                let lists = [["us"], ["jp"], [], ["jp", "us"]]
                let records = lists.enumerated().map {
                    TestRecord("R-\($0.offset)", to: $0.element, title: "new")
                }
                var outcomes: [(reference: String, isLogged: Bool)] = []

                try await kr.client.submit(Self.plan(records)) { batch, result in
                    let reference = RecordCheck.check(batch.batch.records[0]).facts.reference
                    switch result {
                    case .success(let receipt):
                        #expect(receipt.appended == 1)
                        outcomes.append((reference, true))
                    case .failure(let error):
                        #expect(error.code == .conflict)
                        outcomes.append((reference, false))
                    }
                }

                #expect(outcomes.map(\.reference) == ["R-0", "R-1", "R-2", "R-3"])
                #expect(outcomes.map(\.isLogged) == [true, true, false, true])
                #expect(try await Set(kr.references()) == ["R-0", "R-1", "R-2", "R-3"])
            }
        }
    }

    @Test("a long stream of batches of every size is answered in order")
    func order() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let sizes = (0..<60).map { $0 % 7 == 0 ? 400 : 1 + $0 % 3 }
                let requests = try sizes.enumerated().map { batch, size in
                    try SubmitStreamRequest(
                        submission: kr.signed(
                            (0..<size).map { try TestRecord("R-\(batch)-\($0)").encoded }))
                }
                let answered = try await kr.grpc.bidirectional(Exchange.submitStream) {
                    writer, responses in
                    async let sent: Void = {
                        for request in requests { try await writer.write(request.encoded()) }
                        writer.finish()
                    }()
                    var answered: [Int] = []
                    for try await response in responses {
                        guard
                            case .logged(let receipt) = try SubmitStreamResponse(decoding: response)
                        else {
                            Issue.record("batch \(answered.count) was refused")
                            continue
                        }
                        answered.append(receipt.batchSize)
                    }
                    try await sent
                    return answered
                }
                #expect(answered == sizes)
                #expect(try await kr.logSize() == UInt64(sizes.reduce(0, +)))
            }
        }
    }

    @Test("what Submit refuses, the stream refuses with the same status and more findings")
    func refusals() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let records = try (1...600).map { number in
                    var record = TestRecord("R-\(number)")
                    record.record.header.salt = []
                    return try record.encoded
                }
                let request = try kr.signed(records)
                let status = try await kr.refusal(of: request)
                let messages = [
                    try SubmitStreamRequest(submission: request).encoded(), [], [0xFF],
                    try SubmitStreamRequest(submission: kr.signed([TestRecord("GOOD").encoded]))
                        .encoded(),
                ]

                let responses = try await kr.grpc.bidirectional(Exchange.submitStream) {
                    writer, responses in
                    for message in messages { try await writer.write(message) }
                    writer.finish()
                    var all: [SubmitStreamResponse] = []
                    for try await response in responses {
                        all.append(try SubmitStreamResponse(decoding: response))
                    }
                    return all
                }

                try #require(responses.count == 4)
                guard case .refused(let refusal) = responses[0],
                    case .refused(let empty) = responses[1],
                    case .refused(let garbage) = responses[2], case .logged = responses[3]
                else {
                    Issue.record("\(responses)")
                    return
                }
                #expect(Int(refusal.code) == status.code.rawValue)
                #expect(refusal.message == status.message)
                #expect(refusal.findings.count == 600)
                #expect(Int(empty.code) == StatusCode.invalidArgument.rawValue)
                #expect(Int(garbage.code) == StatusCode.invalidArgument.rawValue)
            }
        }
    }

    @Test("a stream that is given up leaves the connection usable, and only whole batches behind")
    func givenUp() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                struct GivenUp: Error {}
                await #expect(throws: GivenUp.self) {
                    try await kr.grpc.bidirectional(Exchange.submitStream) { writer, _ in
                        for batch in 0..<20 {
                            try await writer.write(
                                SubmitStreamRequest(
                                    submission: kr.signed(
                                        (0..<5).map { try TestRecord("R-\(batch)-\($0)").encoded })
                                )
                                .encoded())
                        }
                        throw GivenUp()
                    }
                }
                #expect(try await kr.submit([TestRecord("AFTER")]).appended == 1)
                let batches = Dictionary(grouping: try await kr.references()) {
                    $0.split(separator: "-")[..<min(2, $0.split(separator: "-").count)]
                        .joined(separator: "-")
                }
                #expect(batches.filter { $0.key != "AFTER" }.allSatisfy { $0.value.count == 5 })
            }
        }
    }

    @Test("a reader's stream is refused batch by batch, and nothing is logged")
    func reader() async throws {
        try await Consortium().withNode { node in
            try await node.connected(as: "kr", "reader") { reader in
                var codes: [ExchangeError.Code] = []
                try await reader.client.submit(
                    Self.plan([TestRecord("R-1"), TestRecord("R-2", to: ["us"])])
                ) { _, result in
                    if case .failure(let error) = result { codes.append(error.code) }
                }
                #expect(codes == [.notPermitted, .notPermitted])
                #expect(try await reader.logSize() == 0)
            }
        }
    }
}
