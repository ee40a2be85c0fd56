import DossierCrypto
import DossierTestSupport
import Logging
import NIOOpenSSL
import Synchronization
import Testing

@testable import GRPCWire

@Suite("Calls over mutual TLS", .timeLimit(.minutes(1)))
struct SecureTests {
    private struct Refused: Error {}

    private static func context(
        _ pki: TestPKI, _ role: TLSConfiguration.Role, _ credential: TestPKI.Credential,
        anchors: [[UInt8]]? = nil
    ) throws -> TLSContext {
        try TLSContext(
            TLSConfiguration(
                role: role, certificateChainPEM: credential.certificatePEM,
                privateKeyPEM: credential.privateKeyPEM,
                trustAnchors: anchors ?? pki.anchorCertificates, applicationProtocols: ["h2"],
                verifyPeer: { _ in }))
    }

    private static func withServer(
        _ tls: TLSContext, _ change: (inout GRPCServer.Configuration) -> Void = { _ in },
        _ body: (GRPCServer, Int) async throws -> Void
    ) async throws {
        var router = Echo.router
        router.unary(Echo.unary) { _, call in
            call.peerCertificates.first ?? []
        }
        var configuration = GRPCServer.Configuration(host: "127.0.0.1", port: 0)
        configuration.logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        change(&configuration)
        let server = GRPCServer(configuration: configuration, router: router, tls: tls)
        let port = try await server.start()
        do {
            try await body(server, port)
        } catch {
            await server.shutdownGracefully(within: .zero)
            throw error
        }
        await server.shutdownGracefully(within: .seconds(5))
    }

    @Test("a handler sees the client's certificate")
    func certificate() async throws {
        let pki = try TestPKI()
        let person = try pki.person("us")
        let server = try Self.context(pki, .server, pki.node("kr"))
        let client = try Self.context(pki, .client(serverName: "localhost"), person)
        try await Self.withServer(server) { _, port in
            let client = try await GRPCClient.connect(host: "127.0.0.1", port: port, tls: client)
            let response = try await client.unary(Echo.unary, [])
            #expect(response == person.certificate.der)
            client.close()
        }
    }

    @Test("a client whose certificate the server does not trust gets no connection")
    func untrustedClient() async throws {
        let pki = try TestPKI()
        let stranger = try TestPKI()
        let server = try Self.context(pki, .server, pki.node("kr"))
        let client = try Self.context(
            stranger, .client(serverName: "localhost"), stranger.person("us"),
            anchors: pki.anchorCertificates)
        try await Self.withServer(server) { _, port in
            let failure = await #expect(throws: GRPCError.self) {
                try await GRPCClient.connect(host: "127.0.0.1", port: port, tls: client)
            }
            #expect(failure?.code == .connectFailed)
        }
    }

    @Test("a server with another name than the one asked for is not called")
    func wrongName() async throws {
        let pki = try TestPKI()
        let server = try Self.context(pki, .server, pki.node("kr"))
        let client = try Self.context(pki, .client(serverName: "elsewhere"), pki.person("us"))
        try await Self.withServer(server) { _, port in
            let failure = await #expect(throws: GRPCError.self) {
                try await GRPCClient.connect(host: "127.0.0.1", port: port, tls: client)
            }
            #expect(failure?.code == .connectFailed)
            #expect(failure?.cause as? TLSError == TLSError(.peerNameMismatch, ""))
        }
    }

    @Test("a connection that its judge refuses is closed before any call")
    func refusedConnection() async throws {
        let pki = try TestPKI()
        let server = try Self.context(pki, .server, pki.node("kr"))
        let client = try Self.context(
            pki, .client(serverName: "localhost"), pki.person("us"))
        try await Self.withServer(server, { $0.onConnection = { _, _ in throw Refused() } }) {
            _, port in
            let failure = await #expect(throws: GRPCError.self) {
                try await GRPCClient.connect(host: "127.0.0.1", port: port, tls: client)
            }
            #expect(failure?.code == .connectFailed)
        }
    }

    @Test("one certificate has only so many connections")
    func connectionLimit() async throws {
        let pki = try TestPKI()
        let server = try Self.context(pki, .server, pki.node("kr"))
        let first = try Self.context(pki, .client(serverName: "localhost"), pki.person("us"))
        let other = try Self.context(pki, .client(serverName: "localhost"), pki.person("jp"))
        try await Self.withServer(server, { $0.maximumConnectionsPerCertificate = 1 }) { _, port in
            let client = try await GRPCClient.connect(host: "127.0.0.1", port: port, tls: first)
            await #expect(throws: GRPCError.self) {
                try await GRPCClient.connect(host: "127.0.0.1", port: port, tls: first)
            }
            let second = try await GRPCClient.connect(host: "127.0.0.1", port: port, tls: other)
            _ = try await client.unary(Echo.unary, [])
            _ = try await second.unary(Echo.unary, [])
            client.close()
            second.close()
        }
    }

    @Test("after its TLS is replaced a server shows the new certificate, open connections stay")
    func rotation() async throws {
        let pki = try TestPKI()
        let next = try TestPKI()
        let client = try Self.context(pki, .client(serverName: "localhost"), pki.person("us"))
        let nextClient = try Self.context(
            pki, .client(serverName: "localhost"), pki.person("us"),
            anchors: next.anchorCertificates)
        let server = try Self.context(pki, .server, pki.node("kr"))
        let replaced = try Self.context(
            next, .server, next.node("kr"), anchors: pki.anchorCertificates)
        try await Self.withServer(server) { server, port in
            let open = try await GRPCClient.connect(host: "127.0.0.1", port: port, tls: client)
            server.replaceTLS(replaced)
            await #expect(throws: GRPCError.self) {
                try await GRPCClient.connect(host: "127.0.0.1", port: port, tls: client)
            }
            let fresh = try await GRPCClient.connect(
                host: "127.0.0.1", port: port, tls: nextClient)
            _ = try await open.unary(Echo.unary, [])
            _ = try await fresh.unary(Echo.unary, [])
            open.close()
            fresh.close()
        }
    }

    @Test("streams and calls under way do not notice that the TLS is replaced, however often")
    func rotationUnderLoad() async throws {
        let pki = try TestPKI()
        let client = try Self.context(pki, .client(serverName: "localhost"), pki.person("us"))
        try await Self.withServer(Self.context(pki, .server, pki.node("kr"))) { server, port in
            let open = try await GRPCClient.connect(host: "127.0.0.1", port: port, tls: client)
            try await open.bidirectional(Echo.chat) { requests, responses in
                var answers = responses.makeAsyncIterator()
                for round in 0..<20 as Range<UInt8> {
                    async let busy = open.unary(Echo.unary, [round])
                    let node = try pki.node("kr")
                    server.replaceTLS(try Self.context(pki, .server, node))
                    try await requests.write([round])
                    #expect(try await answers.next() == [round])
                    _ = try await busy

                    let seen = Mutex<[UInt8]>([])
                    let person = try pki.person("us")
                    let judging = try TLSContext(
                        TLSConfiguration(
                            role: .client(serverName: "localhost"),
                            certificateChainPEM: person.certificatePEM,
                            privateKeyPEM: person.privateKeyPEM,
                            trustAnchors: pki.anchorCertificates, applicationProtocols: ["h2"],
                            verifyPeer: { chain in seen.withLock { $0 = chain.first ?? [] } }))
                    let fresh = try await GRPCClient.connect(
                        host: "127.0.0.1", port: port, tls: judging)
                    #expect(seen.withLock { $0 } == node.certificate.der)
                    fresh.close()
                }
                requests.finish()
                #expect(try await answers.next() == nil)
            }
            open.close()
        }
    }

    @Test("a client makes a new connection when its old one was lost")
    func reconnection() async throws {
        let pki = try TestPKI()
        let server = try Self.context(pki, .server, pki.node("kr"))
        let client = try Self.context(pki, .client(serverName: "localhost"), pki.person("us"))
        try await Self.withServer(server, { $0.onConnection = { _, _ in "one" } }) { server, port in
            let client = try await GRPCClient.connect(host: "127.0.0.1", port: port, tls: client)
            _ = try await client.unary(Echo.unary, [])
            server.closeConnections { _ in true }
            // The loss may be noticed by the first call after it, which then fails with UNAVAILABLE.
            var response: [UInt8]?
            while response == nil {
                do {
                    response = try await client.unary(Echo.unary, [])
                } catch let status as GRPCStatus {
                    #expect(status.code == .unavailable)
                }
            }
            client.close()
        }
    }
}
