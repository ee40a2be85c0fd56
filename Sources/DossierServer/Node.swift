public import DossierAPI
public import DossierCore
public import DossierCrypto
import DossierStore
import GRPCWire
public import Logging
public import MerkleLog
import NIOOpenSSL
public import ServiceLifecycle

/// An organisation's running node.
///
/// It opens the store, serves until a graceful shutdown is asked for, lets calls under way end,
/// and closes the store. One node owns a data directory.
public final class Node: Service {
    /// How long calls under way may take when the node shuts down.
    public static let drainLimit = Duration.seconds(20)

    /// How often it looks whether its certificate, key or revocation lists have changed.
    public static let watchInterval = Duration.seconds(1)

    /// What a node needs to run.
    public struct Configuration: Sendable {
        /// The organisations that take part.
        public var members: Members
        /// Their trust anchors.
        public var anchors: TrustAnchors
        /// Directory of the log and catalog; made when missing.
        public var dataDirectory: String
        /// Directory outside of it that keeps the newest checkpoint; made when missing.
        public var guardDirectory: String
        /// The key that signs the log's checkpoints.
        public var logKey: PrivateKey
        /// The node's certificate and key.
        public var identity: NodeIdentity
        /// Host to listen on.
        public var host: String
        /// Port to listen on; 0 for any.
        public var port: Int
        /// The clock, in seconds since 1970.
        public var now: @Sendable () -> Int64
        /// How long a stream that waits for something new may be silent.
        public var heartbeat = Mirroring.heartbeatInterval

        /// A configuration.
        public init(
            members: Members, anchors: TrustAnchors, dataDirectory: String,
            guardDirectory: String, logKey: PrivateKey, identity: NodeIdentity, host: String,
            port: Int,
            now: @escaping @Sendable () -> Int64 = { UnixTime.now }
        ) {
            self.members = members
            self.anchors = anchors
            self.dataDirectory = dataDirectory
            self.guardDirectory = guardDirectory
            self.logKey = logKey
            self.identity = identity
            self.host = host
            self.port = port
            self.now = now
        }
    }

    let configuration: Configuration
    let organisation: Members.Organisation
    private let signer: NoteSigner
    let logger: Logger
    private let onListening: @Sendable (Int) async throws -> Void
    private let mirrors: [MirroredLog]
    private let sync: (any NodeSync)?
    private let shutdown = Shutdown()

    /// A node that has not opened anything yet.
    ///
    /// - Parameters:
    ///   - mirrors: logs of other nodes that it answers from; they stay open as long as it runs.
    ///   - sync: what its operators steer sync by; nil for a node that does not sync.
    ///   - onListening: called with the port when the node answers calls.
    /// - Throws: ``NodeError`` when the certificate is not one of a member's node.
    public init(
        _ configuration: Configuration, logger: Logger, mirrors: [MirroredLog] = [],
        sync: (any NodeSync)? = nil,
        onListening: @escaping @Sendable (Int) async throws -> Void = { _ in }
    ) throws {
        self.configuration = configuration
        self.logger = logger
        self.mirrors = mirrors
        self.sync = sync
        self.onListening = onListening
        (self.organisation, self.signer) = try Self.check(configuration)
    }

    /// Checks what a node is to be made from, before anything is opened.
    ///
    /// - Throws: ``NodeError`` when the certificate is not one of a member's node, or the log key
    ///   not its log's.
    @discardableResult
    public static func check(
        _ configuration: Configuration
    ) throws -> (organisation: Members.Organisation, signer: NoteSigner) {
        let organisation = try configuration.rules.organisation(
            of: configuration.identity.credentials, at: configuration.now())
        return (organisation, try self.signer(of: organisation.log, configuration))
    }

    /// What signs checkpoints. The key must be the log's alone: whoever could make one sign as
    /// another's would have two statements from one signature.
    private static func signer(
        of log: LogIdentity, _ configuration: Configuration
    ) throws -> NoteSigner {
        let signer: NoteSigner
        do {
            signer = try NoteSigner(name: log.origin, privateKey: configuration.logKey)
        } catch {
            throw NodeError(
                code: .unusableLogKey,
                message: "log key for \(log.origin): \(error.message)", cause: error)
        }
        guard log.key == signer.verifierKey else {
            throw NodeError(
                code: .unusableLogKey,
                message:
                    "the members file names another key for log \(log.origin): its log.key must "
                    + "be \(signer.verifierKey)")
        }
        return signer
    }

    private static let services = [Exchange.service, Mirroring.service, LogMethods.service]

    private var services: [String] {
        Self.services + (self.sync == nil ? [] : [SyncMethods.service])
    }

    /// Serves until the surrounding service group shuts down gracefully, or the task is cancelled.
    public func run() async throws {
        let store = try await Store.open(
            StoreConfiguration(
                directory: self.configuration.dataDirectory, log: self.organisation.log,
                logger: self.logger),
            checkpoints: CheckpointPolicy(
                signer: self.signer, guardDirectory: self.configuration.guardDirectory))
        let health = HealthService()
        for service in self.services { health.set(.serving, for: service) }
        let expiry = self.expiryWatch(health)
        let server = try await self.server(over: store, health)
        let port = try await server.start()
        self.logger.info(
            "listening",
            metadata: [
                "organisation": "\(self.organisation.id)",
                "address": "\(self.configuration.host):\(port)",
                "log": "\(self.organisation.logOrigin)", "leaves": "\(store.logSize)",
            ])
        try await self.onListening(port)
        await self.watchUntilShutdown(server, expiry)
        self.logger.info("draining")
        for service in [""] + self.services { health.set(.notServing, for: service) }
        self.shutdown.begin()
        await server.shutdownGracefully(within: Self.drainLimit)
        try await store.close()
        self.logger.info("stopped", metadata: ["leaves": "\(store.logSize)"])
    }

    private func server(over store: Store, _ health: HealthService) async throws -> GRPCServer {
        var router = Router()
        let holdings = Holdings(
            own: store.held, of: self.organisation.id, mirrors: self.mirrors)
        let calls = CallAnswering(
            identity: self.configuration.identity, logger: self.logger, shutdown: self.shutdown)
        try self.service(over: store, holdings, calls).register(in: &router)
        LogService(holdings: holdings, calls: calls).register(in: &router)
        let mirroring = MirrorService(
            organisation: self.organisation.id, members: self.configuration.members,
            holdings: holdings, epochs: ReleaseEpochs(holdings, self.configuration.members),
            heartbeat: self.configuration.heartbeat, sync: self.sync, calls: calls)
        mirroring.register(in: &router)
        await self.sync?.offer(mirroring)
        if let sync = self.sync {
            SyncService(
                organisation: self.organisation.id, control: sync,
                warnings: { [configuration = self.configuration] in configuration.warnings },
                calls: calls
            ).register(in: &router)
        }
        health.register(with: &router)
        try ReflectionService(
            fileDescriptors: ReflectionService.files(
                inDescriptorSet: MessageDescriptors.serializedSet)
        ).register(with: &router)
        return try GRPCServer(
            configuration: self.serverConfiguration(), router: router,
            tls: self.tls(self.configuration.identity.credentials))
    }

    func tls(_ credentials: Credentials) throws -> TLSContext {
        let anchors = self.configuration.anchors
        let identity = self.configuration.identity
        return try TLSContext(
            TLSConfiguration(
                role: .server, certificateChainPEM: credentials.chainPEM,
                privateKeyPEM: credentials.key.pem(),
                trustAnchors: anchors.certificates.values.joined().map(\.der),
                applicationProtocols: ["h2"],
                verifyPeer: { chain in
                    let peer = try anchors.verify(encodedChain: chain, usage: .client)
                    do throws(CryptoError) { try identity.revocations.check(peer) } catch {
                        throw TLSError(.peerCertificateRevoked, error.message)
                    }
                }))
    }

    private func serverConfiguration() -> GRPCServer.Configuration {
        let anchors = self.configuration.anchors
        let members = self.configuration.members
        let identity = self.configuration.identity
        var configuration = GRPCServer.Configuration(
            host: self.configuration.host, port: self.configuration.port)
        configuration.maximumRequestBytes = Exchange.maximumMessageBytes
        configuration.maximumResponseBytes = FollowResponse.maximumBytes
        configuration.onConnection = { chain, _ in
            try Peer(
                chain: chain, anchors: anchors, members: members,
                revocations: identity.revocations)
        }
        configuration.logger = self.logger
        return configuration
    }

    private func service(
        over store: Store, _ holdings: Holdings, _ calls: CallAnswering
    ) throws -> ExchangeService {
        let origin = self.organisation.logOrigin
        let key = try CursorKeyFile.open(in: self.configuration.dataDirectory)
        return ExchangeService(
            submissions: SubmissionChecker(
                organisation: self.organisation.id, log: self.organisation.log,
                judge: RecordJudge(
                    members: self.configuration.members, anchors: self.configuration.anchors),
                now: self.configuration.now),
            narrowing: NarrowingCheck(held: store.held),
            retrieval: Retrieval(
                organisation: self.organisation.id, members: self.configuration.members,
                holdings: holdings, cursors: CursorSealer(key: key, logOrigin: origin),
                heartbeat: self.configuration.heartbeat, now: self.configuration.now),
            store: store, calls: calls)
    }
}
