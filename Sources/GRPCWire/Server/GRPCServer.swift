public import Logging
import NIOCore
import NIONghttp2
public import NIOOpenSSL
import NIOPosix
import Synchronization

/// A gRPC server on one address, over TLS with client certificates.
///
/// `start` begins to accept, `shutdownGracefully` ends in order. Connections that are open keep the
/// TLS context that they began with; `replaceTLS` is for those that come.
public final class GRPCServer: Sendable {
    /// What a server is told when it is made.
    public struct Configuration: Sendable {
        /// The address to listen on.
        public var host: String
        /// The port to listen on; 0 for any that is free.
        public var port: Int
        /// The longest request message that is taken.
        public var maximumRequestBytes = 4 * 1024 * 1024
        /// The longest response message that is sent.
        public var maximumResponseBytes = 4 * 1024 * 1024
        /// Connections at once; those above are closed as they come.
        public var maximumConnections = 1024
        /// Connections at once with the same client certificate.
        public var maximumConnectionsPerCertificate = 64
        /// Handlers that run at once for one connection, those of cancelled calls included.
        public var maximumHandlersPerConnection = 256
        /// Time without calls after which a connection is ended; nil for never.
        public var idleTimeout: Duration? = .seconds(15 * 60)
        /// Age at which a connection takes no new calls; its calls go on. Nil for never.
        public var maximumConnectionAge: Duration?
        /// Time for a request message to arrive once it has begun.
        public var requestTimeout: Duration = .seconds(60)
        /// Called once a connection with the client's verified certificate chain (DER, end-entity
        /// first) and address. What it returns is `ServerCall.connection`; if it throws, the
        /// connection is closed before any call.
        public var onConnection:
            @Sendable (_ chain: [[UInt8]], _ remoteAddress: String) throws -> any Sendable = {
                _, _ in ()
            }
        /// Where failures are logged.
        public var logger = Logger(label: "grpc.server")

        /// A configuration with defaults.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    private enum State {
        case idle
        case starting
        case running(any Channel)
        case stopped
    }

    private let configuration: Configuration
    private let state = Mutex(State.idle)
    private let acceptor: Acceptor

    /// A server for the methods of `router`.
    public convenience init(configuration: Configuration, router: Router, tls: TLSContext) {
        self.init(configuration: configuration, router: router, security: .tls(tls))
    }

    /// A server with the security given; tests have none.
    init(
        configuration: Configuration, router: Router, security: TransportSecurity,
        limits: HTTP2Limits = HTTP2Limits()
    ) {
        self.configuration = configuration
        self.acceptor = Acceptor(
            configuration: configuration, router: router, limits: limits, security: security)
    }

    /// Listens; the port that it listens on. Throws `listenFailed`, or `invalidState` if the server
    /// was started before.
    public func start() async throws(GRPCError) -> Int {
        let mayStart = self.state.withLock { state in
            guard case .idle = state else { return false }
            state = .starting
            return true
        }
        guard mayStart else { throw GRPCError(.invalidState, "server was started before") }
        let channel = try await self.listen()
        let isStopped = self.state.withLock { state in
            if case .stopped = state { return true }
            state = .running(channel)
            return false
        }
        if isStopped { channel.close(promise: nil) }
        return channel.localAddress?.port ?? 0
    }

    private func listen() async throws(GRPCError) -> any Channel {
        let acceptor = self.acceptor
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 512)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try acceptor.accept(channel) }
            }
        do {
            return try await bootstrap.bind(
                host: self.configuration.host, port: self.configuration.port
            ).get()
        } catch {
            self.state.withLock { $0 = .stopped }
            throw GRPCError(
                .listenFailed,
                "cannot listen on \(self.configuration.host), port \(self.configuration.port)",
                cause: error)
        }
    }

    /// Uses other credentials or anchors for the connections that come.
    public func replaceTLS(_ tls: TLSContext) {
        self.acceptor.replaceSecurity(.tls(tls))
    }

    /// Closes the connections whose `ServerCall.connection` satisfies a condition, at once: for
    /// peers that lost their right to be connected.
    public func closeConnections(where condition: @escaping @Sendable (any Sendable) -> Bool) {
        self.acceptor.closeConnections(where: condition)
    }

    /// Takes no new connections and calls, lets those that run end, and cancels what is left after
    /// `limit`. Returns when all connections are closed.
    public func shutdownGracefully(within limit: Duration) async {
        let channel: (any Channel)? = self.state.withLock { state in
            defer { state = .stopped }
            guard case .running(let channel) = state else { return nil }
            return channel
        }
        guard let channel else { return }
        try? await channel.close().get()  // best effort: it is closed either way
        await self.acceptor.drain(within: .nanoseconds(limit.clampedNanoseconds))
    }
}
