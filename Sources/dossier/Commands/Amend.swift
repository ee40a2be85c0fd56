import ArgumentParser
import DossierClient
import DossierCore

/// `dossier amend`.
struct Amend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Replace a finding of yours by a new version.",
        discussion: """
            The file holds one record, as dossier submit takes it; reference, version and target \
            are filled in. A record that names nobody to release it to is released as the version \
            before was, and what its marking leaves out of TLP, PAP, ORCON and national label stays \
            as it was. Older versions stay in the log: dossier history shows them.
            """)

    @Argument(help: FindingName.help)
    var finding: FindingName

    @Argument(help: "File with the record; - for standard input.")
    var file: String

    @OptionGroup var form: FormOptions
    @OptionGroup var marking: MarkingOptions

    @Flag(
        help: """
            Lift originator control (ORCON) of the version before, unless the record has it: then \
            other nodes may hand the new version out.
            """)
    var liftOrcon = false

    @OptionGroup var options: NextVersionOptions

    func run() async throws {
        let item = try self.item()
        let logged = try await self.options.log(self.finding) { making in
            let draft = try self.marking.draft(
                for: making.history.finding.originator, members: making.members,
                saltSecret: making.saltSecret)
            do throws(RefusedInput) {
                let record = try item.prepared(by: draft) { given in
                    try Self.requireReference(of: given, making.history.finding, item.place)
                    return try draft.amendment(
                        of: making.history.newest.record, with: given,
                        liftsOriginatorControl: self.liftOrcon)
                }
                try Self.requireChange(record, making.history)
                return record
            } catch {
                throw error.commandFailure
            }
        }
        logged.summarise()
    }

    /// The one record of the file.
    private func item() throws -> InputItem {
        let (items, refused) = try self.form.items(in: self.file)
        if let refused = refused.first { throw refused.commandFailure }
        guard items.count == 1 else {
            throw CommandFailure(
                "\(self.file): holds \(items.count) records, expected one",
                hint: "amend one finding at a time", status: .usage)
        }
        return items[0]
    }

    /// A record that says it is of another finding is another's file.
    private static func requireReference(
        of record: Record, _ finding: FindingName.Finding, _ place: String
    ) throws(RefusedInput) {
        let reference = record.header.reference
        guard reference.isEmpty || reference == finding.reference else {
            throw RefusedInput(lines: [
                "\(place): header.reference: \"\(reference)\" is not \(finding.reference), which "
                    + "you amend; correct it, or leave it out"
            ])
        }
    }

    /// The same again is no new version: the answer to the command before may have been lost.
    private static func requireChange(
        _ record: PreparedRecord, _ history: FindingHistory
    ) throws(RefusedInput) {
        guard let next = Self.content(of: record.bytes),
            next == Self.content(of: history.newest.record.bytes)
        else { return }
        throw RefusedInput(lines: [
            "\(record.place): version \(history.newest.facts.version) of \(history.finding) says the "
                + "same already"
        ])
    }

    /// A record but for what differs from version to version.
    private static func content(of bytes: [UInt8]) -> Record? {
        guard var record = try? Record(decoding: bytes) else { return nil }
        record.header.version = 0
        record.header.operation = .unspecified
        record.header.targetRecordID = []
        record.header.salt = []
        return record
    }
}
