import DossierAPI
import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog

/// One thing that is wrong about the message with the last three of six leaves, and what its
/// follower must say to it.
struct FalseMessage: Sendable, CustomStringConvertible {
    let description: String
    let code: VerificationError.Code
    let change: @Sendable (inout FollowResponse, Bench) throws -> Void

    init(
        _ description: String, _ code: VerificationError.Code,
        _ change: @escaping @Sendable (inout FollowResponse, Bench) throws -> Void
    ) {
        self.description = description
        self.code = code
        self.change = change
    }

    /// Whether the checkpoint contradicts one that was seen, each signed by the log's key.
    var isContradiction: Bool {
        ["an older checkpoint", "another tree of the size that was seen"]
            .contains(self.description)
    }

    static let all = Self.checkpoints + Self.leaves + Self.forms + Self.attestations

    static let checkpoints: [Self] = [
        Self("a checkpoint of another key", .unknownKey) { message, bench in
            let forged = try World.shared.forged(bench.log.edge.head, of: "kr")
            message.checkpoint.checkpoint = forged.bytes
        },
        Self("a checkpoint of another log", .wrongOrigin) { message, bench in
            let other = try World.shared.checkpoint(bench.log.edge.head, of: "us")
            message.checkpoint.checkpoint = other.bytes
        },
        Self("a checkpoint changed after signing", .wrongSignature) { message, _ in
            var lines = String(decoding: message.checkpoint.checkpoint, as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
            lines[2] = Digest.stranger.base64
            message.checkpoint.checkpoint = Array(lines.joined(separator: "\n").utf8)
        },
        Self("a checkpoint in another form", .ambiguousForm) { message, _ in
            message.checkpoint.checkpoint.append(UInt8(ascii: "\n"))
        },
        Self("no checkpoint", .ambiguousForm) { message, _ in
            message.checkpoint.checkpoint = []
        },
        Self("an older checkpoint", .olderCheckpoint) { message, bench in
            let older = try World.shared.checkpoint(bench.log.head(5), of: "kr")
            message.checkpoint.checkpoint = older.bytes
        },
        Self("another tree of the size that was seen", .splitView) { message, _ in
            let head = TreeHead(size: 6, root: .stranger)
            message.checkpoint.checkpoint = try World.shared.checkpoint(head, of: "kr").bytes
        },
        Self("a larger tree that is not proven", .wrongProof) { message, _ in
            let head = TreeHead(size: 7, root: .stranger)
            message.checkpoint.checkpoint = try World.shared.checkpoint(head, of: "kr").bytes
        },
        Self("a larger tree that does not go on", .splitView) { message, _ in
            let head = TreeHead(size: 7, root: .stranger)
            let length = Tree.consistencyProofLength(from: 6, to: 7)
            message.checkpoint = ProvenCheckpoint(
                checkpoint: try World.shared.checkpoint(head, of: "kr").bytes,
                consistencyProof: [Digest](repeating: .stranger, count: length))
        },
        Self("a proof where none is needed", .wrongProof) { message, _ in
            message.checkpoint.consistencyProof = [.stranger]
        },
    ]

    static let leaves: [Self] = [
        Self("leaves from a later index on", .wrongIndex) { message, _ in message.firstIndex = 4 },
        Self("leaves from an earlier index on", .wrongIndex) { message, _ in
            message.firstIndex = 0
        },
        Self("more leaves than the checkpoint has", .wrongIndex) { message, _ in
            message.runs.append(LeafRun(batch: nil, records: [], withheldHashes: [.stranger]))
        },
        Self("a record that was changed", .wrongLeaf) { message, _ in
            let record = message.runs[0].records[0]
            message.runs[0].records[0] = record.flipping(bit: 8 * record.count - 8)
        },
        Self("the records of a batch in another order", .wrongLeaf) { message, _ in
            message.runs[1].records.swapAt(0, 1)
        },
        Self("the records of another batch", .wrongLeaf) { message, bench in
            message.runs[0].records = [bench.log.leaves[0].record]
        },
        Self("a record less, and a smaller batch", .wrongLeaf) { message, _ in
            message.runs[1].records.removeLast()
        },
        Self("batches in another order", .splitView) { message, _ in message.runs.swapAt(0, 1) },
        Self("a batch left out", .wrongProof) { message, _ in message.runs.removeFirst() },
        Self("a batch twice, and more leaves than the checkpoint has", .wrongIndex) { message, _ in
            message.runs.insert(message.runs[0], at: 0)
        },
        Self("another hash for leaves that are withheld", .splitView) { message, _ in
            message.runs[0] = LeafRun(batch: nil, records: [], withheldHashes: [.stranger])
        },
        Self("another hash for a record that is withheld", .wrongLeaf) { message, _ in
            message.runs[1].records[0] = []
            message.runs[1].withheldHashes = [.stranger]
        },
        Self("hashes of withheld records in another order", .wrongLeaf) { message, bench in
            message.runs[1].records = [[], []]
            message.runs[1].withheldHashes = [bench.log.hashes[5], bench.log.hashes[4]]
        },
    ]

    static let forms: [Self] = [
        Self("a withheld record without its hash", .ambiguousForm) { message, _ in
            message.runs[1].records[0] = []
        },
        Self("a hash of no withheld record", .ambiguousForm) { message, _ in
            message.runs[1].withheldHashes = [.stranger]
        },
        Self("records without their batch", .ambiguousForm) { message, _ in
            message.runs[0].batch = nil
        },
        Self("a run without leaves", .ambiguousForm) { message, _ in
            message.runs.append(LeafRun(batch: nil, records: [], withheldHashes: []))
        },
        Self("a batch without records", .ambiguousForm) { message, _ in
            message.runs[0].records = []
        },
        Self("hashes of known records, and no bits", .ambiguousForm) { message, _ in
            message.runs[0].batch?.knownHashes = [.stranger]
        },
        Self("bits for more records than there are", .ambiguousForm) { message, _ in
            message.runs[0].batch?.added = [1, 0]
        },
        Self("bits for fewer records than came", .ambiguousForm) { message, _ in
            message.runs[1].batch?.added = [1]
        },
        Self("bits that say all were known", .ambiguousForm) { message, _ in
            message.runs[0].batch?.added = [0]
        },
        Self("a known record that the batch does not have", .wrongLeaf) { message, _ in
            message.runs[0].batch?.knownHashes = [.stranger]
            message.runs[0].batch?.added = [0b10]
        },
        Self("more records than a batch may have", .ambiguousForm) { message, _ in
            message.runs[0].batch?.knownHashes = [Digest](repeating: .stranger, count: 10_000)
            message.runs[0].batch?.added = [1] + [UInt8](repeating: 0, count: 1_250)
        },
    ]

    static let attestations: [Self] = [
        Self("a signature that was changed", .wrongSignature) { message, bench in
            let wrong = try World.shared.attest(bench.log.batches[2].hashes, by: "kr")
            message.runs[0].batch?.signature = wrong.signature
        },
        Self("a certificate that was never sent", .ambiguousForm) { message, _ in
            message.runs[0].batch?.certificateNumbers = [1]
        },
        Self("no certificate", .ambiguousForm) { message, _ in
            message.runs[0].batch?.certificateNumbers = []
        },
        Self("a certificate of another key", .unknownKey) { message, _ in
            message.certificates = try World.shared.attest([.stranger], by: "us").certificates
            message.runs[0].batch?.certificateNumbers = [1]
        },
        Self("more certificates than a stream may have", .ambiguousForm) { message, _ in
            message.certificates = [[UInt8]](repeating: [1], count: 8_192)
        },
        Self("a batch of another organisation", .wrongSigner) { message, bench in
            let hashes = bench.log.batches[1].hashes
            Self.sign(&message, try World.shared.attest(hashes, by: "us"))
        },
        Self("a batch in the name of another organisation", .wrongSigner) { message, bench in
            let hashes = bench.log.batches[1].hashes
            Self.sign(
                &message, try World.shared.attest(hashes, by: "kr") { $0.originator = "us" })
        },
        Self("a batch for another log", .wrongOrigin) { message, bench in
            let hashes = bench.log.batches[1].hashes
            let origin = TestMembers.logOrigin("us")
            Self.sign(
                &message, try World.shared.attest(hashes, by: "kr") { $0.logOrigin = origin })
        },
        Self("a batch of another size", .wrongLeaf) { message, bench in
            let hashes = bench.log.batches[1].hashes
            Self.sign(&message, try World.shared.attest(hashes, by: "kr") { $0.size = 2 })
        },
        Self("a batch signed without the role of a submitter", .wrongSigner) { message, bench in
            let node = try World.shared.pki.node("kr")
            let hashes = bench.log.batches[1].hashes
            Self.sign(&message, try World.shared.attest(hashes, by: "kr", signer: node))
        },
    ]

    /// Puts another attestation in the place of the first run's.
    private static func sign(_ message: inout FollowResponse, _ attestation: Attestation) {
        message.certificates = attestation.certificates
        message.runs[0].batch = FollowedBatch(
            attestedBatch: attestation.attestedBatch, signature: attestation.signature,
            certificateNumbers: [1])
    }
}
