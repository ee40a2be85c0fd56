import ArgumentParser
import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import MerkleLog

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

    /// Connects, runs the body, and disconnects.
    ///
    /// - Parameters:
    ///   - toleratesLoss: whether a connection that is gone when the body has ended is no failure.
    ///   - adjust: changes what the client is made from.
    func withClient<Value: Sendable>(
        _ context: Context, toleratesLoss: Bool = false,
        adjust: (inout ExchangeClient.Configuration) -> Void = { _ in },
        _ body: (ExchangeClient) async throws -> Value
    ) async throws -> Value {
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
        adjust(&configuration)
        guard !self.noVerify else {
            Terminal.warning("nothing that the node answers is verified (--no-verify)")
            configuration.verification = .none
            return try await Self.run(configuration, body)
        }
        return try await self.remembering(context, configuration, toleratesLoss, body)
    }

    /// Runs the body with the newest checkpoints that were seen of the members' logs, and keeps the
    /// newest that it saw.
    private func remembering<Value: Sendable>(
        _ context: Context, _ configuration: ExchangeClient.Configuration, _ toleratesLoss: Bool,
        _ body: (ExchangeClient) async throws -> Value
    ) async throws -> Value {
        let member = configuration.organisation
        guard member.log.key != nil else {
            throw CommandFailure(
                "unknownKey: the members file has no key of log \(member.log.origin)",
                hint: "ask \(member.id) for its verifier key and put it into the members file as "
                    + "log.key", status: .verificationFailed)
        }
        let memory = CheckpointMemories(
            folder: try context.settings.stateFolder(option: self.state),
            logs: context.members.organisations.map(\.log))
        var configuration = configuration
        configuration.known = try memory.newest()
        do {
            return try await Self.run(configuration) { client in
                let value = try await body(client)
                do {
                    try memory.keep(try await client.settledCheckpoints())
                } catch let error as ExchangeError where toleratesLoss {
                    Terminal.warning(
                        "the newest checkpoint was not kept: \(error.message.escapedForTerminal)")
                }
                return value
            }
        } catch let error as VerificationError {
            throw try Self.failure(error, memory)
        }
    }

    /// What does not check, and where the evidence is.
    private static func failure(
        _ error: VerificationError, _ memory: CheckpointMemories
    ) throws -> CommandFailure {
        var failure = error.commandFailure
        if let conflict = error.cause as? CheckpointConflict {
            failure.hint =
                "both signed checkpoints are in \(try memory.keepEvidence(conflict)); show them to "
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
