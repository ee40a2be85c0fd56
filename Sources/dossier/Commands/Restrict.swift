import ArgumentParser
import DossierClient
import DossierCore

/// `dossier restrict`.
struct Restrict: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Release a finding of yours to fewer organisations.",
        discussion: """
            From then on all its versions so far are released only to those named, who must have \
            been able to see it before. Those who are removed see a notice with your reason, and \
            keep what they have copied.
            """)

    @Argument(help: FindingName.help)
    var finding: FindingName

    @Option(help: "Organisations and groups that may still see it, comma-separated.")
    var releaseTo: String?

    @Flag(help: "Nobody but you may still see it.")
    var nobody = false

    @OptionGroup var reason: ReasonOptions
    @OptionGroup var options: NextVersionOptions

    func validate() throws {
        guard (self.releaseTo != nil) != self.nobody else {
            throw ValidationError("give either --release-to or --nobody")
        }
    }

    func run() async throws {
        let logged = try await self.options.log(self.finding) { making in
            let history = making.history
            let kept = try self.kept(history, making.members)
            try Self.requireChange(kept, history)
            let draft = RecordDraft(
                originator: history.finding.originator, members: making.members,
                saltSecret: making.saltSecret)
            let notice = try draft.restriction(
                of: history.newest.record, releaseTo: kept, reason: self.reason.text)
            return try PreparedRecord(notice: notice, of: history.finding, by: draft)
        }
        logged.summariseNotice("restricted", kept: logged.record.facts.marking.releasability)
    }

    /// The same again is no new notice: the answer to the command before may have been lost.
    private static func requireChange(_ kept: [String], _ history: FindingHistory) throws {
        guard kept == history.holders else { return }
        throw CommandFailure(
            "version \(history.newest.facts.version) of \(history.finding) says the same already: it "
                + (kept.isEmpty
                    ? "is released to nobody but you"
                    : "is released to \(kept.joined(separator: ", ")) and nobody else"))
    }

    /// The organisations named, each of which must have been able to see the finding.
    private func kept(_ history: FindingHistory, _ members: Members) throws -> [String] {
        let named = try ReleaseList.read(self.releaseTo ?? "", members)
        let organisations =
            named.organisations + named.groups.flatMap { members.group($0) ?? [] }
        let kept = Set(organisations).subtracting([history.finding.originator])
        let tooMuch = kept.subtracting(history.holders).sorted()
        guard tooMuch.isEmpty else {
            let holders = history.holders
            throw CommandFailure(
                "--release-to \(tooMuch.joined(separator: ",")): \(history.finding) is not released "
                    + "to \(tooMuch.joined(separator: ", ")), and a restriction only takes away",
                hint: holders.isEmpty
                    ? "it is released to nobody; dossier amend can release it to others"
                    : "it is released to \(holders.joined(separator: ", ")); name some of them, or "
                        + "amend it to release it to others")
        }
        return kept.sorted()
    }
}
