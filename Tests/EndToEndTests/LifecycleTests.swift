import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import Foundation
import Testing

@Suite("The node as a process")
struct LifecycleTests {
    @Test("SIGTERM and SIGINT end an idle node with 0", arguments: [SIGTERM, SIGINT])
    func idle(signal: Int32) async throws {
        try await Scene.with { scene in
            let node = try await ServedNode.start(scene)
            #expect(await node.end(signal) == 0)
            let port = try String(contentsOfFile: "\(scene.folder)/port", encoding: .utf8)
            #expect(port == "\(node.port)\n")
            #expect(await node.logText.contains("stopped"))
        }
    }

    @Test("a stream under way when SIGTERM arrives is answered to its end, and all of it is kept")
    func drain() async throws {
        try await Scene.with { scene in
            let node = try await ServedNode.start(scene)
            let analyst = try Analyst(scene)
            let batches = (0..<40).map { batch in
                (0..<5).map { TestRecord("D-\(batch)-\($0)") }
            }
            let answered = try await analyst.connected(to: node) { client in
                var answered = 0
                try await client.submit(analyst.plan(batches)) { _, result in
                    if answered == 0 { node.send(SIGTERM) }
                    let receipt = try result.get()
                    #expect(receipt.appended == 5)
                    answered += 1
                }
                return answered
            }
            #expect(answered == 40)
            #expect(await node.end(SIGTERM) == 0)

            let again = try await ServedNode.start(scene)
            #expect(try await analyst.list(again).count == 200)
            #expect(await again.end(SIGTERM) == 0)
        }
    }

    @Test("a second node on the same data, or on the same port, ends with 1 and says why")
    func occupied() async throws {
        try await Scene.withNode { scene, node in
            let serve = [
                "serve", "--certificate", "\(scene.pki)/kr/node.pem", "--key",
                "\(scene.pki)/kr/node.key",
            ]
            let sameData = try await scene.program().run(
                serve + ["--data", "data", "--listen", "localhost:0"])
            #expect(sameData.status == 1)
            #expect(sameData.errors.contains("dossier: error: "), "\(sameData.errors)")
            let samePort = try await scene.program().run(
                serve + ["--data", "other", "--listen", "localhost:\(node.port)"])
            #expect(samePort.status == 1)
            #expect(samePort.errors.contains("dossier: error: "), "\(samePort.errors)")
            let listed = try await scene.dossier("list", at: node)
            #expect(listed.status == 0)
        }
    }

    @Test("an analyst's certificate does not make a node")
    func notANode() async throws {
        try await Scene.with { scene in
            let outcome = try await scene.dossier(
                "serve", "--data", "data", "--listen", "localhost:0")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("person/analyst"), "\(outcome.errors)")
            #expect(try scene.files.isEmpty)
        }
    }

    @Test("reindex builds the same catalog again, and not while the node runs")
    func reindex() async throws {
        try await Scene.with { scene in
            let node = try await ServedNode.start(scene)
            let input = (1...50).map { JSONInput.record("J-\($0)") }.joined(separator: "\n")
            let submitted = try await scene.dossier(
                "submit", "-", "--tlp", "green", at: node, input: input)
            #expect(submitted.status == 0)
            let before = try await scene.dossier("list", at: node)
            let refused = try await scene.dossier("reindex", "--data", "data")
            #expect(refused.status == 1)
            #expect(await node.end(SIGTERM) == 0)

            let done = try await scene.dossier("reindex", "--data", "data")
            #expect(done.status == 0, "\(done.errors)")
            #expect(done.output.isEmpty)
            let again = try await ServedNode.start(scene)
            #expect(try await scene.dossier("list", at: again).output == before.output)
            #expect(await again.end(SIGTERM) == 0)
        }
    }
}
