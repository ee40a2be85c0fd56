import ArgumentParser
import DossierClient
import DossierCore
import DossierCrypto
import DossierServer
import FoundationEssentials
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

    @Option(
        help: """
            Folder outside of it that keeps the newest checkpoint, so that an old copy of the data \
            is noticed; best on another disk (default: the data folder's name and .guard).
            """)
    var `guard`: String?

    @Option(help: "Private key that signs the log's checkpoints (PEM file, see dossier pki log).")
    var logKey: String?

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
        let logKey = try settings.requiredPath("log-key", option: self.logKey)
        let data = try settings.requiredPath("data", option: self.data)
        return Node.Configuration(
            members: members, anchors: anchors, dataDirectory: data,
            guardDirectory: try GuardFolder.path(settings, option: self.guard, data: data),
            logKey: try PrivateKey(contentsOfFile: logKey),
            certificateChain: try Files.read(
                settings.requiredPath("certificate", option: self.credentials.certificate)),
            privateKey: try PrivateKey(contentsOfFile: key).pem(), host: endpoint.host,
            port: endpoint.port)
    }
}

/// Where the newest checkpoint is kept outside of the data folder.
enum GuardFolder {
    /// The folder that was asked for, or the usual one.
    static func path(_ settings: Settings, option: String?, data: String) throws -> String {
        let data = data.hasSuffix("/") ? String(data.dropLast()) : data
        let folder = settings.path("guard", option: option) ?? "\(data).guard"
        let place = URL(filePath: data).standardizedFileURL.path
        let guardPlace = URL(filePath: folder).standardizedFileURL.path
        guard guardPlace != place, !guardPlace.hasPrefix("\(place)/") else {
            throw CommandFailure(
                "guard folder \(folder) is within the data folder",
                hint: "a copy of the data would take it along; choose a place outside",
                status: .usage)
        }
        return folder
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
