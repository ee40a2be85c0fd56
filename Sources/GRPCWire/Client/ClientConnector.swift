import Glibc
import NIOCore
import NIONghttp2
import NIOOpenSSL
import NIOPosix

/// Makes connections to one server.
final class ClientConnector: Sendable {
    /// What a client's peer may send on a stream, and of long messages on a connection, before it is
    /// read. More than a server takes: the server was chosen, and answers are long.
    private static let streamWindow = 1024 * 1024
    private static let receiveBudget = 64 * 1024 * 1024

    private let host: String
    private let port: Int
    private let security: TransportSecurity
    private let configuration: GRPCClient.Configuration
    private let executors: [ObjectIdentifier: EventLoopExecutor]

    init(
        host: String, port: Int, security: TransportSecurity,
        configuration: GRPCClient.Configuration
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.configuration = configuration
        self.executors = EventLoopExecutor.all(of: MultiThreadedEventLoopGroup.singleton)
    }

    /// A connection whose server has sent its settings. `lost` is called when it takes no new calls
    /// any more. Throws `connectFailed`.
    func connect(
        lost: @escaping @Sendable (ClientConnection) -> Void
    ) async throws -> ClientConnection {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let ready = eventLoop.makePromise(of: ClientConnection.self)
        let timeout = TimeAmount(self.configuration.connectTimeout)
        let late = eventLoop.scheduleTask(in: timeout) {
            ready.fail(GRPCError(.connectFailed, "no connection in \(timeout)"))
        }
        let channel = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try self.prepare(channel, ready: ready, lost: lost)
                }
            }
            .connect(host: self.host, port: self.port)
        channel.cascadeFailure(to: ready)
        do {
            let connection = try await ready.futureResult.get()
            late.cancel()
            return connection
        } catch {
            late.cancel()
            channel.whenSuccess { $0.close(promise: nil) }
            throw error as? GRPCError
                ?? GRPCError(
                    .connectFailed,
                    "cannot connect to \(self.host), port \(self.port)\(Self.reason(for: error))",
                    cause: error)
        }
    }

    /// Why no address could be connected to, in the system's words.
    private static func reason(for error: any Error) -> String {
        guard let error = error as? NIOConnectionError else { return "" }
        if let failure = error.connectionErrors.first?.error as? IOError {
            return ": \(String(cString: strerror(failure.errnoCode)))"
        }
        return error.connectionErrors.isEmpty ? ": no such host" : ""
    }

    private func prepare(
        _ channel: any Channel, ready: EventLoopPromise<ClientConnection>,
        lost: @escaping @Sendable (ClientConnection) -> Void
    ) throws {
        switch self.security {
        case .plaintext:
            try self.establish(channel, ready: ready, lost: lost)
        case .tls(let context):
            let gate = HandshakeGate { result in
                do {
                    _ = try result.get()
                    try self.establish(channel, ready: ready, lost: lost)
                } catch {
                    ready.fail(error)
                    channel.close(promise: nil)
                }
            }
            try channel.pipeline.syncOperations.addHandlers([TLSHandler(context: context), gate])
        }
    }

    private func establish(
        _ channel: any Channel, ready: EventLoopPromise<ClientConnection>,
        lost: @escaping @Sendable (ClientConnection) -> Void
    ) throws {
        let executor =
            self.executors[ObjectIdentifier(channel.eventLoop)]
            ?? EventLoopExecutor(channel.eventLoop)
        let settings = ClientSettings(
            authority: self.authority, scheme: self.scheme, userAgent: self.configuration.userAgent,
            maximumRequestBytes: self.configuration.maximumRequestBytes,
            maximumResponseBytes: min(
                self.configuration.maximumResponseBytes, Wire.maximumMessageBytes),
            streamWindow: Self.streamWindow, receiveBudget: Self.receiveBudget)
        let connection = ClientConnection(
            settings: settings, executor: executor, closed: channel.closeFuture, ready: ready,
            lost: lost)
        let handler = HTTP2Handler(role: .client, limits: self.limits, delegate: connection)
        connection.attach(handler)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    private var limits: HTTP2Limits {
        var limits = HTTP2Limits()
        limits.initialStreamWindow = Self.streamWindow
        limits.idleTimeout = nil
        limits.keepaliveInterval = self.configuration.keepaliveInterval.map(TimeAmount.init)
        return limits
    }

    private var authority: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }

    private var scheme: String {
        switch self.security {
        case .tls: "https"
        case .plaintext: "http"
        }
    }
}
