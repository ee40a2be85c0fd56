import NIOCore
import Testing

@testable import NIOOpenSSL

@Suite("Peers that are refused")
struct RefusalTests {
    struct Refused: Error, Equatable {}

    @Test(
        "the server records why it refused a client, and the client learns that it was",
        arguments: [
            ("foreign", TLSError.Code.peerCertificateUntrusted),
            ("expired", .peerCertificateOutOfDate),
            ("early", .peerCertificateOutOfDate),
            ("server-only", .peerCertificateUnfit),
            ("indirect", .peerCertificateUntrusted),
            ("intermediate", .peerCertificateUnfit),
        ])
    func client(identity: String, code: TLSError.Code) throws {
        var pair = try ConnectionPair(
            client: .make(.client(serverName: "localhost"), as: identity), server: .server())

        pair.exchange()

        #expect(pair.serverFailure?.code == code)
        #expect(pair.clientFailure?.code == .certificateRefusedByPeer)
        #expect(pair.server.peerCertificates.isEmpty)
    }

    @Test(
        "the client records why it refused a server",
        arguments: [
            ("foreign", TLSError.Code.peerCertificateUntrusted),
            ("expired", .peerCertificateOutOfDate),
            ("elsewhere", .peerNameMismatch),
            ("client", .peerCertificateUnfit),
        ])
    func server(identity: String, code: TLSError.Code) throws {
        var pair = try ConnectionPair(client: .client(), server: .make(.server, as: identity))

        pair.exchange()

        #expect(pair.clientFailure?.code == code)
        #expect(pair.serverFailure?.code == .certificateRefusedByPeer)
    }

    @Test("an address that the certificate does not carry is a wrong name")
    func wrongAddress() throws {
        var pair = try ConnectionPair(
            client: .make(.client(serverName: "127.0.0.2"), as: "client"), server: .server())

        pair.exchange()

        #expect(pair.clientFailure?.code == .peerNameMismatch)
    }

    @Test("an intermediate is followed if it is sent, and may be an anchor")
    func intermediates() throws {
        let pki = try TestPKI.shared.get()
        var sent = try ConnectionPair(
            client: .make(.client(serverName: "localhost"), as: "indirect-chain"),
            server: .server())
        var anchored = try ConnectionPair(
            client: .make(.client(serverName: "localhost"), as: "indirect"),
            server: .make(.server, as: "server", trusting: [pki.intermediate]))

        sent.exchange()
        anchored.exchange()

        #expect(sent.serverFailure == nil)
        #expect(sent.server.peerCertificates.count == 3)
        #expect(anchored.serverFailure == nil)
        #expect(anchored.server.peerCertificates.last == pki.intermediate)
    }

    @Test(
        "a chain that is longer or larger than any honest one, or against its own rules",
        arguments: [
            ("deep-chain", TLSError.Code.peerCertificateUnfit),
            ("nested-chain", .peerCertificateUnfit),
            ("huge", .handshakeFailed),
        ])
    func chains(identity: String, code: TLSError.Code) throws {
        var pair = try ConnectionPair(
            client: .make(.client(serverName: "localhost"), as: identity), server: .server())

        pair.exchange()

        #expect(pair.serverFailure?.code == code)
        #expect(pair.clientFailure != nil)
    }

    @Test("verifyPeer is told the verified chain, and its refusal is the cause")
    func verifyPeer() throws {
        let server = try TLSContext.make(.server, as: "server") { chain in
            #expect(chain.count == 2)
            throw Refused()
        }
        var pair = try ConnectionPair(client: .client(), server: server)

        pair.exchange()

        #expect(pair.serverFailure?.code == .peerCertificateRejected)
        #expect(pair.serverFailure?.cause as? Refused == Refused())
        #expect(pair.clientFailure?.code == .certificateRefusedByPeer)
        #expect(pair.server.peerCertificates.isEmpty)
    }

    @Test("a peer whose certificate verifyPeer calls revoked is told so")
    func revoked() throws {
        let server = try TLSContext.make(.server, as: "server") { _ in
            throw TLSError(.peerCertificateRevoked, "taken back")
        }
        var pair = try ConnectionPair(client: .client(), server: server)

        pair.exchange()

        #expect(pair.serverFailure?.code == .peerCertificateRevoked)
        #expect(pair.clientFailure?.code == .certificateRefusedByPeer)
        #expect(pair.clientFailure?.message.contains("certificate revoked") == true)
    }

    @Test("verifyPeer is not asked about a chain that does not verify")
    func verifyPeerNotAsked() throws {
        let server = try TLSContext.make(.server, as: "server") { _ in
            Issue.record("was asked")
        }
        var pair = try ConnectionPair(
            client: .make(.client(serverName: "localhost"), as: "foreign"), server: server)

        pair.exchange()

        #expect(pair.serverFailure?.code == .peerCertificateUntrusted)
    }

    @Test("another application protocol is refused")
    func wrongProtocol() throws {
        var pair = try ConnectionPair(
            client: .make(.client(serverName: "localhost"), as: "client", protocols: ["http/1.1"]),
            server: .server())

        pair.exchange()

        #expect(pair.serverFailure?.code == .applicationProtocolRefused)
        #expect(pair.clientFailure?.code == .applicationProtocolRefused)
    }

    @Test("no application protocol is refused, by either side")
    func noProtocol() throws {
        var silentClient = try ConnectionPair(
            client: .make(.client(serverName: "localhost"), as: "client", protocols: []),
            server: .server())
        var silentServer = try ConnectionPair(
            client: .client(), server: .make(.server, as: "server", protocols: []))

        silentClient.exchange()
        silentServer.exchange()

        #expect(silentClient.serverFailure?.code == .applicationProtocolRefused)
        #expect(silentServer.clientFailure?.code == .applicationProtocolRefused)
    }
}
