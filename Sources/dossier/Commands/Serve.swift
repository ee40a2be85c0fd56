import ArgumentParser
import DossierClient
import DossierCore
import DossierCrypto
import DossierServer
import Logging
import ServiceLifecycle
import UnixSignals

/// `dossier serve`.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run an organisation's node until interrupted.",
        discussion: """
            The organisation is the one that the certificate names. Interrupting (Ctrl-C, \
            SIGTERM) lets calls under way end first.
            """)

    @OptionGroup var members: MemberOptions
    @OptionGroup var credentials: CredentialOptions

    @Option(help: "Folder of the node's log and catalog; made when missing.")
    var data: String?

    @Option(help: "Address to listen on, host:port; port 0 takes any (default: localhost:7443).")
    var listen: String?

    @Option(help: "File to write the port to once the node answers calls.")
    var portFile: String?

    @Option(help: "Least severe log level: trace, debug, info, notice, warning, error, critical.")
    var logLevel = LogLevel(level: .info)

    func run() async throws {
        let settings = try await self.members.settings()
        let logger = Log.logger(level: self.logLevel.level)
        let node = try Node(self.configuration(settings), logger: logger) { port in
            if let file = self.portFile { try Files.write(Array("\(port)\n".utf8), to: file) }
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: node, successTerminationBehavior: .gracefullyShutdownGroup)
                ], gracefulShutdownSignals: [.sigint, .sigterm], logger: logger))
        try await group.run()
    }

    private func configuration(_ settings: Settings) throws -> Node.Configuration {
        let (members, anchors) = try self.members.loadAnchored(settings)
        let address = settings.text("listen", option: self.listen) ?? "localhost:7443"
        guard let endpoint = Endpoint(address) else {
            throw CommandFailure("listen address \"\(address)\" is not host:port", status: .usage)
        }
        let key = try settings.requiredPath("key", option: self.credentials.key)
        return Node.Configuration(
            members: members, anchors: anchors,
            dataDirectory: try settings.requiredPath("data", option: self.data),
            certificateChain: try Files.read(
                settings.requiredPath("certificate", option: self.credentials.certificate)),
            privateKey: try PrivateKey(contentsOfFile: key).pem(), host: endpoint.host,
            port: endpoint.port)
    }
}

/// A log level as an argument.
struct LogLevel: ExpressibleByArgument, CustomStringConvertible {
    let level: Logger.Level

    var description: String { self.level.rawValue }

    init(level: Logger.Level) {
        self.level = level
    }

    init?(argument: String) {
        guard let level = Logger.Level(rawValue: argument) else { return nil }
        self.level = level
    }
}
