import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import GRPCWire
import Testing

@Suite("Refused submissions")
struct RefusalTests {
    /// A submission that must be refused, and how.
    private struct Case: Sendable {
        var name: String
        var code: StatusCode
        var rules: [Finding.Rule] = []
        var person = "analyst"
        var organisation = "kr"
        var make: @Sendable (TestPeer) throws -> SubmitRequest
    }

    private static let good = [TestRecord("GOOD-1", to: ["us"]), TestRecord("GOOD-2", to: ["us"])]

    private static func goodBytes() throws -> [[UInt8]] { try self.good.map { try $0.encoded } }

    /// A case in which something of the attested batch is changed before it is signed.
    private static func attested(
        _ name: String, _ code: StatusCode = .invalidArgument,
        rules: [Finding.Rule] = [.attestation],
        _ change: @escaping @Sendable (inout AttestedBatch, TestPeer) throws -> Void
    ) -> Case {
        Case(name: name, code: code, rules: rules) { peer in
            try peer.signed(self.goodBytes()) { try change(&$0, peer) }
        }
    }

    /// A case in which the signed batch is changed afterwards.
    private static func tampered(
        _ name: String, rules: [Finding.Rule] = [.attestation],
        _ change: @escaping @Sendable (inout SubmitRequest) throws -> Void
    ) -> Case {
        Case(name: name, code: .invalidArgument, rules: rules) { peer in
            var request = try peer.signed(self.goodBytes())
            try change(&request)
            return request
        }
    }

    /// A case of well-signed records.
    private static func records(
        _ name: String, _ rules: [Finding.Rule], code: StatusCode = .invalidArgument,
        _ records: @escaping @Sendable () throws -> [[UInt8]]
    ) -> Case {
        Case(name: name, code: code, rules: rules) { try $0.signed(records()) }
    }

    private static let attestations: [Case] = [
        tampered("signature") { $0.attestation.signature[8] ^= 1 },
        tampered("no signature", rules: [.required]) { $0.attestation.signature = [] },
        tampered("attested batch changed") { $0.attestation.attestedBatch[20] ^= 1 },
        tampered("no certificate", rules: [.required]) { $0.attestation.certificates = [] },
        tampered("a record changed") { $0.records[1] = try TestRecord("OTHER").encoded },
        tampered("records in another order") { $0.records.reverse() },
        tampered("a record less") { $0.records.removeLast() },
        tampered("a record more") { $0.records.append(try TestRecord("OTHER").encoded) },
        tampered("no records", rules: [.required]) { $0.records = [] },
        attested("wrong root") { batch, _ in batch.batchRoot = SHA256.digest(of: [1]) },
        attested("wrong size") { batch, _ in batch.size = 3 },
        attested("another log") { batch, _ in batch.logOrigin = "msmt.example/dossier/kr/2" },
        attested("another's key id") { batch, _ in batch.keyID = SHA256.digest(of: [1]) },
        attested("foreign originator") { batch, _ in batch.originator = "us" },
        attested("signed too long ago") { batch, peer in
            batch.signedAt = try #require(Moment(unixSeconds: peer.now() - 24 * 3_600 - 10))
        },
        attested("signed before the certificate began") { batch, peer in
            batch.signedAt = try #require(Moment(unixSeconds: peer.now() - 3_600))
        },
        attested("signed in the future") { batch, peer in
            batch.signedAt = try #require(Moment(unixSeconds: peer.now() + 5 * 60 + 10))
        },
    ]

    private static let people: [Case] = [
        Case(name: "a reader submits", code: .permissionDenied, person: "reader") {
            try $0.signed(Self.goodBytes())
        },
        Case(name: "someone without a grant submits", code: .permissionDenied, person: "stranger") {
            try $0.signed(Self.goodBytes())
        },
        Case(name: "an administrator submits", code: .permissionDenied, person: "nobody") {
            try $0.signed(Self.goodBytes())
        },
        Case(
            name: "another organisation submits its own", code: .permissionDenied,
            organisation: "us"
        ) { try $0.signed([TestRecord("R-1", originator: "us").encoded]) },
        Case(
            name: "another organisation submits for kr", code: .permissionDenied, organisation: "us"
        ) { try $0.signed(Self.goodBytes()) },
    ]

    private static let contents: [Case] = [
        records("foreign originator in a record", [.originator]) {
            try [TestRecord("R-1").encoded, TestRecord("R-2", originator: "us").encoded]
        },
        records("second releasability", [.batchReleasability]) {
            try [TestRecord("R-1", to: ["us"]).encoded, TestRecord("R-2", to: ["jp"]).encoded]
        },
        records("a record twice", [.duplicateRecord]) {
            try [TestRecord("R-1").encoded, TestRecord("R-2").encoded, TestRecord("R-1").encoded]
        },
        records("a reference twice", [.duplicateRecord]) {
            try [TestRecord("R-1").encoded, TestRecord("R-1", title: "Other").encoded]
        },
        records("unknown kind", [.unknownKind]) {
            var record = TestRecord("R-1")
            record.record.header.kind = Kind(rawValue: 2)
            return [try record.encoded]
        },
        records("no record at all", [.truncated]) { [[0x0A]] },
        records("a kind that is not the content's", [.kindMismatch]) {
            var record = TestRecord("R-1")
            record.record.header.kind = .wallet
            return [try record.encoded]
        },
        records("a field twice", [.duplicateField]) {
            [try TestRecord("R-1").encoded + [0x12, 0x00]]
        },
        records("amend of nothing", [], code: .failedPrecondition) {
            try [Self.operation(.amend).encoded]
        },
        records("restrict of nothing", [], code: .failedPrecondition) {
            try [Self.operation(.restrict).encoded]
        },
        records("withdraw of nothing", [], code: .failedPrecondition) {
            try [Self.operation(.withdraw).encoded]
        },
        records("withdraw with content", [.operationContent]) {
            var record = Self.operation(.withdraw)
            record.record.content = TestRecord("R-1").record.content
            return [try record.encoded]
        },
        records("annotate as second version", [.operationVersion]) {
            var record = Self.operation(.annotate)
            record.record.header.version = 2
            return [try record.encoded]
        },
        records("largest record and a byte", [.tooLong]) {
            [try Self.sized(Record.maximumEncodedBytes + 1)]
        },
    ]

    private static func operation(_ operation: Operation) -> TestRecord {
        let isOriginators = [.amend, .restrict, .withdraw].contains(operation)
        var record = TestRecord("R-1", version: isOriginators ? 2 : 1)
        record.record.header.operation = operation
        if operation.isNotice { record.record.content = nil }
        record.record.header.targetRecordID = [UInt8](repeating: 7, count: 32)
        return record
    }

    /// A record of exactly so many bytes, most of them in a field that nobody knows.
    private static func sized(_ bytes: Int) throws -> [UInt8] {
        var record = TestRecord("R-1")
        let plain = try record.encoded.count
        let overhead = 5
        let length = bytes - plain - overhead
        record.recordExtra =
            [0xFA, 0x3E] + TestRecord.varint(length) + [UInt8](repeating: 0, count: length)
        return try record.encoded
    }

    @Test("each is refused with its status and rule, changes nothing, and the connection goes on")
    func refusals() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                try await kr.submit([TestRecord("BEFORE")])
                for refused in Self.attestations + Self.people + Self.contents {
                    try await node.connected(as: refused.organisation, refused.person) { peer in
                        // The second time on the same connection, after what it sent.
                        for _ in 0..<2 {
                            let status = try await peer.refusal(of: refused.make(peer))
                            #expect(status.code == refused.code, "\(refused.name): \(status)")
                            #expect(status.rules == refused.rules, "\(refused.name)")
                            #expect(!status.message.isEmpty)
                        }
                    }
                    #expect(try await kr.logSize() == 1, "\(refused.name)")
                }
                #expect(try await kr.submit(Self.good).appended == 2)
                #expect(try await kr.references() == ["BEFORE", "GOOD-1", "GOOD-2"])
            }
        }
    }

    @Test("a malformed record comes back with all that is wrong with it, with place and hint")
    func allFindings() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                var record = TestRecord("bad reference!", to: ["us", "us"])
                record.record.header.known = "yesterday"
                record.record.header.salt = [1]
                record.record.header.marking?.tlp = .unspecified
                record.record.report.titles = []
                let request = try kr.signed([
                    TestRecord("GOOD", to: ["us", "us"]).encoded, record.encoded,
                ])

                let status = try await kr.refusal(of: request)

                let findings = ExchangeError(status).findings.filter {
                    $0.field.hasPrefix("records[1]")
                }
                #expect(status.code == .invalidArgument)
                #expect(
                    Set(findings.map(\.field)) == [
                        "records[1].header.reference", "records[1].header.known",
                        "records[1].header.salt", "records[1].header.marking.tlp",
                        "records[1].header.marking.releasability[1]",
                        "records[1].report.titles",
                    ], "\(findings.map(\.field))")
                #expect(findings.allSatisfy { !$0.hint.isEmpty })
                #expect(try await kr.logSize() == 0)
            }
        }
    }

    @Test("ten thousand bad records come back as findings that fit into the trailers")
    func manyFindings() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let records = try (1...2_000).map { number in
                    var record = TestRecord("R-\(number)")
                    record.record.header.salt = []
                    return try record.encoded
                }

                let status = try await kr.refusal(of: kr.signed(records))

                #expect(status.code == .invalidArgument)
                #expect(status.message.contains("1000 findings"))
                #expect(ExchangeError(status).findings.count > 10)
                #expect(try await kr.submit(Self.good).appended == 2)
            }
        }
    }

    @Test(
        "more than 10,000 records are refused, and more than 4 MiB, without ending the connection")
    func tooLarge() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let records = try (0...Batch.maximumRecords).map {
                    try TestRecord("R-\($0)").encoded
                }
                let tooMany = try await kr.refusal(of: kr.signed(records) { $0.size = 10_000 })
                #expect(tooMany.code == .invalidArgument)
                #expect(tooMany.rules == [.tooLong])

                let large = try (0..<17).map { _ in try Self.sized(Record.maximumEncodedBytes) }
                let tooLong = try await kr.refusal(of: kr.signed(large))
                #expect(tooLong.code == .resourceExhausted)
                #expect(try await kr.logSize() == 0)
                #expect(try await kr.submit(Self.good).appended == 2)
            }
        }
    }

    @Test("bytes that are no submission are refused, and the connection goes on")
    func malformedRequests() async throws {
        try await Consortium().withNode { node in
            try await node.connected { kr in
                let good = try kr.signed(Self.goodBytes()).encoded()
                let requests: [[UInt8]] = [
                    [], [0x0A], [0xFF, 0xFF, 0xFF], Array(good.dropLast()), good + [0x0A, 0x00],
                    [0x0B, 0x0C], good + [0x80],
                ]
                for request in requests {
                    let status = try await kr.refusal(of: Exchange.submit, request)
                    #expect(status.code == .invalidArgument)
                    #expect(!status.rules.isEmpty)
                }
                #expect(try await kr.submit(Self.good).appended == 2)
            }
        }
    }

    @Test("a signature may be old as long as the skew allows, and the boundary is exact")
    func skew() async throws {
        let consortium = try Consortium()
        try await consortium.withNode { node in
            try await node.connected { kr in
                for (offset, isTaken) in [(299, true), (310, false)] as [(Int64, Bool)] {
                    let record = try TestRecord("R-\(offset)").encoded
                    let request = try kr.signed([record]) {
                        $0.signedAt = try #require(Moment(unixSeconds: kr.now() + offset))
                    }
                    if isTaken {
                        #expect(try await kr.client.submit(request).appended == 1)
                    } else {
                        #expect(try await kr.refusal(of: request).code == .invalidArgument)
                    }
                }
                let request = try kr.signed([TestRecord("OLD-1").encoded])
                consortium.clock.advance(by: 24 * 3_600 - 60)
                #expect(try await kr.client.submit(request).appended == 1)
                let other = try kr.signed([TestRecord("OLD-2").encoded])
                consortium.clock.advance(by: 24 * 3_600 + 60)
                #expect(try await kr.refusal(of: other).code == .invalidArgument)
            }
        }
    }
}
