import ArgumentParser
import DossierAPI
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

    @Argument(help: "Record id, or originator/reference, or originator/reference@version.")
    var record: String

    @Option(help: "text, json or bytes (default: text on a terminal, json otherwise).")
    var output: Form?

    func run() async throws {
        let request = try self.request()
        let context = try await self.connection.context()
        let record = try await self.connection.withClient(context) { try await $0.get(request) }
        switch self.output ?? (Terminal.answersArePrintedToTerminal ? .text : .json) {
        case .json: Terminal.answer(try record.json())
        case .bytes: Terminal.answer(bytes: record.bytes)
        case .text:
            for line in try RecordText(record).lines { Terminal.answer(line) }
        }
    }

    private func request() throws -> GetRequest {
        guard let slash = self.record.firstIndex(of: "/") else {
            return .recordID(self.record.lowercased())
        }
        let originator = String(self.record[..<slash])
        let rest = self.record[self.record.index(after: slash)...]
        guard let at = rest.lastIndex(of: "@") else {
            return .finding(originator: originator, reference: String(rest), version: 0)
        }
        guard let version = UInt32(rest[rest.index(after: at)...]), version > 0 else {
            throw CommandFailure(
                "\(self.record): what follows @ must be a version, from 1", status: .usage)
        }
        return .finding(
            originator: originator, reference: String(rest[..<at]), version: version)
    }
}
