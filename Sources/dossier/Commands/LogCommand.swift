import ArgumentParser
import DossierClient
import MerkleLog

/// `dossier log`.
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Look at a log's checkpoint, and go on after a log was lost.",
        subcommands: [LogCheckpoint.self, LogRecover.self])
}

/// `dossier log checkpoint`.
struct LogCheckpoint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Print the newest checkpoint of a node's log.",
        discussion: """
            It is verified first: its signature, and that it goes on from the newest that was seen \
            before. What is printed is the signed note, byte for byte.
            """)

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        let context = try await self.connection.context()
        let checkpoint = try await self.connection.withClient(context) {
            try await $0.checkpoint()
        }
        Terminal.answer(bytes: checkpoint.bytes)
    }
}
