import ArgumentParser
import DossierCore
import DossierCrypto
import DossierStore
import Logging
import MerkleLog

/// `dossier log recover`.
struct LogRecover: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Open a new log after a log was lost or rolled back.",
        discussion: """
            A log that others hold receipts for must not be signed again when part of it is gone. \
            The new log has the next number; its first leaf names the newest checkpoint that is \
            known of the old one, and what is left of the old log is carried over. The old data \
            stay where they are. Nodes that saw a newer checkpoint than this machine can give it: \
            dossier log checkpoint, and the files that the command line keeps.
            """)

    @OptionGroup var members: MemberOptions
    @OptionGroup var organisation: OrganisationOptions

    @Option(help: "Folder of the old log; it may be empty or gone.")
    var data: String

    @Option(help: "Guard folder of the old log (default: the data folder's name and .guard).")
    var `guard`: String?

    @Option(help: "File with a checkpoint of the old log that somebody has seen; may be repeated.")
    var checkpoint: [String] = []

    @Option(help: "Private key that signs the new log's checkpoints (PEM file).")
    var logKey: String?

    @Option(help: "Folder for the new log; it must not be there, or be empty.")
    var into: String

    func run() async throws {
        let settings = try await self.members.settings()
        let member = try self.organisation.member(of: self.members.load(settings), settings)
        let signer = try self.signer(settings, after: member.log.origin)
        var former = LogSuccession.Former(
            log: member.log, directory: self.data,
            guardDirectory: try GuardFolder.path(settings, option: self.guard, data: self.data))
        former.seen = try self.checkpoint.map { path in
            try member.log.verify(checkpoint: Files.read(path))
        }
        let successor = LogIdentity(origin: signer.name, key: signer.verifierKey)
        let outcome = try await LogSuccession(
            of: former,
            by: StoreConfiguration(
                directory: self.into, log: successor, logger: Log.logger(level: .warning)),
            CheckpointPolicy(signer: signer, guardDirectory: "\(self.into).guard")
        ).run()
        self.tell(outcome, member.log, signer)
    }

    private func signer(_ settings: Settings, after origin: String) throws -> NoteSigner {
        guard let next = Self.successor(of: origin) else {
            throw CommandFailure(
                "log \(origin) does not end in a number: its successor cannot be named")
        }
        let path = try settings.requiredPath("log-key", option: self.logKey)
        return try NoteSigner(name: next, privateKey: PrivateKey(contentsOfFile: path))
    }

    /// The origin with the next number.
    private static func successor(of origin: String) -> String? {
        guard let slash = origin.lastIndex(of: "/"),
            let number = UInt32(origin[origin.index(after: slash)...]), number < .max
        else { return nil }
        return "\(origin[...slash])\(number + 1)"
    }

    private func tell(
        _ outcome: LogSuccession.Outcome, _ former: LogIdentity, _ signer: NoteSigner
    ) {
        let lost = outcome.lastCheckpoint.head.size.subtractingReportingOverflow(
            outcome.carriedOver)
        Terminal.answer(
            """
            "log": {
              "origin": "\(signer.name)",
              "key": "\(signer.verifierKey)",
              "former_origins": \(Self.list(former.formerOrigins + [former.origin]))
            }
            """)
        if let damage = outcome.damage { Terminal.warning("the old log: \(damage.message)") }
        Terminal.note(
            "\(outcome.carriedOver) leaves of \(former.origin) were carried over; its last known "
                + "checkpoint has \(outcome.lastCheckpoint.head.size)"
                + (lost.overflow || lost.partialValue == 0
                    ? "" : ", so \(lost.partialValue) are lost: submit them again"))
        Terminal.hint(
            "put the entry above into the members file of every member, and serve with --data "
                + "\(self.into)")
    }

    private static func list(_ origins: [String]) -> String {
        "[" + origins.map(ProtoJSON.string).joined(separator: ", ") + "]"
    }
}
