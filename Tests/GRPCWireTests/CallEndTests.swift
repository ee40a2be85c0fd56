import NIOCore
import NIOPosix
import Testing

@testable import GRPCWire

@Suite("How calls end", .timeLimit(.minutes(1)))
struct CallEndTests {
    @Test("a handler's status reaches the client whole, from every kind of call")
    func statuses() async throws {
        let status = GRPCStatus(
            .failedPrecondition, "version 3 before 2: ü",
            details: [StatusDetail(ErrorInfo(reason: "ORDER", domain: "test"))])
        var router = Router()
        router.unary(Echo.unary) { _, _ in throw status }
        router.serverStreaming(Echo.split) { _, writer, _ in
            try await writer.write([1])
            throw status
        }
        router.clientStreaming(Echo.join) { _, _ in throw status }
        router.bidirectional(Echo.chat) { _, _, _ in throw status }
        try await withLoopback(router) { client, _ in
            await #expect(throws: status) { try await client.unary(Echo.unary, []) }
            var received: [[UInt8]] = []
            await #expect(throws: status) {
                for try await response in try await client.serverStreaming(Echo.split, []) {
                    received.append(response)
                }
            }
            #expect(received == [[1]])
            await #expect(throws: status) {
                try await client.clientStreaming(Echo.join) { _ in }
            }
            await #expect(throws: status) {
                try await client.bidirectional(Echo.chat) { _, responses in
                    for try await _ in responses {}
                }
            }
        }
    }

    @Test("an error that is no status is INTERNAL and says nothing")
    func foreignError() async throws {
        var router = Router()
        router.unary(Echo.unary) { _, _ in throw GRPCError(.invalidState, "secret") }
        try await withLoopback(router) { client, _ in
            let status = await #expect(throws: GRPCStatus.self) {
                try await client.unary(Echo.unary, [])
            }
            #expect(status == GRPCStatus(.internalError, "internal error"))
        }
    }

    @Test("the client's deadline ends the call on both sides")
    func deadline() async throws {
        let cancelled = Signal()
        var router = Router()
        router.unary(Echo.unary) { _, call in
            #expect(call.deadline != nil)
            do {
                try await Task.sleep(for: .seconds(100))
            } catch {
                cancelled.fire()
                throw error
            }
            return []
        }
        try await withLoopback(router) { client, _ in
            let status = await #expect(throws: GRPCStatus.self) {
                // Long enough for the call to reach the handler on a machine that is busy.
                try await client.unary(Echo.unary, [], timeout: .seconds(1))
            }
            #expect(status?.code == .deadlineExceeded)
            await cancelled.wait()
        }
    }

    @Test("a call's deadline and cancellation also hold while there is no connection yet")
    func endWithoutConnection() async throws {
        // Takes connections and says nothing.
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(silent.localAddress?.port)
        let client = GRPCClient(host: "127.0.0.1", port: port, security: .plaintext)
        let late = await #expect(throws: GRPCStatus.self) {
            try await client.unary(Echo.unary, [], timeout: .milliseconds(20))
        }
        #expect(late?.code == .deadlineExceeded)
        let call = Task { try await client.unary(Echo.unary, []) }
        call.cancel()
        let cancelled = await #expect(throws: GRPCStatus.self) { try await call.value }
        #expect(cancelled?.code == .cancelled)
        client.close()
        try await silent.close()
    }

    @Test("cancelling the caller's task cancels the handler's")
    func cancellation() async throws {
        let started = Signal()
        let cancelled = Signal()
        var router = Router()
        router.unary(Echo.unary) { _, _ in
            started.fire()
            do {
                try await Task.sleep(for: .seconds(100))
            } catch {
                cancelled.fire()
                throw error
            }
            return []
        }
        try await withLoopback(router) { client, _ in
            let call = Task { try await client.unary(Echo.unary, []) }
            await started.wait()
            call.cancel()
            let status = await #expect(throws: GRPCStatus.self) { try await call.value }
            #expect(status?.code == .cancelled)
            await cancelled.wait()
        }
    }

    @Test("letting go of a response stream cancels the handler")
    func abandonedStream() async throws {
        let cancelled = Signal()
        var router = Router()
        router.serverStreaming(Echo.split) { _, writer, _ in
            do {
                while true { try await writer.write([UInt8](repeating: 0, count: 1000)) }
            } catch {
                cancelled.fire()
                throw error
            }
        }
        try await withLoopback(router) { client, _ in
            for try await _ in try await client.serverStreaming(Echo.split, []) { break }
            await cancelled.wait()
        }
    }

    @Test("metadata passes both ways, before and after the messages")
    func metadata() async throws {
        var router = Router()
        router.unary(Echo.unary) { request, call in
            var echoed = Metadata()
            for entry in call.metadata where entry.name != "user-agent" { echoed.append(entry) }
            call.setInitialMetadata(echoed)
            call.setTrailingMetadata(echoed)
            return request
        }
        var metadata = Metadata()
        try metadata.append("a", "1")
        try metadata.append("a", "2")
        try metadata.append("b-bin", bytes: [0, 1, 255])
        let sent = metadata
        let response = try await withLoopback(router) { client, _ in
            try await client.unaryResponse(Echo.unary, [1], metadata: sent)
        }
        #expect(response.initialMetadata == sent)
        #expect(response.trailingMetadata == sent)
    }

    @Test("messages above the limits are refused where they are sent and where they arrive")
    func limits() async throws {
        var client = GRPCClient.Configuration()
        client.maximumRequestBytes = 2000
        client.maximumResponseBytes = 500
        try await withLoopback(
            Echo.router, server: { $0.maximumRequestBytes = 1000 }, client: client
        ) { client, _ in
            for (size, isTaken) in [(500, true), (501, false), (1001, false), (2001, false)] {
                let request = [UInt8](repeating: 0, count: size)
                if isTaken {
                    let response = try await client.unary(Echo.unary, request)
                    #expect(response == request)
                } else {
                    let status = await #expect(throws: GRPCStatus.self) {
                        try await client.unary(Echo.unary, request)
                    }
                    #expect(status?.code == .resourceExhausted)
                }
            }
        }
    }

    @Test("a server that shuts down lets a running call end and then is gone")
    func gracefulShutdown() async throws {
        let started = Signal()
        let mayEnd = Signal()
        var router = Router()
        router.unary(Echo.unary) { request, _ in
            started.fire()
            await mayEnd.wait()
            return request
        }
        try await withLoopback(router) { client, server in
            async let response = client.unary(Echo.unary, [1])
            await started.wait()
            async let shutdown: Void = server.shutdownGracefully(within: .seconds(30))
            mayEnd.fire()
            let received = try await response
            #expect(received == [1])
            await shutdown
            let status = await #expect(throws: GRPCStatus.self) {
                try await client.unary(Echo.unary, [2])
            }
            #expect(status?.code == .unavailable)
        }
    }

    @Test("what does not end is cut when the time for shutting down is over")
    func cutShutdown() async throws {
        let started = Signal()
        var router = Router()
        router.unary(Echo.unary) { _, _ in
            started.fire()
            try await Task.sleep(for: .seconds(100))
            return []
        }
        try await withLoopback(router) { client, server in
            let response = Task { try await client.unary(Echo.unary, [1]) }
            await started.wait()
            await server.shutdownGracefully(within: .milliseconds(50))
            let status = await #expect(throws: GRPCStatus.self) { try await response.value }
            #expect(status?.code == .unavailable)
        }
    }

    @Test("connections that reach their age are replaced without a call being lost")
    func maximumAge() async throws {
        try await withLoopback(
            Echo.router, server: { $0.maximumConnectionAge = .milliseconds(1500) }
        ) { client, _ in
            // Ages are looked at once a second: each connection is old at its second tick. Older
            // ones would let a machine that is busy with other tests lose two in a row.
            let end = ContinuousClock.now + .milliseconds(4500)
            var count = 0
            while ContinuousClock.now < end {
                let response = try await client.unary(Echo.unary, [1])
                #expect(response == [1])
                count += 1
            }
            #expect(count > 0)
        }
    }

    @Test("connections can be closed by what was made of them")
    func closeConnections() async throws {
        let started = Signal()
        var router = Router()
        router.unary(Echo.unary) { _, call in
            #expect(call.connection as? String == "attached")
            started.fire()
            try await Task.sleep(for: .seconds(100))
            return []
        }
        try await withLoopback(
            router, server: { $0.onConnection = { _, _ in "attached" } }
        ) { client, server in
            let response = Task { try await client.unary(Echo.unary, [1]) }
            await started.wait()
            server.closeConnections { $0 as? String == "other" }
            server.closeConnections { $0 as? String == "attached" }
            let status = await #expect(throws: GRPCStatus.self) { try await response.value }
            #expect(status?.code == .unavailable)
        }
    }
}
