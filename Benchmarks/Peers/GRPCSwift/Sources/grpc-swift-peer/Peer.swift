import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix

// grpc-swift 2's own server over mutual TLS:
//
//   grpc-swift-peer ANCHORS CERTIFICATE KEY      prints the port it listens on

@main
struct Peer {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4 else {
            FileHandle.standardError.write(
                Data("usage: grpc-swift-peer ANCHORS CERTIFICATE KEY\n".utf8))
            exit(64)
        }
        let server = GRPCServer(
            transport: .http2NIOPosix(
                address: .ipv4(host: "127.0.0.1", port: 0),
                transportSecurity: .mTLS(
                    certificateChain: [.file(path: arguments[2], format: .pem)],
                    privateKey: .file(path: arguments[3], format: .pem)
                ) {
                    $0.trustRoots = .certificates([.file(path: arguments[1], format: .pem)])
                }),
            services: [Echo()])
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await server.serve() }
            if let port = try await server.listeningAddress?.ipv4?.port {
                FileHandle.standardOutput.write(Data("\(port)\n".utf8))
            }
        }
    }
}

/// Gives each message back.
private struct Echo: RegistrableRPCService {
    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: MethodDescriptor(fullyQualifiedService: "bench.Echo", method: "Unary"),
            deserializer: Bytes(), serializer: Bytes()
        ) { request, _ in
            let request = try await ServerRequest(stream: request)
            return StreamingServerResponse(single: ServerResponse(message: request.message))
        }
    }
}

/// Messages as they came.
private struct Bytes: MessageSerializer, MessageDeserializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes {
        Bytes(message)
    }

    func deserialize<Bytes: GRPCContiguousBytes>(_ bytes: Bytes) throws -> [UInt8] {
        bytes.withUnsafeBytes { Array($0) }
    }
}
