import Logging
import NIONghttp2
import Synchronization

@testable import GRPCWire

/// A server on the loopback interface with one client, in the clear, for the time of `body`.
func withLoopback<Result>(
    _ router: Router, limits: HTTP2Limits = HTTP2Limits(),
    server: (inout GRPCServer.Configuration) -> Void = { _ in },
    client: GRPCClient.Configuration = GRPCClient.Configuration(),
    _ body: (GRPCClient, GRPCServer) async throws -> Result
) async throws -> Result {
    var configuration = GRPCServer.Configuration(host: "127.0.0.1", port: 0)
    configuration.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    server(&configuration)
    let running = GRPCServer(
        configuration: configuration, router: router, security: .plaintext, limits: limits)
    let port = try await running.start()
    let client = try await GRPCClient.connect(
        host: "127.0.0.1", port: port, security: .plaintext, configuration: client)
    do {
        let result = try await body(client, running)
        client.close()
        await running.shutdownGracefully(within: .seconds(5))
        return result
    } catch {
        client.close()
        await running.shutdownGracefully(within: .zero)
        throw error
    }
}

/// The methods of a test service that answers with what it is sent.
enum Echo {
    static let unary = MethodPath(service: "test.Echo", method: "Unary")
    static let split = MethodPath(service: "test.Echo", method: "Split")
    static let join = MethodPath(service: "test.Echo", method: "Join")
    static let chat = MethodPath(service: "test.Echo", method: "Chat")

    /// Unary; each byte as a response; all requests as one response; each request as a response.
    static var router: Router {
        var router = Router()
        router.unary(self.unary) { request, _ in request }
        router.serverStreaming(self.split) { request, writer, _ in
            for byte in request { try await writer.write([byte]) }
        }
        router.clientStreaming(self.join) { requests, _ in
            var all: [UInt8] = []
            for try await request in requests { all += request }
            return all
        }
        router.bidirectional(self.chat) { requests, writer, _ in
            for try await request in requests { try await writer.write(request) }
        }
        return router
    }
}

/// Something that happens once, for which others wait.
final class Signal: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Void, Never>])
        case fired
    }
    private let state = Mutex(State.waiting([]))

    func fire() {
        let waiters = self.state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard case .waiting(let waiters) = state else { return [] }
            state = .fired
            return waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let hasFired = self.state.withLock { state in
                guard case .waiting(let waiters) = state else { return true }
                state = .waiting(waiters + [continuation])
                return false
            }
            if hasFired { continuation.resume() }
        }
    }
}
