import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierServer
import DossierTestSupport
import GRPCWire
import Logging
import MerkleLog
import Testing

@Suite("The log's key and what a node answers under it")
struct LogKeyTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    @Test("a node whose key is not the one that the members file names is not made, and says which")
    func anotherKey() throws {
        let consortium = try Consortium()
        var configuration = try consortium.configuration("/nowhere")
        _ = try Node(configuration, logger: Self.quiet)
        for algorithm in KeyAlgorithm.allCases {
            configuration.logKey = try PrivateKey.generate(algorithm)
            let error = #expect(throws: NodeError.self) {
                _ = try Node(configuration, logger: Self.quiet)
            }
            #expect(error?.code == .unusableLogKey)
            // What the members file should say, unless the key can sign no checkpoints at all.
            let named = algorithm == .ecdsaP384 ? "ecdsa-p384" : "\(TestNode.logOrigin)+"
            #expect(error?.message.contains(named) == true, "\(error?.message ?? "")")
        }
    }

    @Test("a node does not sign checkpoints with the key of its certificate")
    func certificateKey() throws {
        let consortium = try Consortium()
        var configuration = try consortium.configuration("/nowhere")
        let key = configuration.identity.credentials.key
        let new = try NoteSigner(name: TestNode.logOrigin, privateKey: key).verifierKey
        let old = try TestLogKey.signer(of: TestNode.logOrigin).verifierKey
        configuration.members = try Members(
            json: Array(consortium.file.replacing("\(old)", with: "\(new)").utf8))
        configuration.logKey = key
        let error = #expect(throws: NodeError.self) {
            _ = try Node(configuration, logger: Self.quiet)
        }
        #expect(error?.code == .unusableLogKey)
        #expect(error?.message.contains("certificate") == true, "\(error?.message ?? "")")
    }

    @Test("a batch that the log's key signed is refused, whatever its certificate says")
    func attestationKey() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let pki = node.consortium.pki
                let certificate = try pki.authority(of: "kr").issue(
                    pki.profile("kr", .person, "analyst"), for: TestLogKey.privateKey.publicKey)
                let record = try TestRecord("A-0").encoded
                var batch = try kr.attested([record])
                batch.keyID = TestLogKey.privateKey.publicKey.keyID
                let request = SubmitRequest(
                    attestation: try Attestation(
                        signing: batch, with: TestLogKey.privateKey, certificates: [certificate]),
                    records: [record])
                let status = try await kr.refusal(of: request)
                #expect(status.code == .invalidArgument)
                #expect(status.rules == [.attestation])
                #expect(try await kr.logSize() == 0)
            }
        }
    }

    @Test("a sender that knows more of the log than there is changes nothing by sending")
    func knownSize() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                try await kr.submit([TestRecord("A-0")])
                for knownSize in [2, 1 << 62, .max] as [UInt64] {
                    var request = try kr.signed([try TestRecord("A-1").encoded])
                    request.knownSize = knownSize
                    #expect(try await kr.refusal(of: request).code == .outOfRange)
                    let stream = try await kr.grpc.bidirectional(Exchange.submitStream) {
                        [request] requests, responses in
                        try await requests.write(SubmitStreamRequest(submission: request).encoded())
                        requests.finish()
                        return try await responses.reduce(into: []) { $0.append($1) }
                    }
                    guard
                        case .refused(let refusal) = try SubmitStreamResponse(
                            decoding: try #require(stream.first))
                    else {
                        Issue.record("logged")
                        continue
                    }
                    #expect(refusal.code == UInt32(StatusCode.outOfRange.rawValue))
                    for (method, message) in [
                        (
                            Exchange.get,
                            try GetRequest(
                                .finding(originator: "kr", reference: "A-0", version: 0),
                                knownSize: knownSize
                            ).encoded()
                        ),
                        (
                            LogMethods.getCheckpoint,
                            try GetCheckpointRequest(knownSize: knownSize).encoded()
                        ),
                    ] {
                        #expect(try await kr.refusal(of: method, message).code == .outOfRange)
                    }
                    let list = try ListRequest(filter: Filter(), knownSize: knownSize).encoded()
                    let status = await #expect(throws: GRPCStatus.self) {
                        for try await _ in try await kr.grpc.serverStreaming(Exchange.list, list) {}
                    }
                    #expect(status?.code == .outOfRange)
                }
                #expect(try await kr.logSize() == 1)
                #expect(try await kr.references() == ["A-0"])
            }
        }
    }

    /// A record of some 200 kB: ten of them fill a page, and 90 more than a node sends ahead.
    private static func largeRecord(_ reference: String) -> TestRecord {
        var record = TestRecord(reference)
        // A field that nobody knows.
        record.recordExtra = [0xFA, 0x3E] + TestRecord.varint(200_000)
        record.recordExtra += [UInt8](repeating: 0, count: 200_000)
        return record
    }

    @Test("all pages of a list have the checkpoint of its beginning, however the log grows")
    func samePages() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                for batch in 0..<5 {
                    try await kr.submit((0..<18).map { Self.largeRecord("A-\(batch)-\($0)") })
                }
                let known = try await kr.client.checkpoint()
                try await kr.submit([TestRecord("B")])
                let request = try ListRequest(filter: Filter(), knownSize: known.head.size)
                    .encoded()
                var pages: [ListResponse] = []
                for try await page in try await kr.grpc.serverStreaming(Exchange.list, request) {
                    pages.append(try ListResponse(decoding: page))
                    try await kr.submit([TestRecord("C-\(pages.count)")])
                }
                #expect(pages.count > 8)
                #expect(Set(pages.map(\.checkpoint)).count == 1)
                #expect(pages.map(\.records.count).reduce(0, +) == 91)
                let proven = try #require(pages.first?.checkpoint)
                let head = try FalseCheckpoint.head(of: proven)
                #expect(head.size == 91)
                try Tree.verifyConsistency(
                    from: known.head, to: head, proof: proven.consistencyProof)
            }
        }
    }
}
