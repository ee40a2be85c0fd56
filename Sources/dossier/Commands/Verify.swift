import ArgumentParser
import DossierCore
import DossierCrypto
import MerkleLog

/// `dossier verify`.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a receipt or a proof, without a network.",
        discussion: """
            A receipt (dossier submit --receipt) and a tlog-proof show that a record is in a log; \
            they are checked with the log's verifier key alone. A proof (dossier export proof) also \
            shows who signed the record and when; it is checked with the members file and the trust \
            anchors that it names. Exit status 2 when anything does not check.
            """)

    @OptionGroup var members: MemberOptions
    @OptionGroup var key: VerifierKeyOptions

    @Option(help: "File with the exact bytes of the record (dossier get --output bytes).")
    var record: String?

    @Argument(help: "The receipt or proof, or - for standard input.")
    var file: String

    func run() async throws {
        let settings = try await self.members.settings()
        let bytes = try Files.read(self.file)
        let record = try self.record.map { try Files.read($0) }
        let members = { try self.members.load(settings) }
        let firstLine = bytes.prefix { $0 != UInt8(ascii: "\n") }
        switch firstLine {
        case let line where line.elementsEqual("dossier-receipt/v1".utf8):
            try self.verify(KeptReceipt.receipts(inFile: bytes), record, members)
        case let line where line.elementsEqual("c2sp.org/tlog-proof@v1".utf8):
            try self.verify(
                TlogProof(text: String(decoding: bytes, as: UTF8.self)), record, members)
        case let line where line.elementsEqual("dossier-proof/v1".utf8):
            let (members, anchors) = try self.members.loadAnchored(settings)
            try self.verify(
                RecordProof(file: bytes), record, RecordJudge(members: members, anchors: anchors))
        default:
            throw VerificationError(
                code: .ambiguousForm,
                message: "\(self.file) begins neither as a receipt nor as a proof")
        }
    }

    private func verify(
        _ receipts: [KeptReceipt], _ record: [UInt8]?, _ members: () throws -> Members
    ) throws {
        let verified = try receipts.map {
            try $0.verify(in: self.key.log(ofCheckpoint: $0.checkpoint, members))
        }
        try Self.requireOneHistory(verified.map(\.checkpoint))
        guard let record else {
            for receipt in verified {
                let count = receipt.receipt.leafHashes.count
                Terminal.answer(
                    "\(count) \(count == 1 ? "record is" : "records are") in log "
                        + "\(receipt.checkpoint.checkpoint.origin) of "
                        + "\(receipt.checkpoint.head.size) leaves")
            }
            return
        }
        let id = RecordID(ofEncoded: record)
        guard
            let receipt = verified.first(where: { $0.receipt.leafHashes.contains(id.digest) })
        else {
            throw VerificationError(
                code: .wrongLeaf, message: "the receipt does not speak of record \(id)")
        }
        Self.tell(
            id, leafIndex: try receipt.proof(of: id.digest).leafIndex,
            receipt.checkpoint.checkpoint)
    }

    /// Two trees of one size cannot both be the log's.
    private static func requireOneHistory(_ checkpoints: [SignedCheckpoint]) throws {
        var heads: [String: TreeHead] = [:]
        for checkpoint in checkpoints {
            let head = checkpoint.head
            let name = "\(checkpoint.checkpoint.origin) \(head.size)"
            guard heads.updateValue(head, forKey: name) ?? head == head else {
                throw VerificationError(
                    code: .splitView,
                    message: "the receipts have two different trees of \(head.size) leaves, both "
                        + "signed by the log")
            }
        }
    }

    private func verify(
        _ proof: TlogProof, _ record: [UInt8]?, _ members: () throws -> Members
    ) throws {
        guard let record else {
            throw CommandFailure(
                "a tlog-proof does not have the record", hint: "give --record FILE", status: .usage)
        }
        let id = RecordID(ofEncoded: record)
        let log = try self.key.log(ofCheckpoint: proof.checkpoint, members)
        let signed = try log.verify(proof, of: id.digest)
        Self.tell(id, leafIndex: proof.leafIndex, signed.checkpoint)
    }

    private func verify(
        _ proof: RecordProof, _ record: [UInt8]?, _ judge: RecordJudge
    ) throws {
        let shown = try proof.verify(with: judge)
        guard record == nil || record == proof.record else {
            throw VerificationError(
                code: .wrongLeaf, message: "the proof is of record \(shown.recordID)")
        }
        Terminal.answer("signed by \(shown.signer.spiffeID) at \(shown.batch.signedAt)")
        Self.tell(shown.recordID, leafIndex: shown.leafIndex, shown.checkpoint)
    }

    private static func tell(_ id: RecordID, leafIndex: UInt64, _ checkpoint: Checkpoint) {
        Terminal.answer(
            "record \(id) is leaf \(leafIndex) of log \(checkpoint.origin) of "
                + "\(checkpoint.head.size) leaves")
    }
}
