import DossierCrypto
import Foundation

/// Unary calls over mutual TLS that store nothing: our server and others under the same load.
enum UnaryBenchmark {
    private static let method = "/bench.Echo/Unary"
    private static let bytes = 64

    private struct Result {
        var perSecond = 0.0
        var processorMicroseconds = Double.infinity
    }

    static func run(at site: Site, into table: inout Table) throws {
        let own = Site.built("echo-node")
        let servers: [(name: String, goal: String, program: URL?)] = [
            ("C++ gRPC", ">= 2.5", site.peer(".build/grpc-server")),
            (
                "grpc-swift 2", ">= 10",
                site.peer("GRPCSwift/.build/release/grpc-swift-peer")
            ),
        ]
        for (name, _, program) in servers where program == nil {
            Console.missing(name, "make bench-peers")
        }
        for generator in ["grpc-load", "h2-load"] {
            guard let program = site.peer(".build/\(generator)") else {
                Console.missing(generator, "make -C Benchmarks/Peers")
                continue
            }
            let results = try self.measure([own] + servers.map(\.program), program, site)
            for (server, result) in zip(servers, results.dropFirst()) {
                let isThere = server.program != nil
                table.add(
                    "unary call, load by \(generator)", results[0].perSecond, .perSecond,
                    against: server.name, isThere ? result.perSecond : nil, goal: server.goal)
                table.add(
                    "its processor time on the server", results[0].processorMicroseconds,
                    .microseconds, against: server.name,
                    isThere ? result.processorMicroseconds : nil, goal: "")
            }
        }
    }

    /// The best of two rounds of each server.
    private static func measure(
        _ servers: [URL?], _ generator: URL, _ site: Site
    ) throws -> [Result] {
        var results = servers.map { _ in Result() }
        for _ in 0..<2 {
            for (index, server) in servers.enumerated() {
                guard let server else { continue }
                let running = try site.startEcho(server)
                defer { running.stop() }
                let before = running.processorSeconds
                let load = try Load.run(
                    generator, at: site, on: running.port, self.method, bytes: self.bytes)
                let processor = (running.processorSeconds - before) * 1e6
                // The load generator's warming up is in the processor time, and not in the calls.
                let calls = load.perSecond * (site.seconds + 1)
                results[index].perSecond = max(results[index].perSecond, load.perSecond)
                results[index].processorMicroseconds = min(
                    results[index].processorMicroseconds, processor / calls)
            }
        }
        return results
    }
}

/// What a node takes that does nothing.
enum IdleBenchmark {
    static func run(at site: Site, into table: inout Table) throws {
        let node = try site.startNode("idle")
        table.add("start of a node", node.startSeconds * 1_000, .milliseconds, goal: "<= 150")
        table.add("memory of an idle node", node.residentMebibytes, .mebibytes, goal: "<= 48")
        node.stop()
    }
}
