import ArgumentParser
import DossierAPI
import DossierClient
import DossierCore
import Glibc
import UnixSignals

/// `dossier follow`.
struct Follow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print records as they come, until you stop it.",
        discussion: """
            It begins with what is new from now on, unless a cursor file says where to go on, or \
            --from-start is given. Every version is printed, and notices of restrictions and \
            withdrawals too. While there is no connection it is tried again, and goes on in the \
            same place. What is released to you only after its place in the log was passed does \
            not come; dossier list has it. Ctrl-C and SIGTERM end it, with the place in the cursor \
            file.
            """)

    /// After so much silence the node is asked for a sign of life; it speaks more often than that.
    private static let keepalive = Duration.seconds(45)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var filter: FilterOptions
    @OptionGroup var output: OutputOptions

    @Option(
        help: """
            File to keep the place in, written after each page: go on where it says. A place is \
            good for 24 hours.
            """)
    var cursorFile: String?

    @Flag(help: "Begin with what is there already, when no cursor file says otherwise.")
    var fromStart = false

    func run() async throws {
        let start = try self.start()
        var request = ListRequest(filter: try self.filter.filter(), cursor: start)
        request.follow = true
        request.newOnly = start.isEmpty && !self.fromStart
        let tail = RecordTail(request, self.output.form, cursorFile: self.cursorFile)
        do {
            try await self.follow(tail)
        } catch {
            if tail.count > 0 { tail.tellCount() }
            throw self.failure(error, tail)
        }
        tail.tellCount()
        if tail.refused > 0 { throw ExitCode(ExitStatus.verificationFailed.rawValue) }
    }

    /// Where to go on; empty for nowhere yet.
    private func start() throws -> [UInt8] {
        guard let file = self.cursorFile, Files.exists(file) else { return [] }
        if let cursor = try CursorFile.read(file) { return cursor }
        Terminal.warning(
            "\(file) holds no place: the list that wrote it was at its end; following "
                + (self.fromStart ? "from the start" : "what is new from now on"))
        return []
    }

    /// What ended it: the exit status also tells of records that did not check.
    private func failure(_ error: any Error, _ tail: RecordTail) -> any Error {
        guard
            var failure = error as? CommandFailure
                ?? (error as? any CommandFailureConvertible)?.commandFailure
        else { return error }
        // The status is that of any bad request: the message says what is wrong with it.
        if let cursorFile, error is ExchangeError, failure.message.hasPrefix("cursor ") {
            failure.hint =
                "remove \(cursorFile) to go on with what is new from now on, or give --from-start "
                + "as well for everything again"
        }
        if tail.refused > 0 { failure.status = .verificationFailed }
        return failure
    }

    private func follow(_ tail: RecordTail) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let context = try await self.connection.context()
        try await self.connection.withClient(
            context,
            adjust: {
                $0.keepalive = Self.keepalive
                // Then connecting can be stopped, and is tried again, as all that follows.
                $0.connectsWithFirstCall = true
            }
        ) { client, checkpoints in
            let reading = Task { try await tail.run(client, checkpoints) }
            let stopping = Task {
                for await _ in signals {
                    // Whoever asks twice does not want to wait for what is under way.
                    if reading.isCancelled { Glibc.exit(ExitStatus.failed.rawValue) }
                    reading.cancel()
                }
            }
            defer { stopping.cancel() }
            try await reading.value
            try await tail.keep(checkpoints)
        }
    }
}
