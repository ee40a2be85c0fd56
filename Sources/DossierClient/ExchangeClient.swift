import DossierAPI
public import DossierCore
public import DossierCrypto
import GRPCWire
public import MerkleLog
import NIOOpenSSL

/// A connection to one organisation's node, with calls that verify what they return.
///
/// Every answer is held against what its reader trusts: records against the attestation of their
/// batch (chain as of signing, organisation, role, revocations) and against the log's checkpoint,
/// the checkpoint against the log's key and against the newest that this client has seen. A node
/// answers from its own log and from its mirrors of other members' logs; each log is held against
/// its own key and history.
public final class ExchangeClient: Sendable {
    /// How answers are checked.
    public enum Verification: Hashable, Sendable {
        /// Everything is checked.
        case full
        /// Nothing is: records are what the node says they are.
        case none
    }

    /// What a client is made from.
    public struct Configuration: Sendable {
        /// Where the node listens; its certificate must be for this host.
        public var endpoint: Endpoint
        /// Whose node it must be.
        public var organisation: Members.Organisation
        /// Whom the client speaks for.
        public var credentials: Credentials
        /// Whom it trusts.
        public var judge: RecordJudge
        /// The newest checkpoint of each log that was seen before, verified; those of logs that no
        /// member has count for nothing.
        public var known: [SignedCheckpoint] = []
        /// Which certificates of nodes are taken back.
        public var revocations: @Sendable () -> RevocationLists = { RevocationLists() }
        /// How answers are checked.
        public var verification = Verification.full
        /// How long a call may take.
        public var timeout = Duration.seconds(60)
        /// How long a round of sync may take.
        public var syncTimeout = Duration.seconds(3_600)
        /// Whether the first call makes the connection, as every call does that finds none.
        public var connectsWithFirstCall = false
        /// After how much silence, with calls open, the node is asked for a sign of life.
        public var keepalive = Duration.seconds(300)
        /// The clock, in seconds since 1970.
        public var now: @Sendable () -> Int64 = { UnixTime.now }

        /// A configuration with full verification, and nothing known of any log.
        public init(
            endpoint: Endpoint, organisation: Members.Organisation, credentials: Credentials,
            judge: RecordJudge
        ) {
            self.endpoint = endpoint
            self.organisation = organisation
            self.credentials = credentials
            self.judge = judge
        }
    }

    let grpc: GRPCClient
    let configuration: Configuration
    let node: ConnectedNode
    let logs: LogTrackers

    /// Who the node is, by the certificate of its newest connection.
    var identity: PeerIdentity? { self.node.identity }

    /// Connects to an organisation's node over mutual TLS.
    ///
    /// - Throws: ``DossierAPI/ExchangeError`` with code `unavailable`, saying why; so does the first
    ///   call when it makes the connection.
    public static func connect(_ configuration: Configuration) async throws -> ExchangeClient {
        let endpoint = configuration.endpoint
        var settings = GRPCClient.Configuration()
        settings.maximumResponseBytes = max(
            Exchange.maximumMessageBytes, FollowResponse.maximumBytes)
        settings.maximumRequestBytes = max(
            Exchange.maximumMessageBytes, OfferAnswer.maximumBytes)
        settings.keepaliveInterval = configuration.keepalive
        let node = ConnectedNode()
        do {
            let tls = try self.tls(configuration, node)
            let grpc =
                configuration.connectsWithFirstCall
                ? GRPCClient(
                    host: endpoint.host, port: endpoint.port, tls: tls, configuration: settings)
                : try await GRPCClient.connect(
                    host: endpoint.host, port: endpoint.port, tls: tls, configuration: settings)
            return ExchangeClient(grpc, configuration, node)
        } catch {
            throw ExchangeError(connectingTo: endpoint, error)
        }
    }

    private static func tls(
        _ configuration: Configuration, _ node: ConnectedNode
    ) throws -> TLSContext {
        let anchors = configuration.judge.anchors
        let organisation = configuration.organisation.id
        return try TLSContext(
            TLSConfiguration(
                role: .client(serverName: configuration.endpoint.host),
                certificateChainPEM: configuration.credentials.chainPEM,
                privateKeyPEM: configuration.credentials.key.pem(),
                trustAnchors: (anchors.certificates[organisation] ?? []).map(\.der),
                applicationProtocols: ["h2"],
                verifyPeer: { chain in
                    node.verified(
                        try self.verifyNode(
                            chain, of: organisation, anchors: anchors,
                            configuration.revocations()))
                }))
    }

    /// A node proves itself by a certificate of kind node, of the organisation that was asked for.
    private static func verifyNode(
        _ chain: [[UInt8]], of organisation: String, anchors: TrustAnchors,
        _ revocations: RevocationLists
    ) throws -> VerifiedPeer {
        let peer = try anchors.verify(encodedChain: chain, usage: .server)
        let identity = peer.identity
        guard identity.organisation == organisation, identity.kind == .node else {
            throw ExchangeError(
                code: .unverifiable,
                message: "peer is \(identity.spiffeID), expected a node of \(organisation)")
        }
        do throws(CryptoError) { try revocations.check(peer) } catch {
            throw TLSError(.peerCertificateRevoked, error.message)
        }
        return peer
    }

    private init(_ grpc: GRPCClient, _ configuration: Configuration, _ node: ConnectedNode) {
        self.grpc = grpc
        self.node = node
        self.configuration = configuration
        self.logs = LogTrackers(
            own: configuration.organisation, members: configuration.judge.members,
            known: configuration.known)
    }

    /// Ends the connection; calls under way end first.
    public func close() {
        self.grpc.close()
    }

    /// Does what ``close()`` does, and returns when the connection has ended: the program may then
    /// exit without cutting it off.
    public func shutdownGracefully() async {
        await self.grpc.shutdownGracefully()
    }

    /// Runs a call; whatever it throws becomes an ``ExchangeError`` or a
    /// ``MerkleLog/VerificationError``.
    func call<Value>(
        knowing known: SignedCheckpoint?, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let status as GRPCStatus {
            if let failure = status.cause as? GRPCError, failure.code == .connectFailed {
                throw ExchangeError(connectingTo: self.configuration.endpoint, failure)
            }
            throw try Self.refusal(ExchangeError(status), knowing: known)
        }
    }

    /// Why a node refused; that it has less of the log than was seen is no refusal.
    ///
    /// Throws `olderCheckpoint`.
    static func refusal(
        _ error: ExchangeError, knowing known: SignedCheckpoint?
    ) throws(VerificationError) -> ExchangeError {
        guard error.code == .outOfRange, let known else { return error }
        throw VerificationError(
            code: .olderCheckpoint,
            message: "the node does not have the \(known.head.size) leaves that its log was seen "
                + "with: \(error.message)", cause: error)
    }
}
