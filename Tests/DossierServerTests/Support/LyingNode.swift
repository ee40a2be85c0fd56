import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import GRPCWire
import NIOOpenSSL
import Synchronization

/// A message that a node answers with.
protocol Answer: Sendable {
    init(decoding bytes: [UInt8]) throws
    func encoded() throws -> [UInt8]
}

extension SubmitResponse: Answer {}
extension SubmitStreamResponse: Answer {}
extension GetResponse: Answer {}
extension ListResponse: Answer {}
extension GetCheckpointResponse: Answer {}

/// What a node says instead of the truth.
final class Lies: Sendable {
    typealias Change = @Sendable (_ request: [UInt8], _ answer: [UInt8]) async throws -> [UInt8]

    private let changes = Mutex<[String: Change]>([:])

    /// Answers a method from now on with what `change` makes of the honest answer.
    func answer(_ method: MethodPath, with change: @escaping Change) {
        self.changes.withLock { $0["\(method)"] = change }
    }

    /// Answers a method from now on with the honest answer, changed.
    func change<Message: Answer>(
        _ method: MethodPath, _ type: Message.Type = Message.self,
        _ change: @escaping @Sendable (inout Message) throws -> Void
    ) {
        self.answer(method) { _, answer in
            var message = try Message(decoding: answer)
            try change(&message)
            return try message.encoded()
        }
    }

    /// Answers everything honestly from now on.
    func end() { self.changes.withLock { $0 = [:] } }

    func said(_ method: MethodPath, _ request: [UInt8], _ answer: [UInt8]) async throws -> [UInt8] {
        guard let change = self.changes.withLock({ $0["\(method)"] }) else { return answer }
        return try await change(request, answer)
    }
}

/// A server with a certificate of kr's node that forwards calls to the honest node as one person,
/// and changes the answers.
struct LyingNode: Sendable {
    /// Where clients connect to.
    let node: TestNode
    let lies: Lies

    /// Runs the server before an honest node while `body` runs.
    static func before<Result: Sendable>(
        _ honest: TestNode, as organisation: String = "kr",
        _ body: (LyingNode) async throws -> Result
    ) async throws -> Result {
        try await honest.connected(as: organisation) { peer in
            let lies = Lies()
            let server = GRPCServer(
                configuration: .init(host: "127.0.0.1", port: 0),
                router: self.router(lies, peer.grpc), tls: try self.tls(honest.consortium))
            let port = try await server.start()
            let node = TestNode(consortium: honest.consortium, port: port)
            let result: Swift.Result<Result, any Error>
            do {
                result = .success(try await body(LyingNode(node: node, lies: lies)))
            } catch {
                result = .failure(error)
            }
            await server.shutdownGracefully(within: .seconds(5))
            return try result.get()
        }
    }

    private static func router(_ lies: Lies, _ honest: GRPCClient) -> Router {
        var router = Router()
        for method in [
            Exchange.submit, Exchange.get, LogMethods.getCheckpoint, LogMethods.getInclusionProof,
            LogMethods.getConsistencyProof,
        ] {
            router.unary(method) { request, _ in
                try await lies.said(method, request, try await honest.unary(method, request))
            }
        }
        router.serverStreaming(Exchange.list) { request, writer, _ in
            for try await page in try await honest.serverStreaming(Exchange.list, request) {
                try await writer.write(lies.said(Exchange.list, request, page))
            }
        }
        router.bidirectional(Exchange.submitStream) { requests, writer, _ in
            for try await request in requests {
                let submission = try SubmitStreamRequest(decoding: request).submission
                let answer = try await honest.unary(Exchange.submit, submission.encoded())
                let logged = SubmitStreamResponse.logged(
                    try SubmitResponse(decoding: answer).receipt)
                try await writer.write(
                    lies.said(Exchange.submitStream, request, logged.encoded()))
            }
        }
        return router
    }

    private static func tls(_ consortium: Consortium) throws -> TLSContext {
        let credential = try consortium.pki.node("kr")
        let anchors = consortium.pki.anchors
        return try TLSContext(
            TLSConfiguration(
                role: .server, certificateChainPEM: credential.certificatePEM,
                privateKeyPEM: credential.privateKeyPEM,
                trustAnchors: consortium.pki.anchorCertificates, applicationProtocols: ["h2"],
                verifyPeer: { _ = try anchors.verify(encodedChain: $0, usage: .client) }))
    }
}

/// Where calls wait until there are as many as there should be.
actor Meeting {
    private let count: Int
    private var arrived: [CheckedContinuation<Int, Never>] = []

    init(of count: Int) { self.count = count }

    /// Waits for the others; gives the number of this call among them.
    func arrive() async -> Int {
        await withCheckedContinuation { call in
            self.arrived.append(call)
            guard self.arrived.count == self.count else { return }
            for (number, call) in self.arrived.enumerated() { call.resume(returning: number) }
            self.arrived = []
        }
    }
}
