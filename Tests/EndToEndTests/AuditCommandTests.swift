import DossierTestSupport
import Foundation
import Testing

@Suite("dossier audit")
struct AuditCommandTests {
    private static let arguments = ["audit", "--data", "data", "--output", "json"]

    @Test("a node's data check while it runs and after; a changed byte is named, and ends with 2")
    func damage() async throws {
        try await Scene.with { scene in
            let node = try await ServedNode.start(scene)
            let input = (1...20).map { JSONInput.record("J-\($0)") }.joined(separator: "\n")
            let submitted = try await scene.dossier(
                "submit", "-", "--tlp", "green", at: node, input: input)
            #expect(submitted.status == 0, "\(submitted.errors)")
            try await Self.expectClean(scene)
            #expect(await node.end(SIGTERM) == 0)
            try await Self.expectClean(scene)

            let segment = "data/segments/00000000000000000000.segment"
            for (file, offset) in [
                (segment, 500), ("data/tree-hashes", 70), ("data/checkpoint", 9),
            ] {
                let whole = try scene.read(file)
                var bytes = whole
                bytes[offset] ^= 1
                try Self.write(bytes, to: file, in: scene)

                let outcome = try await scene.program().run(Self.arguments)

                #expect(outcome.status == 2, "\(file): \(outcome.errors)")
                #expect(outcome.lines.count == 1, "\(file): \(outcome.text)")
                let name = try #require(file.split(separator: "/").last)
                #expect(outcome.text.contains(name), "\(outcome.text)")
                try Self.write(whole, to: file, in: scene)
            }
            try await Self.expectClean(scene)
        }
    }

    private static func expectClean(_ scene: Scene) async throws {
        let outcome = try await scene.program().run(Self.arguments)
        #expect(outcome.status == 0, "\(outcome.text) \(outcome.errors)")
        #expect(outcome.output.isEmpty)
        #expect(outcome.errors.contains("0 findings in 20 records"), "\(outcome.errors)")
    }

    private static func write(_ bytes: [UInt8], to name: String, in scene: Scene) throws {
        try Data(bytes).write(to: URL(filePath: "\(scene.folder)/\(name)"))
    }
}
