import Testing

@testable import GRPCWire

@Suite("Calls over loopback", .timeLimit(.minutes(1)))
struct CallTests {
    @Test("a unary call returns what its handler returns", arguments: [0, 1, 5, 16_384, 100_000])
    func unary(size: Int) async throws {
        let request = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        let response = try await withLoopback(Echo.router) { client, _ in
            try await client.unary(Echo.unary, request)
        }
        #expect(response == request)
    }

    @Test("a message of the greatest size passes both ways")
    func greatestMessage() async throws {
        let request = [UInt8](repeating: 7, count: 4 * 1024 * 1024)
        let response = try await withLoopback(Echo.router) { client, _ in
            try await client.unary(Echo.unary, request)
        }
        #expect(response == request)
    }

    @Test("a server stream gives all responses in order and ends")
    func serverStreaming() async throws {
        let request = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        let responses = try await withLoopback(Echo.router) { client, _ in
            var all: [UInt8] = []
            for try await response in try await client.serverStreaming(Echo.split, request) {
                all += response
            }
            return all
        }
        #expect(responses == request)
    }

    @Test("a client stream gives its handler all requests in order")
    func clientStreaming() async throws {
        let response = try await withLoopback(Echo.router) { client, _ in
            try await client.clientStreaming(Echo.join) { requests in
                for byte in 0..<200 { try await requests.write([UInt8(byte)]) }
            }
        }
        #expect(response == (0..<200).map { UInt8($0) })
    }

    @Test("a bidirectional call alternates requests and responses")
    func bidirectional() async throws {
        let responses = try await withLoopback(Echo.router) { client, _ in
            try await client.bidirectional(Echo.chat) { requests, responses in
                var all: [[UInt8]] = []
                var iterator = responses.makeAsyncIterator()
                for byte in 0..<50 {
                    try await requests.write([UInt8(byte)])
                    if let response = try await iterator.next() { all.append(response) }
                }
                requests.finish()
                #expect(try await iterator.next() == nil)
                return all
            }
        }
        #expect(responses == (0..<50).map { [UInt8($0)] })
    }

    @Test("many calls at once on one connection are all answered")
    func manyAtOnce() async throws {
        let sum = try await withLoopback(Echo.router) { client, _ in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<2000 {
                    group.addTask {
                        Int(try await client.unary(Echo.unary, [UInt8(number % 251)])[0])
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        #expect(sum == (0..<2000).reduce(0) { $0 + $1 % 251 })
    }
}
