import ArgumentParser
import DossierClient
import DossierCore

/// `dossier validate`.
struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check records without sending anything, and show who would see them.",
        discussion: "The checks are the node's own. No connection is made and nothing is written.")

    @OptionGroup var members: MemberOptions
    @OptionGroup var organisation: OrganisationOptions
    @OptionGroup var input: InputOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let settings = try await self.members.settings()
        let members = try self.members.load(settings)
        let originator = try self.organisation.member(of: members, settings).id
        // What a salt is made of does not matter here: nothing that is encoded is kept.
        let draft = try self.input.marking.draft(
            for: originator, members: members, saltSecret: [0])
        let prepared = try PreparedInput(self.input, draft)
        prepared.reportRefused()
        self.print(prepared.records, members)
        Terminal.note("\(prepared.records.count) valid, \(prepared.refused.count) refused")
        if !prepared.refused.isEmpty { throw ExitCode.someRefused }
    }

    private func print(_ records: [PreparedRecord], _ members: Members) {
        var table = Table(["INPUT", "REFERENCE", "KIND", "SEEN BY"])
        for record in records {
            let kind = Kind(rawValue: record.facts.kind).name
            let readers = record.facts.marking.releasability
            switch self.output.form {
            case .table:
                table.add([
                    record.place, record.facts.reference, kind,
                    readers.isEmpty ? "nobody else" : readers.joined(separator: ", "),
                ])
            case .json:
                let seen = readers.map(ProtoJSON.string).joined(separator: ",")
                Terminal.answer(
                    "{\"input\":\(ProtoJSON.string(record.place)),\"reference\":"
                        + "\(ProtoJSON.string(record.facts.reference)),\"kind\":\"\(kind)\","
                        + "\"seenBy\":[\(seen)]}")
            }
        }
        if self.output.form == .table, !records.isEmpty {
            for line in table.lines(width: Terminal.width) { Terminal.answer(line) }
        }
    }
}
