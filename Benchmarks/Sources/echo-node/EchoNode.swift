import DossierCrypto
import Foundation
import GRPCWire
import NIOOpenSSL

// GRPCWire's own server over mutual TLS, which gives each message back as it came:
//
//   echo-node ANCHORS CERTIFICATE KEY      prints the port it listens on

@main
struct EchoNode {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4 else {
            FileHandle.standardError.write(Data("usage: echo-node ANCHORS CERTIFICATE KEY\n".utf8))
            exit(64)
        }
        var router = Router()
        router.unary(MethodPath(service: "bench.Echo", method: "Unary")) { request, _ in request }
        let tls = try TLSContext(
            TLSConfiguration(
                role: .server, certificateChainPEM: Self.read(arguments[2]),
                privateKeyPEM: Self.read(arguments[3]),
                trustAnchors: Certificate.chain(pem: Self.read(arguments[1])).map(\.der),
                applicationProtocols: ["h2"], verifyPeer: { _ in }))
        let server = GRPCServer(
            configuration: .init(host: "127.0.0.1", port: 0), router: router, tls: tls)
        let port = try await server.start()
        FileHandle.standardOutput.write(Data("\(port)\n".utf8))
        // Serves until it is ended from outside: nothing finishes this stream.
        let (never, end) = AsyncStream.makeStream(of: Void.self)
        for await _ in never {}
        end.finish()
    }

    private static func read(_ path: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(filePath: path)))
    }
}
