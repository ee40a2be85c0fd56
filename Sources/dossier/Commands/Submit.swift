import ArgumentParser
import DossierClient
import DossierCore
import DossierCrypto

/// `dossier submit`.
struct Submit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sign records and submit them to the organisation's node.",
        discussion: """
            Submitting the same file again is harmless: records that are in the log already are \
            not logged twice. Records that cannot be submitted are reported with what to do, and \
            the others go in.
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var input: InputOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "File to keep the receipts in; `dossier verify` checks it without a network.")
    var receipt: String?

    @Flag(help: "Print no line for each record, only the summary.")
    var quiet = false

    func run() async throws {
        let context = try await self.connection.context()
        let secret = try self.input.salt.secret(context.settings, keyPath: context.keyPath)
        let draft = try self.input.marking.draft(
            for: context.credentials.identity.organisation, members: context.members,
            saltSecret: secret)
        let prepared = try PreparedInput(self.input, draft)
        prepared.reportRefused()
        var outcome = SubmissionRun.Outcome()
        if !prepared.records.isEmpty {
            outcome = try await self.connection.withClient(context) { client in
                try await SubmissionRun(prepared.records).run(client)
            }
        }
        if let file = self.receipt, !outcome.receipts.isEmpty {
            try Files.writeAnswer(outcome.receipts.map(\.text).joined(), to: file)
        }
        if !self.quiet { outcome.print(self.output.form) }
        outcome.summarise(refused: prepared.refused.count, log: context.logOrigin)
        if !prepared.refused.isEmpty || outcome.refused > 0 { throw ExitCode.someRefused }
    }
}

/// Input that was read, finished and checked.
struct PreparedInput {
    private(set) var records: [PreparedRecord] = []
    private(set) var refused: [RefusedInput] = []

    init(_ input: InputOptions, _ draft: RecordDraft) throws {
        let (items, refused) = try input.items()
        self.refused = refused
        var bar = ProgressBar("checking", total: items.count)
        for (index, item) in items.enumerated() {
            do throws(RefusedInput) {
                self.records.append(try item.prepared(by: draft))
            } catch {
                self.refused.append(error)
            }
            bar.update(index + 1)
        }
        bar.finish()
    }

    /// Tells what is wrong with each refused piece of input.
    func reportRefused() {
        for line in self.refused.flatMap(\.lines) { Terminal.error(line.escapedForTerminal) }
    }
}

extension ExitCode {
    /// Some items were refused, the others went through.
    static let someRefused = ExitCode(ExitStatus.someRefused.rawValue)
}

extension ConnectionOptions.Context {
    /// Origin of the log of the speaker's own organisation.
    var logOrigin: String {
        self.members[self.credentials.identity.organisation]?.logOrigin ?? ""
    }
}
