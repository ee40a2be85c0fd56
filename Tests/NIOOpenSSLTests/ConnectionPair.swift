import NIOCore

@testable import NIOOpenSSL

/// A client's and a server's connection back to back, without a socket.
struct ConnectionPair {
    let client: TLSConnection
    let server: TLSConnection

    /// How one side's handshake ended; null while it has not.
    private(set) var clientResult: Result<Void, TLSError>?
    private(set) var serverResult: Result<Void, TLSError>?

    /// Plaintext that arrived.
    var atClient = ByteBuffer()
    var atServer = ByteBuffer()

    /// How reading ended after the handshake.
    private(set) var clientOutcome = TLSConnection.ReadOutcome.drained
    private(set) var serverOutcome = TLSConnection.ReadOutcome.drained

    /// How many bytes are delivered in one step.
    private let step: Int

    init(
        client: TLSContext, server: TLSContext, step: Int = .max,
        clientRecordsPerKey: Int = TLSConnection.recordsPerKey
    ) throws {
        self.client = try TLSConnection(context: client, recordsPerKey: clientRecordsPerKey)
        self.server = try TLSConnection(context: server)
        self.step = step
    }

    /// Carries bytes to and fro until neither side has any more to send.
    mutating func exchange() {
        repeat {
            self.clientStep()
            self.serverStep()
            for piece in self.pieces(of: self.client.takeOutbound()) {
                self.server.receive(piece)
                self.serverStep()
            }
            for piece in self.pieces(of: self.server.takeOutbound()) {
                self.client.receive(piece)
                self.clientStep()
            }
        } while self.client.outboundBytes + self.server.outboundBytes > 0
    }

    private func pieces(of buffer: ByteBuffer) -> [ByteBuffer] {
        var rest = buffer
        var pieces: [ByteBuffer] = []
        while let piece = rest.readSlice(length: min(self.step, rest.readableBytes)),
            piece.readableBytes > 0
        {
            pieces.append(piece)
        }
        return pieces
    }

    private mutating func clientStep() {
        if self.clientResult == nil { self.clientResult = Self.shakeHands(self.client) }
        guard case .success = self.clientResult, case .drained = self.clientOutcome else { return }
        self.clientOutcome = self.client.read(into: &self.atClient)
    }

    private mutating func serverStep() {
        if self.serverResult == nil { self.serverResult = Self.shakeHands(self.server) }
        guard case .success = self.serverResult, case .drained = self.serverOutcome else { return }
        self.serverOutcome = self.server.read(into: &self.atServer)
    }

    private static func shakeHands(_ connection: TLSConnection) -> Result<Void, TLSError>? {
        do throws(TLSError) {
            return try connection.handshake() == .complete ? .success(()) : nil
        } catch {
            return .failure(error)
        }
    }

    /// What the client was told in the end: by its handshake, or by what it read after it.
    var clientFailure: TLSError? {
        if case .failure(let error) = self.clientResult { return error }
        if case .failed(let error) = self.clientOutcome { return error }
        return nil
    }

    var serverFailure: TLSError? {
        if case .failure(let error) = self.serverResult { return error }
        if case .failed(let error) = self.serverOutcome { return error }
        return nil
    }
}

extension TLSContext {
    /// A context of the test PKI.
    static func make(
        _ role: TLSConfiguration.Role, as identity: String, trusting anchors: [[UInt8]]? = nil,
        protocols: [String] = ["h2"],
        verifyPeer: @escaping @Sendable ([[UInt8]]) throws -> Void = { _ in }
    ) throws -> TLSContext {
        let pki = try TestPKI.shared.get()
        let identity = try pki.identity(identity)
        return try TLSContext(
            TLSConfiguration(
                role: role, certificateChainPEM: identity.chainPEM,
                privateKeyPEM: identity.keyPEM, trustAnchors: anchors ?? [pki.anchor],
                applicationProtocols: protocols, verifyPeer: verifyPeer))
    }

    static func server() throws -> TLSContext { try .make(.server, as: "server") }

    static func client() throws -> TLSContext {
        try .make(.client(serverName: "localhost"), as: "client")
    }
}
