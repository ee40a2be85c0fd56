import ArgumentParser
import DossierAPI
import DossierClient
import DossierCore

/// `dossier sync`.
struct Sync: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "See and steer how your node mirrors the logs of the others.",
        discussion: """
            For operators of the node's own organisation: status needs the role admin or auditor, \
            the others admin.
            """,
        subcommands: [Status.self, Pause.self, Resume.self, Once.self])

    /// `dossier sync status`.
    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show how the mirror of each peer's log stands.",
            discussion: """
                BEHIND: leaves that the mirror does not have yet. LAG: for how long it has not been \
                complete and in touch. HASH-ONLY: leaves of which it has the hash alone, since they \
                are not released to you. HEARD: when the peer's node was last heard. What failed \
                comes after the table, with what to do. Warnings below the table, in JSON a line \
                of their own, are about the node's certificate, trust anchors and revocation \
                lists: what ends within 30 days, and changed files that cannot be used.
                """)

        @OptionGroup var connection: ConnectionOptions
        @OptionGroup var output: OutputOptions

        func run() async throws {
            let context = try await self.connection.context()
            let report = try await self.connection.withClient(context) {
                try await $0.syncStatus()
            }
            try report.print(self.output.form)
        }
    }

    /// `dossier sync pause`.
    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Stop syncing until it is resumed or the node starts again.",
            discussion: "What was received is kept.")

        @OptionGroup var options: SteeringOptions

        func run() async throws {
            _ = try await self.options.report { try await $0.pauseSync($1) }
        }
    }

    /// `dossier sync resume`.
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Go on syncing, at once.",
            discussion: """
                Also with a peer whose log was refused, once you know why it was: what the log shows \
                then must still go on from what the mirror has.
                """)

        @OptionGroup var options: SteeringOptions

        func run() async throws {
            _ = try await self.options.report { try await $0.resumeSync($1) }
        }
    }

    /// `dossier sync once`.
    struct Once: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take what is new from each peer now, and wait until that is done.",
            discussion: """
                Also while sync is paused. Exit status 1 when a peer could not be reached or \
                failed, 2 when what its log shows contradicts what was seen of it. --timeout is one \
                hour unless it is given.
                """)

        @OptionGroup var options: SteeringOptions

        func run() async throws {
            let report = try await self.options.report { try await $0.syncOnce($1) }
            if report.peers.contains(where: { $0.state == .refused }) {
                throw ExitCode(ExitStatus.verificationFailed.rawValue)
            }
            if report.peers.contains(where: { !$0.error.isEmpty }) {
                throw ExitCode(ExitStatus.failed.rawValue)
            }
        }
    }
}

/// What the commands that steer sync have in common.
struct SteeringOptions: ParsableArguments {
    @Argument(help: "Organisation ids of the peers (default: all).")
    var organisations: [String] = []

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    /// Makes a call for the peers, and prints how sync stands after it.
    func report(
        _ call: (ExchangeClient, [String]) async throws -> SyncReport
    ) async throws -> SyncReport {
        let context = try await self.connection.context()
        let report = try await self.connection.withClient(context) {
            try await call($0, self.organisations)
        }
        try report.print(self.output.form)
        return report
    }
}
