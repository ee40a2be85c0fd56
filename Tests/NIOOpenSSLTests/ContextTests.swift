import Testing

@testable import NIOOpenSSL

@Suite("Contexts that cannot be made")
struct ContextTests {
    private static func configuration(
        chain: [UInt8]? = nil, key: [UInt8]? = nil, anchors: [[UInt8]]? = nil,
        role: TLSConfiguration.Role = .server, protocols: [String] = ["h2"]
    ) throws -> TLSConfiguration {
        let pki = try TestPKI.shared.get()
        let server = try pki.identity("server")
        return TLSConfiguration(
            role: role, certificateChainPEM: chain ?? server.chainPEM,
            privateKeyPEM: key ?? server.keyPEM, trustAnchors: anchors ?? [pki.anchor],
            applicationProtocols: protocols, verifyPeer: { _ in })
    }

    private static func expectRefusal(
        _ configuration: TLSConfiguration, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: TLSError(.invalidConfiguration, ""), sourceLocation: sourceLocation) {
            try TLSContext(configuration)
        }
    }

    @Test("a key that does not fit, no key, no certificate, no anchor")
    func missingParts() throws {
        let other = try TestPKI.shared.get().identity("client")
        Self.expectRefusal(try Self.configuration(key: other.keyPEM))
        Self.expectRefusal(try Self.configuration(key: []))
        Self.expectRefusal(try Self.configuration(key: Array("no key".utf8)))
        Self.expectRefusal(try Self.configuration(chain: []))
        Self.expectRefusal(try Self.configuration(chain: other.keyPEM))
        Self.expectRefusal(try Self.configuration(anchors: []))
    }

    @Test("a chain that is cut or damaged")
    func damagedChain() throws {
        let chain = try TestPKI.shared.get().identity("indirect-chain").chainPEM
        let key = try TestPKI.shared.get().identity("indirect-chain").keyPEM
        Self.expectRefusal(try Self.configuration(chain: chain.dropLast(40), key: key))
        var damaged = chain
        damaged[damaged.count - 100] = UInt8(ascii: "*")
        Self.expectRefusal(try Self.configuration(chain: damaged, key: key))
    }

    @Test("an anchor that is no certificate, or more than one")
    func damagedAnchor() throws {
        let anchor = try TestPKI.shared.get().anchor
        Self.expectRefusal(try Self.configuration(anchors: [[]]))
        Self.expectRefusal(try Self.configuration(anchors: [anchor.dropLast()]))
        Self.expectRefusal(try Self.configuration(anchors: [anchor + [0]]))
    }

    @Test("an encrypted key is refused, and nobody is asked for the pass phrase")
    func encryptedKey() throws {
        let pki = try TestPKI.shared.get()
        let text = try OpenSSLProgram.run(
            ["pkcs8", "-topk8", "-in", pki.keyFile("server"), "-passout", "pass:secret"],
            in: pki.directory)
        #expect(text.contains("ENCRYPTED"))
        Self.expectRefusal(try Self.configuration(key: Array(text.utf8)))
    }

    @Test("a weak certificate of our own", arguments: ["weak", "old-digest"])
    func weakCredentials(identity: String) throws {
        let weak = try TestPKI.shared.get().identity(identity)
        Self.expectRefusal(try Self.configuration(chain: weak.chainPEM, key: weak.keyPEM))
    }

    @Test(
        "a server name or protocol name that cannot be one",
        arguments: ["", "a\0b", "127.0.0.1\0b"])
    func unusableNames(name: String) throws {
        Self.expectRefusal(try Self.configuration(role: .client(serverName: name)))
        Self.expectRefusal(
            try Self.configuration(protocols: [String(repeating: "x", count: 256), name]))
    }

    @Test("the private key does not show in any description")
    func secrecy() throws {
        let configuration = try Self.configuration()
        let key = try TestPKI.shared.get().identity("server").keyPEM
        var dumped = ""
        dump(configuration, to: &dumped)
        dumped += String(describing: configuration) + String(reflecting: configuration)

        // How a dump writes the key's bytes one by one, and how a description writes an array.
        #expect(!dumped.contains(key.prefix(64).map(String.init).joined(separator: ", ")))
        #expect(dumped.contains("secret bytes"))
    }
}
