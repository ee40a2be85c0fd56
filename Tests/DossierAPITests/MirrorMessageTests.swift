import DossierAPI
import DossierCore
import DossierCrypto
import Testing

@Suite("Messages of mirrors")
struct MirrorMessageTests {
    private static let batch = FollowedBatch(
        attestedBatch: [1, 0, 2], signature: [3, 0], certificateNumbers: [1, 0, .max],
        knownHashes: Sample.hashes, added: [0b101])

    private static let runs = [
        LeafRun(
            batch: Self.batch, records: [[1, 0], [], [2]], withheldHashes: [Sample.hashes[1]]),
        LeafRun(batch: nil, records: [], withheldHashes: Sample.hashes),
        LeafRun(
            batch: FollowedBatch(attestedBatch: [4], signature: [5], certificateNumbers: [0]),
            records: [[6]], withheldHashes: []),
    ]

    @Test("what to follow")
    func followRequest() throws {
        for request in [
            FollowRequest(logOrigin: "msmt.example/dossier/us/1", position: .max, once: true),
            FollowRequest(logOrigin: "o", position: 1),
        ] {
            try expectRoundTrip(request, request.encoded(), FollowRequest.init(decoding:))
        }
        #expect(throws: ExchangeError(code: .badRequest, message: "")) {
            let request = FollowRequest(logOrigin: "", position: 1)
            return try FollowRequest(decoding: request.encoded())
        }
    }

    @Test("leaves with their batches, and leaves that are withheld")
    func followResponse() throws {
        let response = FollowResponse(
            firstIndex: 1 << 40, runs: Self.runs, checkpoint: Sample.checkpoint,
            certificates: [[4, 0], [5]], releaseEpoch: [0, 1, 2, 3, 4, 5, 6, 7])
        try expectRoundTrip(response, response.encoded(), FollowResponse.init(decoding:))
        #expect(Self.runs.map(\.count) == [3, 2, 1])
        #expect(response.endIndex == (1 << 40) + 6)
    }

    @Test("a message without leaves, as one that waits sends it")
    func heartbeat() throws {
        let response = FollowResponse(
            firstIndex: 7, runs: [],
            checkpoint: ProvenCheckpoint(checkpoint: [1], consistencyProof: []), certificates: [],
            releaseEpoch: [])
        #expect(try FollowResponse(decoding: response.encoded()) == response)
        #expect(response.endIndex == 7)
    }

    @Test("an end past every number is no trap")
    func endIndex() throws {
        let response = FollowResponse(
            firstIndex: .max, runs: Self.runs, checkpoint: Sample.checkpoint, certificates: [],
            releaseEpoch: [])
        #expect(try FollowResponse(decoding: response.encoded()).endIndex == 5)
    }

    @Test("what a message of leaves must have, or may not have too much of, is looked for")
    func followRefusals() throws {
        let good = FollowResponse(
            firstIndex: 0, runs: Self.runs, checkpoint: Sample.checkpoint, certificates: [],
            releaseEpoch: [])
        let changes: [(inout FollowResponse) -> Void] = [
            { $0.checkpoint.checkpoint = [] },
            { $0.releaseEpoch = [UInt8](repeating: 1, count: 9) },
            { $0.runs[0].batch?.attestedBatch = [] },
            { $0.runs[0].batch?.signature = [] },
            { $0.runs[0].batch?.certificateNumbers = [] },
            { $0.runs[0].batch?.certificateNumbers = [UInt32](repeating: 0, count: 9) },
            { $0.runs[0].records = [[UInt8](repeating: 1, count: RecordCheck.maximumBytes + 1)] },
            { $0.runs[0].records = [[UInt8]](repeating: [1], count: Batch.maximumRecords + 1) },
        ]
        #expect(try FollowResponse(decoding: good.encoded()) == good)
        for (index, change) in changes.enumerated() {
            var message = good
            change(&message)
            let bytes = try message.encoded()
            let error = #expect(throws: ExchangeError.self, "change \(index)") {
                try FollowResponse(decoding: bytes)
            }
            #expect(error?.code == .badRequest)
        }
    }

    @Test("hashes that are cut short are refused")
    func cutHashes() throws {
        let bytes = try FollowResponse(
            firstIndex: 0, runs: [Self.runs[1]], checkpoint: Sample.checkpoint, certificates: [],
            releaseEpoch: []
        ).encoded()
        // The first run is field 2, with field 3 in it, whose length goes down with the run's.
        let start = try #require(bytes.firstIndex(of: 0x12))
        #expect(bytes[start + 1...start + 3] == [66, 0x1A, 64])
        var cut = bytes
        cut[start + 1] = 65
        cut[start + 3] = 63
        cut.remove(at: start + 4)
        let error = #expect(throws: ExchangeError.self) { try FollowResponse(decoding: cut) }
        #expect(error?.code == .badRequest)
        #expect(error?.message.contains("withheld_hashes") == true)
    }

    private static func message(of runs: [LeafRun]) -> FollowResponse {
        FollowResponse(
            firstIndex: 0, runs: runs, checkpoint: Sample.checkpoint, certificates: [],
            releaseEpoch: [])
    }

    /// Leaves as bulky, and as small, as they can be.
    private static let full: [FollowResponse] = {
        let hash = Sample.hashes[0]
        var large = Self.batch
        large.knownHashes = [Digest](repeating: hash, count: Batch.maximumRecords)
        let small = FollowedBatch(
            attestedBatch: [UInt8](repeating: 1, count: 120),
            signature: [UInt8](repeating: 1, count: 64), certificateNumbers: [0, 1, 2])
        let record = [UInt8](repeating: 1, count: 415)
        return [
            Self.message(of: [
                LeafRun(
                    batch: large,
                    records: [[UInt8]](repeating: record, count: Batch.maximumRecords),
                    withheldHashes: []),
                LeafRun(
                    batch: nil, records: [],
                    withheldHashes: [Digest](repeating: hash, count: 22_000)),
            ]),
            Self.message(
                of: [LeafRun](
                    repeating: LeafRun(
                        batch: small, records: [[UInt8](repeating: 1, count: 60)],
                        withheldHashes: []), count: 20_000)),
            Self.message(
                of: [LeafRun](
                    repeating: LeafRun(batch: nil, records: [], withheldHashes: [hash]),
                    count: 65_536)),
        ]
    }()

    @Test("the largest messages fit into the memory for one", arguments: Self.full.indices)
    func largest(index: Int) throws {
        let message = Self.full[index]
        let bytes = try message.encoded()
        #expect(bytes.count <= FollowResponse.maximumBytes)
        #expect(index == 2 || bytes.count > FollowResponse.maximumBytes - 262_144)
        let isSame = try FollowResponse(decoding: bytes) == message
        #expect(isSame)
    }

    @Test("a message past the largest is refused")
    func tooLarge() throws {
        let record = [UInt8](repeating: 1, count: RecordCheck.maximumBytes)
        let message = FollowResponse(
            firstIndex: 0,
            runs: [
                LeafRun(
                    batch: Self.batch, records: [[UInt8]](repeating: record, count: 20),
                    withheldHashes: [])
            ], checkpoint: Sample.checkpoint, certificates: [], releaseEpoch: [])
        let error = #expect(throws: ExchangeError.self) {
            try FollowResponse(decoding: message.encoded())
        }
        #expect(error?.findings.map(\.rule) == [.size])
    }

    // MARK: Fetch

    @Test("ranges of leaves")
    func fetchRequest() throws {
        for ranges in [
            [0..<1], [3..<4, 4..<9, 100..<101], [0..<UInt64.max], [UInt64.max - 1..<UInt64.max],
            (0..<1_000).map { 2 * $0..<2 * $0 + 1 },
        ] as [[Range<UInt64>]] {
            let request = FetchRequest(logOrigin: "msmt.example/dossier/us/1", ranges: ranges)
            #expect(try FetchRequest(decoding: request.encoded()) == request)
        }
        let request = FetchRequest(logOrigin: "o", ranges: [3..<4, 4..<1 << 40])
        try expectRoundTrip(request, request.encoded(), FetchRequest.init(decoding:))
    }

    @Test("ranges that do not ascend, are empty, or are none or too many, are refused")
    func fetchRefusals() {
        for ranges in [
            [], [4..<9, 3..<4], [3..<5, 4..<9], [3..<4, 3..<4], [5..<5], [0..<0], [3..<4, 4..<4],
            (0...1_000).map { 2 * $0..<2 * $0 + 1 },
        ] as [[Range<UInt64>]] {
            let error = #expect(throws: ExchangeError.self, "\(ranges)") {
                let request = FetchRequest(logOrigin: "o", ranges: ranges)
                return try FetchRequest(decoding: request.encoded())
            }
            #expect(error?.code == .badRequest)
        }
    }

    @Test("a range that ends past every number is refused")
    func fetchOverflow() throws {
        let maximum = [UInt8](repeating: 0xFF, count: 9) + [1]
        let origin: [UInt8] = [0x0A, 1, 0x6F]
        func request(first: [UInt8], count: [UInt8]) -> [UInt8] {
            let range = [0x08] + first + [0x10] + count
            return origin + [0x12, UInt8(range.count)] + range
        }
        #expect(
            try FetchRequest(decoding: request(first: [1], count: [2])).ranges == [1..<3])
        for (first, count) in [([1], maximum), (maximum, [1]), (maximum, maximum)] {
            let error = #expect(throws: ExchangeError.self) {
                try FetchRequest(decoding: request(first: first, count: count))
            }
            #expect(error?.code == .badRequest)
        }
    }

    @Test("records that were released since")
    func fetchResponse() throws {
        let response = FetchResponse(
            attestations: [Sample.attestation, Sample.attestation],
            records: [Sample.logged, Sample.logged], answeredBelow: .max)
        try expectRoundTrip(response, response.encoded(), FetchResponse.init(decoding:))
        let nothing = FetchResponse(attestations: [], records: [], answeredBelow: 0)
        #expect(try FetchResponse(decoding: nothing.encoded()) == nothing)
    }

    @Test("each standing survives, and one that is not known is none")
    func standing() throws {
        for standing in Standing.allCases {
            var record = Sample.logged
            record.standing = standing
            let response = FetchResponse(attestations: [], records: [record], answeredBelow: 1)
            #expect(try FetchResponse(decoding: response.encoded()) == response)
        }
        let negative = [UInt8](repeating: 0xFF, count: 9) + [1]
        for number in [[5], [99], negative] as [[UInt8]] {
            let record = [0x1A, 0, 0x30] + number
            let response = try FetchResponse(decoding: [0x12, UInt8(record.count)] + record)
            #expect(response.records.map(\.standing) == [.unspecified])
        }
    }
}
