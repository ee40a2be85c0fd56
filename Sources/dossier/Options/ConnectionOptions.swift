import ArgumentParser
import DossierClient
import DossierCore
import DossierCrypto

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
    func withClient<Value: Sendable>(
        _ context: Context, _ body: (ExchangeClient) async throws -> Value
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
        let client = try await ExchangeClient.connect(
            to: endpoint, organisation: member, credentials: context.credentials,
            anchors: context.anchors, timeout: .seconds(self.timeout ?? 60))
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
