import ArgumentParser
import DossierClient
import DossierCore
import MerkleLog

/// `dossier export`.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write proofs as files that others can check.",
        subcommands: [ExportProof.self, ExportTlogProof.self])
}

/// `dossier export proof`.
struct ExportProof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof",
        abstract: "Write everything that proves a record into one file.",
        discussion: """
            The record, its originator's signature with the certificates up to the trust anchor, \
            its place in the batch, its inclusion in the log and the log's checkpoint. Whoever has \
            the members file checks it with `dossier verify`, without a network.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: RecordName.help)
    var record: RecordName

    @Option(help: "File to write to (default: standard output).")
    var out: String?

    func run() async throws {
        let context = try await self.connection.context()
        let proof = try await self.connection.withClient(context) {
            try await $0.prove(self.record.selector)
        }
        try Files.writeAnswer(proof.text, to: self.out)
    }
}

/// `dossier export tlog-proof`.
struct ExportTlogProof: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tlog-proof",
        abstract: "Write what a receipt says of one record as a C2SP tlog-proof.",
        discussion: "The receipt is checked first. No connection is made.")

    @OptionGroup var members: MemberOptions
    @OptionGroup var key: VerifierKeyOptions

    @Option(help: "File with the exact bytes of the record (dossier get --output bytes).")
    var record: String

    @Option(help: "File to write to (default: standard output).")
    var out: String?

    @Argument(help: "The receipt, or - for standard input.")
    var receipt: String

    func run() async throws {
        let settings = try await self.members.settings()
        let id = RecordID(ofEncoded: try Files.read(self.record))
        let receipts = try KeptReceipt.receipts(inFile: Files.read(self.receipt))
        guard let receipt = receipts.first(where: { $0.leafHashes.contains(id.digest) }) else {
            throw VerificationError(
                code: .wrongLeaf, message: "the receipt does not speak of record \(id)")
        }
        let log = try self.key.log(ofCheckpoint: receipt.checkpoint) {
            try self.members.load(settings)
        }
        try Files.writeAnswer(
            receipt.verify(in: log).proof(of: id.digest).text, to: self.out)
    }
}
