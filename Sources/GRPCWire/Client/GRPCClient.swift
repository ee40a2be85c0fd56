import NIOCore
import NIONghttp2
public import NIOOpenSSL
import NIOPosix
import Synchronization

/// Calls the methods of one gRPC server, over TLS with a client certificate.
///
/// Calls share one connection. When it is lost or the server drains it, the next call makes another;
/// calls that were running fail with UNAVAILABLE. A call is cancelled with the task that waits for
/// it. All calls throw `GRPCStatus`.
public final class GRPCClient: Sendable {
    /// What a client may be told when it is made.
    public struct Configuration: Sendable {
        /// The longest response message that is taken.
        public var maximumResponseBytes = 4 * 1024 * 1024
        /// The longest request message that is sent.
        public var maximumRequestBytes = 4 * 1024 * 1024
        /// Time for a connection to come about, handshake included.
        public var connectTimeout: Duration = .seconds(20)
        /// Silence, with calls open, after which the server is asked for a sign of life. Many
        /// servers take more than one such question in five minutes for abuse.
        public var keepaliveInterval: Duration? = .seconds(300)
        /// How the client names itself in `user-agent`.
        public var userAgent = "grpc-swift-nghttp2/1.0"

        /// A configuration with defaults.
        public init() {}
    }

    private enum State {
        case disconnected
        case connecting(EventLoopFuture<ClientConnection>)
        case connected(ClientConnection)
        case closed
    }

    private let connector: ClientConnector
    private let state = Mutex(State.disconnected)

    /// Connects to a server. `tls` also says which name the server's certificate must bear. Throws
    /// `connectFailed`, with a `TLSError` or an I/O error as its cause.
    public static func connect(
        host: String, port: Int, tls: TLSContext, configuration: Configuration = Configuration()
    ) async throws -> GRPCClient {
        try await self.connect(
            host: host, port: port, security: .tls(tls), configuration: configuration)
    }

    /// A client that connects with its first call. `tls` also says which name the server's
    /// certificate must bear.
    public convenience init(
        host: String, port: Int, tls: TLSContext, configuration: Configuration = Configuration()
    ) {
        self.init(host: host, port: port, security: .tls(tls), configuration: configuration)
    }

    /// Connects with the security given; tests have none.
    static func connect(
        host: String, port: Int, security: TransportSecurity,
        configuration: Configuration = Configuration()
    ) async throws -> GRPCClient {
        let client = GRPCClient(
            host: host, port: port, security: security, configuration: configuration)
        _ = try await client.connection()
        return client
    }

    /// A client that connects with its first call.
    init(
        host: String, port: Int, security: TransportSecurity,
        configuration: Configuration = Configuration()
    ) {
        self.connector = ClientConnector(
            host: host, port: port, security: security, configuration: configuration)
    }

    deinit { self.close() }

    /// Ends the connection once the calls that run have ended, and takes no new ones.
    public func close() {
        _ = self.leave()
    }

    /// Does what `close` does, and returns when the connection has ended: a program may then exit
    /// without cutting it off.
    public func shutdownGracefully() async {
        // The channel's close future only ever succeeds.
        try? await self.leave()?.closed.get()
    }

    /// Takes no new calls, and returns the connection that is ending.
    private func leave() -> ClientConnection? {
        let state = self.state.withLock { state in
            defer { state = .closed }
            return state
        }
        switch state {
        case .connected(let connection):
            connection.closeGracefully()
            return connection
        case .connecting, .disconnected, .closed:
            return nil
        }
    }

    // MARK: - Connection

    /// The connection, made if there is none; callers that come meanwhile wait for the same one,
    /// each until its own deadline.
    func connection(
        before deadline: ContinuousClock.Instant? = nil
    ) async throws -> ClientConnection {
        switch try self.state.withLock({ try self.step(&$0) }) {
        case .use(let connection): return connection
        case .wait(let connection): return try await Self.wait(for: connection, until: deadline)
        }
    }

    private enum Step {
        case use(ClientConnection)
        case wait(EventLoopFuture<ClientConnection>)
    }

    private func step(_ state: inout State) throws(GRPCStatus) -> Step {
        switch state {
        case .connected(let connection):
            return .use(connection)
        case .connecting(let connection):
            return .wait(connection)
        case .disconnected:
            let promise = MultiThreadedEventLoopGroup.singleton.next()
                .makePromise(of: ClientConnection.self)
            // Its task ends with the attempt, whose time is limited.
            promise.completeWithTask { try await self.makeConnection() }
            state = .connecting(promise.futureResult)
            return .wait(promise.futureResult)
        case .closed:
            throw GRPCStatus(.unavailable, "client was closed")
        }
    }

    private static func wait(
        for connection: EventLoopFuture<ClientConnection>, until deadline: ContinuousClock.Instant?
    ) async throws -> ClientConnection {
        let waiter = connection.eventLoop.makePromise(of: ClientConnection.self)
        connection.cascade(to: waiter)
        let late = deadline.map { deadline in
            connection.eventLoop.scheduleTask(
                in: TimeAmount(ContinuousClock.Instant.now.duration(to: deadline))
            ) {
                waiter.fail(GRPCStatus(.deadlineExceeded, "no connection before the deadline"))
            }
        }
        defer { late?.cancel() }
        return try await withTaskCancellationHandler {
            try await waiter.futureResult.get()
        } onCancel: {
            waiter.fail(CancellationError())
        }
    }

    private func makeConnection() async throws -> ClientConnection {
        do {
            let connection = try await self.connector.connect { [weak self] connection in
                self?.lost(connection)
            }
            let isWanted = self.state.withLock { state in
                guard case .connecting = state else { return false }
                state = connection.isUsable ? .connected(connection) : .disconnected
                return true
            }
            if !isWanted { connection.closeGracefully() }
            return connection
        } catch {
            self.state.withLock { state in
                if case .connecting = state { state = .disconnected }
            }
            throw error
        }
    }

    /// The connection takes no new calls any more.
    private func lost(_ connection: ClientConnection) {
        self.state.withLock { state in
            if case .connected(let current) = state, current === connection {
                state = .disconnected
            }
        }
    }
}
