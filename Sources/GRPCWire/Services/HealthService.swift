import CGRPCProtos
import CProtobufC
import Synchronization

/// gRPC's standard health service, `grpc.health.v1.Health`.
public final class HealthService: Sendable {
    /// Whether calls are answered; the numbers are those on the wire.
    public enum ServingStatus: UInt32, Sendable, Hashable {
        /// Not known yet.
        case unknown = 0
        /// Calls are answered.
        case serving = 1
        /// Calls are not answered.
        case notServing = 2
        /// There is no such service; only told to those who watch.
        case serviceUnknown = 3
    }

    private typealias Watcher = AsyncStream<ServingStatus>.Continuation

    private struct State {
        var statuses: [String: ServingStatus] = ["": .serving]
        var watchers: [String: [Int: Watcher]] = [:]
        var nextWatcher = 0
    }

    private static let service = "grpc.health.v1.Health"
    private let state = Mutex(State())

    /// A health service that says that the server as a whole is serving.
    public init() {}

    /// Sets the status of a service, or with an empty name that of the server as a whole.
    public func set(_ status: ServingStatus, for service: String = "") {
        let watchers: [Watcher] = self.state.withLock { state in
            guard state.statuses.updateValue(status, forKey: service) != status else { return [] }
            return state.watchers[service].map { Array($0.values) } ?? []
        }
        for watcher in watchers { watcher.yield(status) }
    }

    /// The status of a service, or with an empty name that of the server as a whole;
    /// `serviceUnknown` for one whose status was never set.
    public func status(of service: String = "") -> ServingStatus {
        self.state.withLock { $0.statuses[service] ?? .serviceUnknown }
    }

    /// Adds the service's methods to a router.
    public func register(with router: inout Router) {
        router.unary(MethodPath(service: Self.service, method: "Check")) { request, _ in
            let service = try Self.service(in: request)
            guard let status = self.state.withLock({ $0.statuses[service] }) else {
                throw GRPCStatus(.notFound, "service is not known")
            }
            return Self.response(status)
        }
        router.serverStreaming(MethodPath(service: Self.service, method: "Watch")) {
            request, writer, _ in
            for await status in self.watch(try Self.service(in: request)) {
                try await writer.write(Self.response(status))
            }
        }
    }

    /// The status now and at each change. A slow watcher gets the newest only.
    private func watch(_ service: String) -> AsyncStream<ServingStatus> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { watcher in
            let (id, status) = self.state.withLock { state in
                let id = state.nextWatcher
                state.nextWatcher += 1
                state.watchers[service, default: [:]][id] = watcher
                return (id, state.statuses[service] ?? .serviceUnknown)
            }
            watcher.yield(status)
            watcher.onTermination = { [weak self] _ in self?.unwatch(service, id) }
        }
    }

    private func unwatch(_ service: String, _ id: Int) {
        self.state.withLock { state in
            state.watchers[service]?[id] = nil
            if state.watchers[service]?.isEmpty == true { state.watchers[service] = nil }
        }
    }

    private static func service(in request: [UInt8]) throws(GRPCStatus) -> String {
        guard
            let message = grpc__health__v1__health_check_request__unpack(
                nil, request.count, request)
        else { throw GRPCStatus(.invalidArgument, "request cannot be read") }
        defer { grpc__health__v1__health_check_request__free_unpacked(message, nil) }
        return CMessages.string(message.pointee.service)
    }

    private static func response(_ status: ServingStatus) -> [UInt8] {
        MessageScratch.pack { _ in
            var message = Grpc__Health__V1__HealthCheckResponse()
            grpc__health__v1__health_check_response__init(&message)
            message.status = Grpc__Health__V1__HealthCheckResponse__ServingStatus(
                rawValue: status.rawValue)
            return message
        }
    }
}
