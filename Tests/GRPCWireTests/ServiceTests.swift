import Testing

@testable import GRPCWire

@Suite("Health and reflection", .timeLimit(.minutes(1)))
struct ServiceTests {
    private static let check = MethodPath(service: "grpc.health.v1.Health", method: "Check")
    private static let watch = MethodPath(service: "grpc.health.v1.Health", method: "Watch")
    private static let reflection = MethodPath(
        service: "grpc.reflection.v1.ServerReflection", method: "ServerReflectionInfo")

    /// A message whose one field is a string: a health request, most reflection requests.
    private static func message(field: UInt8, _ text: String) -> [UInt8] {
        [field << 3 | 2, UInt8(text.utf8.count)] + Array(text.utf8)
    }

    @Test("a check tells the status of the server and of services that have one")
    func check() async throws {
        let health = HealthService()
        var router = Router()
        health.register(with: &router)
        health.set(.notServing, for: "a")
        try await withLoopback(router) { client, _ in
            let whole = try await client.unary(Self.check, [])
            #expect(whole == [8, 1])
            let service = try await client.unary(Self.check, Self.message(field: 1, "a"))
            #expect(service == [8, 2])
            let status = await #expect(throws: GRPCStatus.self) {
                try await client.unary(Self.check, Self.message(field: 1, "b"))
            }
            #expect(status?.code == .notFound)
            let malformed = await #expect(throws: GRPCStatus.self) {
                try await client.unary(Self.check, [255])
            }
            #expect(malformed?.code == .invalidArgument)
        }
    }

    @Test("a watcher hears the status at once and at each change")
    func watch() async throws {
        let health = HealthService()
        var router = Router()
        health.register(with: &router)
        try await withLoopback(router) { client, _ in
            let request = Self.message(field: 1, "a")
            var responses = try await client.serverStreaming(Self.watch, request)
                .makeAsyncIterator()
            var heard = [try await responses.next()]
            for status in [HealthService.ServingStatus.serving, .notServing, .serving] {
                health.set(status, for: "a")
                health.set(status, for: "a")
                heard.append(try await responses.next())
            }
            #expect(heard == [[8, 3], [8, 1], [8, 2], [8, 1]])
        }
    }

    @Test("reflection lists the services and gives the files that declare them")
    func reflection() async throws {
        var router = Echo.router
        HealthService().register(with: &router)
        try ReflectionService(fileDescriptors: []).register(with: &router)
        try await withLoopback(router) { client, _ in
            try await client.bidirectional(Self.reflection) { requests, responses in
                var iterator = responses.makeAsyncIterator()
                func ask(_ request: [UInt8]) async throws -> String {
                    try await requests.write(request)
                    return String(decoding: try await iterator.next() ?? [], as: UTF8.self)
                }
                let services = try await ask(Self.message(field: 7, ""))
                #expect(services.contains("test.Echo"))
                #expect(services.contains("grpc.health.v1.Health"))
                #expect(services.contains("grpc.reflection.v1.ServerReflection"))
                for symbol in [
                    "grpc.health.v1.Health", "grpc.health.v1.Health.Check",
                    "grpc.health.v1.HealthCheckRequest",
                    "grpc.health.v1.HealthCheckResponse.ServingStatus",
                ] {
                    let file = try await ask(Self.message(field: 4, symbol))
                    #expect(file.contains("grpc/health/v1/health.proto"))
                }
                let named = try await ask(
                    Self.message(field: 3, "grpc/reflection/v1/reflection.proto"))
                #expect(named.contains("ServerReflectionInfo"))
                for unknown in [Self.message(field: 4, "nope"), Self.message(field: 3, "nope")] {
                    let error = try await ask(unknown)
                    #expect(error.contains("not found"))
                }
            }
        }
    }

    @Test("a file comes with all that it imports, each once")
    func imports() throws {
        func file(_ name: String, imports: [String]) -> [UInt8] {
            Self.message(field: 1, name) + imports.flatMap { Self.message(field: 3, $0) }
        }
        let files = [
            file("a", imports: ["b", "c"]), file("b", imports: ["c"]), file("c", imports: []),
            file("d", imports: []),
        ]
        let index = try FileIndex(files: files)
        #expect(index.files(named: "a") == Array(files[0...2]))
        #expect(index.files(named: "c") == [files[2]])
        #expect(index.files(named: "e") == nil)
    }

    @Test("a descriptor set that is cut is malformed", arguments: [1, 2, 3])
    func cutSet(count: Int) {
        let set: [UInt8] = [10, 2, 1, 2]
        #expect(throws: GRPCError(.malformedMessage, "")) {
            try FileIndex.files(inSet: Array(set.prefix(count)))
        }
    }
}
