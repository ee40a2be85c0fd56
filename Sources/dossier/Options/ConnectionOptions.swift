import ArgumentParser
import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import MerkleLog

/// Keeps the newest checkpoints that a client has seen, for the next one to know.
struct CheckpointKeeper {
    let client: ExchangeClient
    /// Where; nil when nothing is verified.
    let memories: CheckpointMemories?

    /// Keeps them all, once the node has proven that they are one history.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``, ``MerkleLog/VerificationError``.
    func keep() async throws {
        guard let memories else { return }
        try memories.keep(try await self.client.settledCheckpoints())
    }

    /// Keeps those that need no proof any more.
    func keepProven() throws { try self.memories?.keep(self.client.provenCheckpoints) }
}

/// Which node to talk to, and as whom.
struct ConnectionOptions: ParsableArguments {
    @OptionGroup var members: MemberOptions
    @OptionGroup var credentials: CredentialOptions

    @Option(help: "Organisation whose node to talk to (default: the certificate's own).")
    var of: String?

    @Option(help: "Address of the node, host:port (default: from the members file).")
    var node: String?

    @Option(help: "How long a call may take, in seconds (default: 60).")
    var timeout: Int?

    @Option(
        help: """
            Folder that remembers the newest checkpoint seen of each log (default: \
            ~/.local/state/dossier).
            """)
    var state: String?

    @Flag(help: "Check nothing of what the node answers: no signature, no proof.")
    var noVerify = false

    /// What a command needs before it can connect.
    struct Context {
        let settings: Settings
        let members: Members
        let anchors: TrustAnchors
        let credentials: Credentials
        /// Path of the private key.
        let keyPath: String
    }

    /// Reads members and credentials.
    func context() async throws -> Context {
        let settings = try await self.members.settings()
        let (members, anchors) = try self.members.loadAnchored(settings)
        let certificate = try settings.requiredPath(
            "certificate", option: self.credentials.certificate)
        let key = try settings.requiredPath("key", option: self.credentials.key)
        do {
            let credentials = try Credentials(
                chainPEM: Files.read(certificate), key: PrivateKey(contentsOfFile: key),
                trustDomain: members.trustDomain)
            return Context(
                settings: settings, members: members, anchors: anchors, credentials: credentials,
                keyPath: key)
        } catch let error as CryptoError {
            throw CommandFailure("\(certificate), \(key): \(error.message)")
        }
    }

    /// Connects, runs the body, keeps the newest checkpoints that were seen, and disconnects.
    func withClient<Value: Sendable>(
        _ context: Context, _ body: (ExchangeClient) async throws -> Value
    ) async throws -> Value {
        try await self.withClient(context, adjust: { _ in }) { client, checkpoints in
            let value = try await body(client)
            try await checkpoints.keep()
            return value
        }
    }

    /// Connects, runs the body, and disconnects. The body keeps the newest checkpoints that were
    /// seen; when it throws, what was proven of them is kept.
    ///
    /// - Parameter adjust: changes what the client is made from.
    func withClient<Value: Sendable>(
        _ context: Context, adjust: (inout ExchangeClient.Configuration) -> Void,
        _ body: (ExchangeClient, CheckpointKeeper) async throws -> Value
    ) async throws -> Value {
        var configuration = try self.configuration(context)
        adjust(&configuration)
        guard !self.noVerify else {
            Terminal.warning("nothing that the node answers is verified (--no-verify)")
            configuration.verification = .none
            return try await Self.run(configuration) {
                try await body($0, CheckpointKeeper(client: $0, memories: nil))
            }
        }
        return try await self.remembering(context, configuration, body)
    }

    private func configuration(_ context: Context) throws -> ExchangeClient.Configuration {
        let organisation =
            context.settings.text("of", option: self.of)
            ?? context.credentials.identity.organisation
        guard let member = context.members[organisation] else {
            throw CommandFailure("\(organisation) is not in the members file", status: .usage)
        }
        let address = context.settings.text("node", option: self.node) ?? member.nodeAddress
        guard let endpoint = Endpoint(address) else {
            throw CommandFailure(
                "node address \"\(address)\" is not host:port",
                hint: "give --node localhost:7443, or the address in the members file",
                status: .usage)
        }
        var configuration = ExchangeClient.Configuration(
            endpoint: endpoint, organisation: member, credentials: context.credentials,
            judge: RecordJudge(members: context.members, anchors: context.anchors))
        if let timeout {
            configuration.timeout = .seconds(timeout)
            configuration.syncTimeout = .seconds(timeout)
        }
        return configuration
    }

    /// Runs the body with the newest checkpoints that were seen of the members' logs.
    private func remembering<Value: Sendable>(
        _ context: Context, _ configuration: ExchangeClient.Configuration,
        _ body: (ExchangeClient, CheckpointKeeper) async throws -> Value
    ) async throws -> Value {
        let member = configuration.organisation
        guard member.log.key != nil else {
            throw CommandFailure(
                "unknownKey: the members file has no key of log \(member.log.origin)",
                hint: "ask \(member.id) for its verifier key and put it into the members file as "
                    + "log.key", status: .verificationFailed)
        }
        let memories = CheckpointMemories(
            folder: try context.settings.stateFolder(option: self.state),
            logs: context.members.organisations.map(\.log))
        var configuration = configuration
        configuration.known = try memories.newest()
        do {
            return try await Self.run(configuration) { client in
                let keeper = CheckpointKeeper(client: client, memories: memories)
                do {
                    return try await body(client, keeper)
                } catch {
                    // What it failed with says more than that this failed too.
                    try? keeper.keepProven()
                    throw error
                }
            }
        } catch let error as VerificationError {
            throw try Self.failure(error, memories)
        }
    }

    /// What does not check, and where the evidence is.
    private static func failure(
        _ error: VerificationError, _ memories: CheckpointMemories
    ) throws -> CommandFailure {
        var failure = error.commandFailure
        if let conflict = error.cause as? CheckpointConflict {
            failure.hint =
                "both signed checkpoints are in \(try memories.keepEvidence(conflict)); show them to "
                + "the other members"
        }
        return failure
    }

    private static func run<Value: Sendable>(
        _ configuration: ExchangeClient.Configuration,
        _ body: (ExchangeClient) async throws -> Value
    ) async throws -> Value {
        let client = try await ExchangeClient.connect(configuration)
        do {
            let value = try await body(client)
            await client.shutdownGracefully()
            return value
        } catch {
            await client.shutdownGracefully()
            throw error
        }
    }
}
