import NIOCore
import Testing

@testable import NIOOpenSSL

@Suite("Two connections back to back")
struct ConnectionTests {
    @Test("both sides agree and learn each other's verified chain", arguments: [Int.max, 1, 7])
    func handshake(step: Int) throws {
        let pki = try TestPKI.shared.get()
        var pair = try ConnectionPair(client: .client(), server: .server(), step: step)

        pair.exchange()

        #expect(pair.clientFailure == nil)
        #expect(pair.serverFailure == nil)
        #expect(pair.client.applicationProtocol == "h2")
        #expect(pair.server.applicationProtocol == "h2")
        #expect(pair.client.peerCertificates.count == 2)
        #expect(pair.client.peerCertificates.last == pki.anchor)
        #expect(pair.server.peerCertificates.count == 2)
        #expect(pair.server.peerCertificates.last == pki.anchor)
        #expect(pair.server.peerCertificates.first != pair.client.peerCertificates.first)
    }

    @Test("plaintext arrives as it was sent", arguments: [Int.max, 1, 1000])
    func plaintext(step: Int) throws {
        var pair = try ConnectionPair(client: .client(), server: .server(), step: step)
        pair.exchange()
        let request = ByteBuffer(bytes: (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        let answer = ByteBuffer(string: "answer")

        #expect(try pair.client.write(request) == .complete)
        #expect(try pair.server.write(answer) == .complete)
        pair.exchange()

        #expect(pair.atServer == request)
        #expect(pair.atClient == answer)
    }

    @Test("a server name may be an IP address")
    func address() throws {
        var pair = try ConnectionPair(
            client: .make(.client(serverName: "127.0.0.1"), as: "client"), server: .server())

        pair.exchange()

        #expect(pair.clientFailure == nil)
        #expect(pair.serverFailure == nil)
    }

    @Test("of several protocols the server's preference counts")
    func protocolPreference() throws {
        var pair = try ConnectionPair(
            client: .make(.client(serverName: "localhost"), as: "client", protocols: ["b", "a"]),
            server: .make(.server, as: "server", protocols: ["x", "a", "b"]))

        pair.exchange()

        #expect(pair.client.applicationProtocol == "a")
        #expect(pair.server.applicationProtocol == "a")
    }

    @Test("close_notify ends the reading, after what came before it")
    func closeNotify() throws {
        var pair = try ConnectionPair(client: .client(), server: .server())
        pair.exchange()

        #expect(try pair.client.write(ByteBuffer(string: "last")) == .complete)
        pair.client.close()
        pair.exchange()

        #expect(String(buffer: pair.atServer) == "last")
        guard case .closed = pair.serverOutcome else {
            Issue.record("server read on: \(pair.serverOutcome)")
            return
        }
    }

    @Test("a flipped bit anywhere in a record breaks the connection")
    func flippedBit() throws {
        var pair = try ConnectionPair(client: .client(), server: .server())
        pair.exchange()
        #expect(try pair.client.write(ByteBuffer(string: "0123456789")) == .complete)
        let record = pair.client.takeOutbound()

        // Not in the length, bytes 3 and 4: there the server waits for more.
        for position in [0] + Array(5..<record.readableBytes) {
            var pair = try ConnectionPair(client: .client(), server: .server())
            pair.exchange()
            #expect(try pair.client.write(ByteBuffer(string: "0123456789")) == .complete)
            var damaged = pair.client.takeOutbound()
            let byte = damaged.getInteger(at: position, as: UInt8.self) ?? 0
            damaged.setInteger(byte ^ 0x20, at: position)
            pair.server.receive(damaged)
            pair.exchange()

            #expect(pair.serverFailure?.code == .protocolViolation)
            #expect(pair.atServer.readableBytes == 0)
        }
    }

    @Test("a hello with any byte changed or cut short is survived")
    func damagedHello() throws {
        let context = try TLSContext.server()
        let client = try TLSConnection(context: .client())
        _ = try client.handshake()
        let hello = client.takeOutbound()

        for position in 0..<hello.readableBytes {
            for change in [0x01, 0x80, 0xff] as [UInt8] {
                var damaged = hello
                let byte = damaged.getInteger(at: position, as: UInt8.self) ?? 0
                damaged.setInteger(byte ^ change, at: position)
                try Self.offer(damaged, to: context)
            }
            try Self.offer(try #require(hello.getSlice(at: 0, length: position)), to: context)
        }
    }

    /// Has a server look at `hello`, which must not complete a handshake.
    private static func offer(_ hello: ByteBuffer, to context: TLSContext) throws {
        let server = try TLSConnection(context: context)
        server.receive(hello)
        do throws(TLSError) {
            #expect(try server.handshake() == .incomplete)
        } catch {
            #expect(error.code != .messageFlood)
        }
    }

    @Test("what is not TLS is refused")
    func notTLS() throws {
        let server = try TLSConnection(context: .server())
        server.receive(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))

        #expect(throws: TLSError(.handshakeFailed, "")) { try server.handshake() }
    }

    @Test("no session can be resumed: the server sends no ticket")
    func noTickets() throws {
        var pair = try ConnectionPair(client: .client(), server: .server())
        pair.exchange()
        #expect(try pair.server.write(ByteBuffer(string: "x")) == .complete)
        pair.exchange()

        #expect(pair.client.remainingMessages == TLSConnection.postHandshakeMessageAllowance)
    }

    @Test("keys are renewed in both directions after so many records, and data goes on")
    func keyRenewal() throws {
        var pair = try ConnectionPair(
            client: .client(), server: .server(), clientRecordsPerKey: 3)
        pair.exchange()

        for count in 1...7 {
            #expect(try pair.client.write(ByteBuffer(string: "x")) == .complete)
            #expect(try pair.server.write(ByteBuffer(string: "y")) == .complete)
            pair.exchange()
            #expect(pair.atServer.readableBytes == count)
            #expect(pair.atClient.readableBytes == count)
        }

        #expect(pair.clientFailure == nil && pair.serverFailure == nil)
        let allowance = TLSConnection.postHandshakeMessageAllowance
        #expect(pair.server.remainingMessages < allowance)
        #expect(pair.client.remainingMessages < allowance)
    }

    @Test("key updates are followed up to the allowance, and not beyond it")
    func keyUpdateFlood() throws {
        var pair = try ConnectionPair(
            client: .client(), server: .server(), clientRecordsPerKey: 0)
        pair.exchange()
        let allowance = TLSConnection.postHandshakeMessageAllowance

        for _ in 0..<allowance {
            #expect(try pair.client.write(ByteBuffer(string: "x")) == .complete)
        }
        pair.exchange()
        #expect(pair.serverFailure == nil)
        #expect(pair.atServer.readableBytes == allowance)
        #expect(pair.server.remainingMessages == 0)

        for _ in 0..<allowance {
            #expect(try pair.client.write(ByteBuffer(string: "x")) == .complete)
        }
        pair.exchange()
        for _ in 0..<allowance {
            #expect(try pair.client.write(ByteBuffer(string: "x")) == .complete)
        }
        pair.exchange()
        #expect(pair.serverFailure?.code == .messageFlood)
    }
}
