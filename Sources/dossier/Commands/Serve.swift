import ArgumentParser
import DossierClient
import DossierCore
import DossierCrypto
import DossierServer
import DossierSync
import FoundationEssentials
import Logging
import ServiceLifecycle
import UnixSignals

/// `dossier serve`.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run an organisation's node until interrupted.",
        discussion: """
            The organisation is the one that the certificate names. The node keeps a mirror of the \
            log of each other member by itself, from that member's node or, where the two cannot \
            reach each other, from any other that has it; and it hands on what it has to whom it is \
            released. A node that nobody can connect to is asked over the connections that it opens. \
            It takes up new certificates, keys and revocation lists while it runs, when their \
            files change. Interrupting (Ctrl-C, SIGTERM) lets calls under way end first.
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

    @Option(
        help: """
            Revocation lists of members' CAs (PEM file): whose certificate is in one is turned \
            away. A CA without a list is not asked about (default: none).
            """)
    var crl: String?

    @Option(help: "Address to listen on, host:port; port 0 takes any (default: localhost:7443).")
    var listen: String?

    @Option(help: "File to write the port to once the node answers calls.")
    var portFile: String?

    @Flag(help: "Keep no mirrors of other members' logs.")
    var noSync = false

    @Option(
        help: """
            After so many seconds without word from a log's own node, answers from its mirror are \
            marked stale: a relay may have kept back a restriction or withdrawal (default: 86400).
            """)
    var staleAfter: String?

    @Option(help: "Least severe log level: trace, debug, info, notice, warning, error, critical.")
    var logLevel = LogLevel(level: .info)

    func run() async throws {
        let settings = try await self.members.settings()
        let logger = Log.logger(level: self.logLevel.level)
        let configuration = try self.configuration(settings)
        guard !self.noSync else { return try await self.run(configuration, nil, logger) }
        try Node.check(configuration)
        let sync = await SyncAgent.open(
            try self.syncConfiguration(configuration, settings, logger))
        do {
            try await self.run(configuration, sync, logger)
        } catch {
            try? await sync.close()
            throw error
        }
    }

    private func run(
        _ configuration: Node.Configuration, _ sync: SyncAgent?, _ logger: Logger
    ) async throws {
        let mirrors = (sync?.mirrors ?? []).map {
            MirroredLog(organisation: $0.organisation, held: $0.held, contact: $0.contact)
        }
        let node = try Node(configuration, logger: logger, mirrors: mirrors, sync: sync) { port in
            if let file = self.portFile { try Files.write(Array("\(port)\n".utf8), to: file) }
        }
        // They end in reverse order: the node first, then what it reads from.
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
        if let sync { services.append(.init(service: sync)) }
        services.append(
            .init(service: node, successTerminationBehavior: .gracefullyShutdownGroup))
        let group = ServiceGroup(
            configuration: .init(
                services: services, gracefulShutdownSignals: [.sigint, .sigterm], logger: logger))
        try await group.run()
    }

    private func syncConfiguration(
        _ node: Node.Configuration, _ settings: Settings, _ logger: Logger
    ) throws -> SyncAgent.Configuration {
        let identity = node.identity
        var configuration = SyncAgent.Configuration(
            judge: RecordJudge(members: node.members, anchors: node.anchors),
            organisation: identity.credentials.identity.organisation,
            credentials: { identity.credentials }, revocations: { identity.revocations },
            dataDirectory: node.dataDirectory, logger: logger)
        if let text = settings.text("stale-after", option: self.staleAfter) {
            guard let seconds = Int64(text), seconds > 0 else {
                throw CommandFailure(
                    "stale-after is \"\(text.escapedForTerminal)\"",
                    hint: "give whole seconds, 1 or more", status: .usage)
            }
            configuration.settings.staleAfter = seconds
        }
        return configuration
    }

    private func configuration(_ settings: Settings) throws -> Node.Configuration {
        let (members, anchors) = try self.members.loadAnchored(settings)
        let address = settings.text("listen", option: self.listen) ?? "localhost:7443"
        guard let endpoint = Endpoint(address) else {
            throw CommandFailure("listen address \"\(address)\" is not host:port", status: .usage)
        }
        let logKey = try settings.requiredPath("log-key", option: self.logKey)
        let data = try settings.requiredPath("data", option: self.data)
        let files = NodeIdentity.Files(
            certificate: try settings.requiredPath(
                "certificate", option: self.credentials.certificate),
            key: try settings.requiredPath("key", option: self.credentials.key),
            revocationLists: settings.path("crl", option: self.crl))
        return Node.Configuration(
            members: members, anchors: anchors, dataDirectory: data,
            guardDirectory: try GuardFolder.path(settings, option: self.guard, data: data),
            logKey: try PrivateKey(contentsOfFile: logKey),
            identity: try NodeIdentity(files: files, anchors: anchors),
            host: endpoint.host, port: endpoint.port)
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
