import NIOCore
import Testing

@testable import NIOOpenSSL

@Suite("The openssl program as the peer", .timeLimit(.minutes(1)))
struct ForeignPeerTests {
    /// Runs `s_client` against a server of ours; returns what it said and how we saw it.
    private static func dial(
        _ options: [String], as identity: String? = "client", request: String = "ping\n"
    ) async throws -> (said: String, outcome: LoopbackServer.Outcome?) {
        let pki = try TestPKI.shared.get()
        let server = try await LoopbackServer.start(.server())
        var arguments = ["s_client", "-connect", "127.0.0.1:\(server.port)", "-ign_eof"]
        arguments += ["-CAfile", pki.certificateFile("ca"), "-servername", "localhost"]
        arguments += ["-verify_return_error", "-verify_hostname", "localhost"]
        if let identity {
            arguments += ["-cert", pki.certificateFile(identity), "-key", pki.keyFile(identity)]
        }
        let said = try await OpenSSLProgram.converse(
            arguments + options, input: request, in: pki.directory)
        let outcome = await server.nextOutcome()
        try await server.stop()
        return (said, outcome)
    }

    @Test("s_client is served over TLS 1.3 with h2, and gets no session ticket")
    func client() async throws {
        let (said, outcome) = try await Self.dial(["-alpn", "h2"])

        #expect(outcome == .served(plaintext: "ping\n"))
        #expect(said.contains("Verification: OK"))
        #expect(said.contains("TLSv1.3"))
        #expect(said.contains("ALPN protocol: h2"))
        #expect(said.contains("Compression: NONE"))
        #expect(said.contains("Early data was not sent"))
        #expect(said.contains("ping\n"))
        #expect(!said.contains("Post-Handshake New Session Ticket"))
    }

    @Test(
        "older protocol versions are refused with a protocol_version alert",
        arguments: ["-tls1", "-tls1_1", "-tls1_2"])
    func olderVersion(option: String) async throws {
        let (said, outcome) = try await Self.dial(
            [option, "-alpn", "h2", "-cipher", "ALL:@SECLEVEL=0"])

        #expect(outcome == .failed(TLSError(.protocolVersionRefused, "")))
        #expect(said.contains("alert protocol version"))
    }

    @Test("a client without a certificate is refused, and told that one is required")
    func noCertificate() async throws {
        let (said, outcome) = try await Self.dial(["-alpn", "h2"], as: nil)

        #expect(outcome == .failed(TLSError(.peerCertificateMissing, "")))
        #expect(said.contains("alert certificate required"))
    }

    @Test(
        "a client with an unusable certificate is refused",
        arguments: [
            ("foreign", TLSError.Code.peerCertificateUntrusted), ("ca", .peerCertificateUnfit),
            ("expired", .peerCertificateOutOfDate), ("early", .peerCertificateOutOfDate),
            ("server-only", .peerCertificateUnfit), ("weak", .peerCertificateUnfit),
            ("old-digest", .peerCertificateUnfit), ("indirect", .peerCertificateUntrusted),
        ])
    func unusableCertificate(identity: String, code: TLSError.Code) async throws {
        let (_, outcome) = try await Self.dial(
            ["-alpn", "h2", "-cipher", "DEFAULT:@SECLEVEL=0"], as: identity)

        #expect(outcome == .failed(TLSError(code, "")))
    }

    @Test("another application protocol is refused with its alert")
    func wrongProtocol() async throws {
        let (said, outcome) = try await Self.dial(["-alpn", "http/1.1"])

        #expect(outcome == .failed(TLSError(.applicationProtocolRefused, "")))
        #expect(said.contains("alert no application protocol"))
    }

    @Test("a client that names no application protocol is refused")
    func noProtocol() async throws {
        let (_, outcome) = try await Self.dial([])

        #expect(outcome == .failed(TLSError(.applicationProtocolRefused, "")))
    }

    @Test("our client talks to s_server, which demands its certificate")
    func server() async throws {
        let pki = try TestPKI.shared.get()
        let server = try await ForeignServer(
            ["-cert", pki.certificateFile("server"), "-key", pki.keyFile("server"), "-tls1_3"]
                + ["-CAfile", pki.certificateFile("ca"), "-Verify", "2", "-verify_return_error"]
                + ["-alpn", "h2", "-rev", "-naccept", "1"],
            in: pki.directory)

        let answer = try await converse(
            port: server.port, context: .client(), request: "abc\nCLOSE\n")

        #expect(answer.hasPrefix("cba\n"))
    }

    @Test("s_server refuses our certificate, and our client says so")
    func serverRefuses() async throws {
        let pki = try TestPKI.shared.get()
        let server = try await ForeignServer(
            ["-cert", pki.certificateFile("server"), "-key", pki.keyFile("server"), "-tls1_3"]
                + ["-CAfile", pki.certificateFile("foreign-ca"), "-Verify", "2"]
                + ["-verify_return_error", "-alpn", "h2", "-rev", "-naccept", "1"],
            in: pki.directory)

        await #expect(throws: TLSError(.certificateRefusedByPeer, "")) {
            try await converse(port: server.port, context: .client(), request: "abc\n")
        }
    }

    @Test("an s_server of TLS 1.2 is refused")
    func olderServer() async throws {
        let pki = try TestPKI.shared.get()
        let server = try await ForeignServer(
            ["-cert", pki.certificateFile("server"), "-key", pki.keyFile("server"), "-tls1_2"]
                + ["-alpn", "h2", "-rev", "-naccept", "1"],
            in: pki.directory)

        await #expect(throws: TLSError(.protocolVersionRefused, "")) {
            try await converse(port: server.port, context: .client(), request: "abc\n")
        }
    }
}
