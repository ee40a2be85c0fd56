import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import Foundation
import GRPCWire
import MerkleLog
import NIOOpenSSL
import Synchronization

/// A server with the certificate of kr's node that hands out kr's log as kr's node does, but for
/// what it says instead.
final class LyingNode: Sendable {
    /// Says something instead of an honest message, on a stream on which so many certificates were
    /// sent before.
    typealias Lie =
        @Sendable (
            FollowResponse, _ certificates: UInt32,
            _ send: (_ message: [UInt8]) async throws -> Void
        ) async throws -> Void

    /// The port it listens on.
    let port: Int
    private let scene: Scene
    private let server: Mutex<GRPCServer?>
    private let lie = Mutex<Lie?>(nil)
    private let honest = Mutex<FollowResponse?>(nil)

    private init(_ scene: Scene, port: Int) {
        self.scene = scene
        self.port = port
        self.server = Mutex(nil)
    }

    /// Runs the server while `body` runs, on a port of its own until it is before kr's node.
    static func with<Result>(
        _ scene: Scene, _ body: (LyingNode) async throws -> Result
    ) async throws -> Result {
        let liar = LyingNode(scene, port: try LoopbackPorts.next())
        do {
            let result = try await body(liar)
            await liar.stop()
            return result
        } catch {
            await liar.stop()
            throw error
        }
    }

    /// Listens before kr's node, which must be running, and reads its log as us's node.
    func start(before honest: ServedNode) async throws {
        let reader = try await Analyst(self.scene, of: "us", "node").connect(to: honest)
        var configuration = GRPCServer.Configuration(host: "127.0.0.1", port: self.port)
        // More than a node may send.
        configuration.maximumResponseBytes = 16 * 1_024 * 1_024
        var router = Router()
        router.serverStreaming(Mirroring.follow) { request, writer, _ in
            let messages = try await reader.ask(
                .follow(FollowRequest(decoding: request)))
            var certificates: UInt32 = 0
            while let message = try await messages.next() {
                let decoded = try FollowResponse(decoding: message)
                if let lie = self.lie.withLock({ $0 }) {
                    try await lie(decoded, certificates) { try await writer.write($0) }
                    continue
                }
                self.honest.withLock { $0 = decoded }
                certificates += UInt32(decoded.certificates.count)
                try await writer.write(message)
            }
        }
        router.serverStreaming(Mirroring.watch) { _, writer, _ in
            let messages = try await reader.ask(.watch)
            while let message = try await messages.next() { try await writer.write(message) }
        }
        router.serverStreaming(Mirroring.fetch) { request, writer, _ in
            let messages = try await reader.ask(.fetch(FetchRequest(decoding: request)))
            while let message = try await messages.next() { try await writer.write(message) }
        }
        let server = GRPCServer(
            configuration: configuration, router: router, tls: try self.tls(of: "kr"))
        self.server.withLock { $0 = server }
        _ = try await server.start()
    }

    private func stop() async {
        await self.server.withLock { $0 }?.shutdownGracefully(within: .milliseconds(200))
    }

    // MARK: - Lies

    /// A message without leaves for a reader that has all that the last honest message brought.
    var heartbeat: FollowResponse? {
        self.honest.withLock { $0 }.map { last in
            FollowResponse(
                firstIndex: last.endIndex, runs: [],
                checkpoint: ProvenCheckpoint(
                    checkpoint: last.checkpoint.checkpoint, consistencyProof: []),
                certificates: [], releaseEpoch: last.releaseEpoch)
        }
    }

    /// Tells a lie for each message from now on; nil for the truth.
    func tell(_ lie: Lie?) { self.lie.withLock { $0 = lie } }

    /// Shows the certificate of an organisation's node to those who connect from now on, and has
    /// all connect again.
    func present(_ organisation: String) throws {
        let tls = try self.tls(of: organisation)
        self.server.withLock { server in
            server?.replaceTLS(tls)
            server?.closeConnections { _ in true }
        }
    }

    /// A checkpoint that the key of kr's log signs, of a tree that there never was.
    func forged(_ size: UInt64) throws -> ProvenCheckpoint {
        let key = try PrivateKey(contentsOfFile: "\(self.scene.pki)/kr/log.key")
        let signer = try NoteSigner(name: "msmt.example/dossier/kr/1", privateKey: key)
        let root = TreeOracle.leafHash(Array("no leaf".utf8))
        return ProvenCheckpoint(
            checkpoint: try signer.sign(TreeHead(size: size, root: root)).bytes,
            consistencyProof: [])
    }

    private func tls(of organisation: String) throws -> TLSContext {
        let own = "\(self.scene.pki)/\(organisation)"
        let analyst = try Analyst(self.scene)
        return try TLSContext(
            TLSConfiguration(
                role: .server,
                certificateChainPEM: [UInt8](Data(contentsOf: URL(filePath: "\(own)/node.pem"))),
                privateKeyPEM: PrivateKey(contentsOfFile: "\(own)/node.key").pem(),
                trustAnchors: analyst.anchors.certificates.values.joined().map(\.der),
                applicationProtocols: ["h2"], verifyPeer: { _ in }))
    }
}
