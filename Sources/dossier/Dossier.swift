import ArgumentParser
import DossierCore
import DossierCrypto
import Glibc

/// The command line. One file a subcommand, in `Commands`.
struct Dossier: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dossier",
        abstract: "Exchange findings on sanctions evasion between organisations.",
        discussion: """
            Settings come from options, else from environment variables (DOSSIER_MEMBERS, \
            DOSSIER_CERTIFICATE, DOSSIER_KEY, ...), else from the profile (~/.config/dossier/\
            profile.json).

            Exit status: 0 done, 1 failed, 2 verification failed, 3 some items refused, 64 usage.
            """,
        subcommands: [
            Serve.self, Validate.self, Submit.self, Amend.self, Restrict.self, Withdraw.self,
            Get.self, List.self, History.self, Follow.self, Verify.self, Export.self,
            LogCommand.self, Audit.self, Sync.self, Peer.self, Reindex.self, PKI.self, Demo.self,
        ])
}

/// Parses the command line, runs the command, and turns what goes wrong into one line, perhaps a
/// hint, and an exit status.
@main
enum Main {
    static func main() async {
        do {
            var command = try Dossier.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            exit(self.report(error).rawValue)
        }
    }

    private static let usageHint = "dossier help, or dossier <command> --help"

    private static func report(_ error: any Error) -> ExitStatus {
        switch error {
        case let failure as CommandFailure:
            for line in [failure.message] + failure.details {
                Terminal.error(line.escapedForTerminal)
            }
            if let hint = failure.hint ?? (failure.status == .usage ? self.usageHint : nil) {
                Terminal.hint(hint.escapedForTerminal)
            }
            return failure.status
        case let code as ExitCode:
            return ExitStatus(rawValue: code.rawValue) ?? .failed
        case let failure as any CommandFailureConvertible:
            return self.report(failure.commandFailure)
        default:
            return self.reportParserError(error)
        }
    }

    /// Help and version are answers; anything else the parser says is about the command line.
    private static func reportParserError(_ error: any Error) -> ExitStatus {
        let code = Dossier.exitCode(for: error)
        if code == .success {
            let text = Dossier.fullMessage(for: error)
            Terminal.answer(text.hasSuffix("\n") ? String(text.dropLast()) : text)
            return .done
        }
        guard code == .validationFailure else {
            Terminal.error(String(reflecting: error).escapedForTerminal)
            return .failed
        }
        Terminal.error(Dossier.message(for: error).escapedForTerminal)
        Terminal.hint(self.usageHint)
        return .usage
    }
}

/// An error of a room below, which knows how it is told to a person.
protocol CommandFailureConvertible: Error {
    /// The message, hint and exit status.
    var commandFailure: CommandFailure { get }
}
