import ArgumentParser
import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto

/// `dossier history`.
struct History: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show every version of a finding that you may see, oldest first.",
        discussion: """
            Superseded and withdrawn versions are shown too, and the notices of restrictions and \
            withdrawals with their reasons. NAMES: whom each version names; later restrictions may \
            have taken it from some of them.
            """)

    @Argument(help: FindingName.help)
    var finding: FindingName

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let context = try await self.connection.context()
        let finding = self.finding.resolved(
            own: context.credentials.identity.organisation, context.members)
        let history = try await self.connection.withClient(context) {
            try await FindingHistory.read(finding, from: $0)
        }
        switch self.output.form {
        case .json:
            for version in history.versions { Terminal.answer(try version.record.json()) }
        case .table:
            var table = Table([
                "VERSION", "OPERATION", "SIGNED", "BY", "STANDING", "NAMES",
                "TITLE OR REASON",
            ])
            for version in history.versions { table.add(try Self.row(version)) }
            for line in table.lines(width: Terminal.width) { Terminal.answer(line) }
        }
    }

    private static func row(_ version: FindingHistory.Version) throws -> [String] {
        let readers = version.facts.marking.releasability
        return [
            "\(version.facts.version)", version.facts.operation.name,
            "\(version.record.attested.signedAt)",
            version.record.attested.originator, version.record.standing.name,
            readers.isEmpty ? "nobody else" : readers.joined(separator: ","),
            try Record(decoding: version.record.bytes).titleOrReason,
        ]
    }
}
