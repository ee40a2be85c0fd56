import ArgumentParser
import DossierClient
import DossierCore

/// `dossier get`.
struct Get: AsyncParsableCommand {
    /// The forms a record can be printed in.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        /// For people.
        case text
        /// One JSON object.
        case json
        /// The exact bytes that the originator signed.
        case bytes
    }

    static let configuration = CommandConfiguration(
        abstract: "Get one record.",
        discussion: """
            A record is named by its id (64 hex digits or a unique prefix of at least 8), or by \
            originator and reference: kr/KR-2025-0117, kr/KR-2025-0117@2 for a version.
            """)

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: RecordName.help)
    var record: RecordName

    @Option(help: "text, json or bytes (default: text on a terminal, json otherwise).")
    var output: Form?

    func run() async throws {
        let context = try await self.connection.context()
        let record = try await self.connection.withClient(context) {
            try await $0.get(self.record.selector)
        }
        switch self.output ?? (Terminal.answersArePrintedToTerminal ? .text : .json) {
        case .json: Terminal.answer(try record.json())
        case .bytes: Terminal.answer(bytes: record.bytes)
        case .text:
            for line in try RecordText(record).lines { Terminal.answer(line) }
        }
    }
}
