import ArgumentParser
import DossierClient
import DossierCore
import DossierCrypto

/// What the commands that log a next version of a finding have in common.
struct NextVersionOptions: ParsableArguments {
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var salt: SaltOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "File to keep the receipt in; `dossier verify` checks it without a network.")
    var receipt: String?

    /// What a next version is made with.
    struct Making {
        /// The finding so far.
        let history: FindingHistory
        /// The members.
        let members: Members
        /// The secret that salts are derived from.
        let saltSecret: [UInt8]
    }

    /// A next version that is in the log.
    struct Logged: Sendable {
        /// The finding before it.
        let history: FindingHistory
        /// The version.
        let record: PreparedRecord
    }

    /// Reads a finding, makes its next version, submits it, and prints where it is.
    ///
    /// - Parameter make: makes the version; what it throws ends the command.
    func log(
        _ name: FindingName, _ make: (Making) throws -> PreparedRecord
    ) async throws -> Logged {
        let context = try await self.connection.context()
        let own = context.credentials.identity.organisation
        let finding = name.resolved(own: own, context.members)
        guard finding.originator == own else {
            throw CommandFailure(
                "\(finding) is of \(finding.originator): only its originator may change it, and you "
                    + "speak for \(own)",
                hint: "name a finding of \(own), or give --certificate and --key of "
                    + finding.originator, status: .usage)
        }
        let secret = try self.salt.secret(context.settings, keyPath: context.keyPath)
        let (logged, outcome) = try await self.connection.withClient(context) { client in
            let history = try await FindingHistory.read(finding, from: client)
            try history.requireNotWithdrawn()
            let record = try make(
                Making(history: history, members: context.members, saltSecret: secret))
            let outcome = try await SubmissionRun([record]).run(client)
            return (Logged(history: history, record: record), outcome)
        }
        if let file = self.receipt, !outcome.receipts.isEmpty {
            try Files.writeAnswer(outcome.receipts.map(\.text).joined(), to: file)
        }
        outcome.print(self.output.form)
        // The node's refusal has been told.
        if outcome.refused > 0 { throw ExitCode(ExitStatus.failed.rawValue) }
        return logged
    }
}

extension NextVersionOptions.Logged {
    /// Tells which version of what is in the log now, and who can see it.
    func summarise() {
        let facts = self.record.facts
        let readers = facts.marking.releasability
        Terminal.note(
            "\(self.history.finding): version \(facts.version) (\(facts.operation.name)) is in the "
                + "log; "
                + (readers.isEmpty
                    ? "nobody but you can see it"
                    : "it can be seen by you and \(readers.joined(separator: ", "))"))
    }
}

extension NextVersionOptions.Logged {
    /// Tells who loses access by a restriction or withdrawal, who keeps it, and who can read why.
    ///
    /// - Parameters:
    ///   - what: what became of the finding, such as "restricted".
    ///   - kept: who keeps access, beside the originator.
    func summariseNotice(_ what: String, kept: [String]) {
        let removed = self.history.holders.filter { !kept.contains($0) }
        var words = [
            "\(self.history.finding) is \(what) by version \(self.record.facts.version)",
            Self.list(removed, "loses access", "lose access"),
            Self.list(kept, "keeps it", "keep it"),
        ]
        let readers = self.history.everNamed
        if !readers.isEmpty {
            words.append(
                "the notice with your reason can be read by \(readers.joined(separator: ", "))")
        }
        Terminal.note(words.joined(separator: "; "))
    }

    private static func list(_ names: [String], _ singular: String, _ plural: String) -> String {
        guard !names.isEmpty else { return "nobody else \(singular)" }
        return "\(names.joined(separator: ", ")) \(names.count == 1 ? singular : plural)"
    }
}

extension RefusedInput {
    /// The failure of a command that has no other input.
    var commandFailure: CommandFailure {
        CommandFailure(self.lines.first ?? "no record", details: Array(self.lines.dropFirst()))
    }
}

/// Why a finding is restricted or withdrawn.
struct ReasonOptions: ParsableArguments {
    @Option(help: "Why; everybody who could see any version of the finding can read it.")
    var reason: String

    @Option(help: "Language of the reason, a BCP 47 tag.")
    var language = "en"

    /// The reason as text.
    var text: Text { Text(text: self.reason, language: self.language) }

    func validate() throws {
        if self.reason.allSatisfy(\.isWhitespace) { throw ValidationError("--reason is empty") }
    }
}

extension PreparedRecord {
    /// A notice that is finished and checked.
    init(notice: Record, of finding: FindingName.Finding, by draft: RecordDraft) throws {
        let place = "\(notice.header.operation.name) \(finding)"
        do throws(RefusedInput) {
            let bytes: [UInt8]
            do {
                bytes = try draft.encode(notice)
            } catch {
                throw RefusedInput(lines: ["\(place): \(error)"])
            }
            try self.init(place: place, bytes: bytes) { "\(place): \($0.line)" }
        } catch {
            throw error.commandFailure
        }
    }
}
