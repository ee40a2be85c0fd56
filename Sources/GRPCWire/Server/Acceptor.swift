import Logging
import NIOCore
import NIONghttp2
import NIOOpenSSL
import NIOPosix
import Synchronization

/// What stands between a connection's bytes and HTTP/2.
enum TransportSecurity: Sendable {
    case tls(TLSContext)
    /// None: only tests have it.
    case plaintext
}

/// Makes connections of the channels that a server accepts, counts them, and ends them.
final class Acceptor: Sendable {
    private struct State {
        var security: TransportSecurity
        var isDraining = false
        var connections: [ObjectIdentifier: Connection] = [:]
        var certificates: [[UInt8]: Int] = [:]
    }

    /// A connection as other threads see it.
    private struct Connection {
        var channel: any Channel
        var handler: LoopReference<HTTP2Handler>?
        var attachment: (any Sendable)?
        var certificate: [UInt8]?
    }

    private enum Refusal: Error {
        case tooManyConnections, tooManyConnectionsOfOnePeer, draining
    }

    private let configuration: GRPCServer.Configuration
    private let settings: ServerSettings
    private let executors: [ObjectIdentifier: EventLoopExecutor]
    private let state: Mutex<State>

    init(
        configuration: GRPCServer.Configuration, router: Router, limits: HTTP2Limits,
        security: TransportSecurity
    ) {
        self.configuration = configuration
        self.settings = ServerSettings(configuration, router: router, limits: limits)
        self.state = Mutex(State(security: security))
        self.executors = EventLoopExecutor.all(of: MultiThreadedEventLoopGroup.singleton)
    }

    func replaceSecurity(_ security: TransportSecurity) {
        self.state.withLock { $0.security = security }
    }

    // MARK: - Accepting

    /// Sets up an accepted channel, on its event loop. Throwing closes it.
    func accept(_ channel: any Channel) throws {
        let security = try self.state.withLock { state in
            guard !state.isDraining else { throw Refusal.draining }
            guard state.connections.count < self.configuration.maximumConnections else {
                throw Refusal.tooManyConnections
            }
            state.connections[ObjectIdentifier(channel)] = Connection(channel: channel)
            return state.security
        }
        let id = ObjectIdentifier(channel)
        channel.closeFuture.whenComplete { _ in self.closed(id) }
        switch security {
        case .plaintext:
            try self.establish(channel, peerCertificates: [])
        case .tls(let context):
            try channel.pipeline.syncOperations.addHandlers([
                TLSHandler(context: context),
                HandshakeGate { result in self.handshakeEnded(channel, result) },
            ])
        }
    }

    private func handshakeEnded(
        _ channel: any Channel, _ result: Result<[[UInt8]], any Error>
    ) {
        do {
            try self.establish(channel, peerCertificates: result.get())
        } catch {
            self.configuration.logger.notice(
                "connection refused",
                metadata: [
                    "peer": "\(Self.address(of: channel))",
                    "error": "\(String(reflecting: error))",
                ])
            channel.close(promise: nil)
        }
    }

    /// Puts HTTP/2 on a channel whose peer is known.
    private func establish(_ channel: any Channel, peerCertificates: [[UInt8]]) throws {
        let address = Self.address(of: channel)
        let attachment = try self.configuration.onConnection(peerCertificates, address)
        let executor =
            self.executors[ObjectIdentifier(channel.eventLoop)]
            ?? EventLoopExecutor(channel.eventLoop)
        let connection = ServerConnection(
            settings: self.settings, executor: executor,
            peer: Peer(
                certificates: peerCertificates, remoteAddress: address, attachment: attachment))
        let handler = HTTP2Handler(
            role: .server, limits: self.settings.limits, delegate: connection)
        connection.attach(handler)
        try self.register(
            channel, handler: LoopReference(handler, channel.eventLoop), attachment: attachment,
            certificate: peerCertificates.first)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    private func register(
        _ channel: any Channel, handler: LoopReference<HTTP2Handler>, attachment: any Sendable,
        certificate: [UInt8]?
    ) throws {
        try self.state.withLock { state in
            guard !state.isDraining else { throw Refusal.draining }
            if let certificate {
                let count = state.certificates[certificate, default: 0]
                guard count < self.configuration.maximumConnectionsPerCertificate else {
                    throw Refusal.tooManyConnectionsOfOnePeer
                }
                state.certificates[certificate] = count + 1
            }
            state.connections[ObjectIdentifier(channel)] = Connection(
                channel: channel, handler: handler, attachment: attachment,
                certificate: certificate)
        }
    }

    private func closed(_ id: ObjectIdentifier) {
        self.state.withLock { state in
            let connection = state.connections.removeValue(forKey: id)
            guard let certificate = connection?.certificate else { return }
            let count = state.certificates[certificate, default: 1] - 1
            state.certificates[certificate] = count > 0 ? count : nil
        }
    }

    private static func address(of channel: any Channel) -> String {
        guard let address = channel.remoteAddress else { return "unknown" }
        guard let host = address.ipAddress, let port = address.port else { return "\(address)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    // MARK: - Ending

    func closeConnections(where condition: (any Sendable) -> Bool) {
        let connections = self.state.withLock { Array($0.connections.values) }
        for connection in connections {
            guard let attachment = connection.attachment, condition(attachment) else { continue }
            connection.handler?.execute { $0.close() }
        }
    }

    /// Ends all connections in order, and cuts those that are left after `limit`.
    func drain(within limit: TimeAmount) async {
        let connections = self.state.withLock { state in
            state.isDraining = true
            return Array(state.connections.values)
        }
        guard !connections.isEmpty else { return }
        for connection in connections {
            if let handler = connection.handler {
                handler.execute { $0.closeGracefully() }
            } else {
                connection.channel.close(promise: nil)
            }
        }
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let cut = eventLoop.scheduleTask(in: limit) {
            for connection in connections { connection.channel.close(promise: nil) }
        }
        let closed = EventLoopFuture.andAllComplete(
            connections.map(\.channel.closeFuture), on: eventLoop)
        try? await closed.get()  // does not fail: all complete, however they do
        cut.cancel()
    }
}

extension ServerSettings {
    /// Memory that a connection's peer may fill beyond the windows of its streams.
    private static let receiveBudget = 8 * 1024 * 1024

    init(_ configuration: GRPCServer.Configuration, router: Router, limits: HTTP2Limits) {
        var limits = limits
        limits.idleTimeout = configuration.idleTimeout.map(TimeAmount.init)
        limits.maximumAge = configuration.maximumConnectionAge.map(TimeAmount.init)
        self.init(
            router: router, limits: limits,
            maximumRequestBytes: min(configuration.maximumRequestBytes, Wire.maximumMessageBytes),
            maximumResponseBytes: configuration.maximumResponseBytes,
            maximumHandlers: configuration.maximumHandlersPerConnection,
            requestTimeoutSeconds: Int(configuration.requestTimeout.components.seconds),
            receiveBudget: Self.receiveBudget, logger: configuration.logger)
    }
}
