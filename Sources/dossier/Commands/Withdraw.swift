import ArgumentParser
import DossierClient
import DossierCore

/// `dossier withdraw`.
struct Withdraw: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take a finding of yours back.",
        discussion: """
            Its versions leave the answers of all nodes, and a notice with your reason takes their \
            place. No other version may follow. Nothing is erased: the versions stay in the log, \
            and whoever has a copy keeps it.
            """)

    @Argument(help: FindingName.help)
    var finding: FindingName

    @OptionGroup var reason: ReasonOptions
    @OptionGroup var options: NextVersionOptions

    func run() async throws {
        let logged = try await self.options.log(self.finding) { making in
            let finding = making.history.finding
            let draft = RecordDraft(
                originator: finding.originator, members: making.members,
                saltSecret: making.saltSecret)
            let notice = try draft.withdrawal(
                of: making.history.newest.record, reason: self.reason.text)
            return try PreparedRecord(notice: notice, of: finding, by: draft)
        }
        logged.summariseNotice("withdrawn", kept: [])
    }
}
