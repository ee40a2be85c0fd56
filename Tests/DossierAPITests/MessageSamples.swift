import DossierAPI
import DossierCore
import DossierCrypto
import Testing

/// Values with every field set, for messages that have them inside.
enum Sample {
    static let attestation = Attestation(
        attestedBatch: [1, 0, 2], signature: [3, 0], certificates: [[4, 0], [5]])

    static let receipt = Receipt(
        logOrigin: "msmt.example/dossier/kr/1", batchRoot: SHA256.digest(of: [1]), batchSize: 7,
        runs: [
            BatchRun(offset: 0, firstIndex: 1 << 40, count: 4),
            BatchRun(offset: 4, firstIndex: 2, count: 3),
        ], appended: 4, logSize: (1 << 40) + 4, checkpoint: checkpoint, ranges: [range, range])

    static let hashes = [SHA256.digest(of: [2]), SHA256.digest(of: [3])]

    static let checkpoint = ProvenCheckpoint(
        checkpoint: Array("note\n".utf8), consistencyProof: hashes)

    static let range = ProvenRange(firstIndex: 1 << 40, count: 4, proof: hashes)

    static let logged = LoggedRecord(
        record: [9, 0, 9], leafIndex: 1 << 33, positionInBatch: 3,
        batchPath: [UInt8](repeating: 6, count: 64), attestationIndex: 1,
        withheldReason: "nobody 외",
        standing: .notice)

    static let filter: Filter = {
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
        filter.allVersions = true
        return filter
    }()

    static let trees = [
        KnownTree(logOrigin: "msmt.example/dossier/us/1", size: 1 << 40),
        KnownTree(logOrigin: "msmt.example/dossier/jp/1", size: 0),
    ]
}

/// Encodes, decodes, and expects the same value; every shorter form ends in a value or an error.
func expectRoundTrip<Message: Hashable>(
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
