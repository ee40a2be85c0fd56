import DossierTestSupport
import Foundation
import Testing

@Suite("What the command line remembers of a log")
struct StateTests {
    private static let state = ".local/state/dossier"

    /// Submits records under references, and expects it to go well.
    @discardableResult
    private static func submit(
        _ references: [String], _ scene: Scene, _ node: ServedNode, _ arguments: String...
    ) async throws -> Program.Outcome {
        let input = references.map { JSONInput.record($0) }.joined(separator: "\n")
        let outcome = try await scene.program(node: node).run(
            ["submit", "-", "--tlp", "green"] + arguments, input: Array(input.utf8))
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome
    }

    /// The checkpoint that is kept, and its tree size.
    private static func kept(_ scene: Scene) throws -> (note: String, size: Int) {
        let files = try scene.files(in: self.state).filter { $0.hasSuffix(".checkpoint") }
        #expect(files.count == 1)
        let note = try scene.text("\(self.state)/\(try #require(files.first))")
        let lines = note.split(separator: "\n")
        return (note, try #require(Int(lines[1])))
    }

    @Test("the newest checkpoint is kept, an older one never, and all say the same")
    func newest() async throws {
        try await Scene.withNode { scene, node in
            try await Self.submit(["S-1", "S-2"], scene, node, "--receipt", "receipt")
            let first = try Self.kept(scene)
            #expect(first.size == 2)
            #expect(try scene.text("receipt").hasSuffix("\n\n\(first.note)"))
            let printed = try await scene.dossier("log", "checkpoint", at: node)
            #expect(printed.status == 0 && printed.errors.isEmpty, "\(printed.errors)")
            #expect(printed.text == first.note)

            // Another state folder sees the log grow; this one is behind until it asks.
            try await Self.submit(["S-3"], scene, node, "--state", "elsewhere")
            #expect(try Self.kept(scene) == first)
            _ = try await scene.dossier("list", "--limit", "1", at: node)
            let second = try Self.kept(scene)
            #expect(second.size == 3)
            try await Self.submit(["S-1"], scene, node)
            #expect(try Self.kept(scene) == second)
            #expect(try scene.files(in: Self.state).filter { $0.contains("conflict") } == [])
        }
    }

    @Test("what is kept and does not verify is not passed over")
    func damaged() async throws {
        try await Scene.withNode { scene, node in
            try await Self.submit(["S-1"], scene, node)
            let name = try #require(
                try scene.files(in: Self.state).first { $0.hasSuffix(".checkpoint") })
            let note = try scene.text("\(Self.state)/\(name)").replacing("\n1\n", with: "\n2\n")
            try scene.write("\(Self.state)/\(name)", note)
            let listed = try await scene.dossier("list", at: node)
            #expect(listed.status == 2 && listed.output.isEmpty)
            #expect(listed.errors.contains("wrongSignature"), "\(listed.errors)")
            #expect(try scene.text("\(Self.state)/\(name)") == note)
        }
    }

    @Test("without verification there is a warning each time, and nothing is kept")
    func unverified() async throws {
        try await Scene.withNode { scene, node in
            try await Self.submit(["S-1"], scene, node, "--no-verify")
            for command in [["list"], ["get", "kr/S-1"], ["log", "checkpoint"]] {
                let outcome = try await scene.program(node: node).run(command + ["--no-verify"])
                #expect(outcome.errors.contains("dossier: warning: "), "\(command)")
                #expect(outcome.errors.contains("--no-verify"), "\(command)")
                guard command != ["log", "checkpoint"] else { continue }
                #expect(outcome.status == 0 && !outcome.output.isEmpty, "\(outcome.errors)")
            }
            #expect(!FileManager.default.fileExists(atPath: "\(scene.folder)/\(Self.state)"))
            let verified = try await scene.dossier("list", at: node)
            #expect(verified.status == 0, "\(verified.errors)")
            #expect(!verified.errors.contains("warning"))
        }
    }

    @Test(
        "an older copy of all that a node has is noticed, and so is a log that grew otherwise since"
    )
    func rolledBack() async throws {
        try await Scene.with { scene in
            var node = try await ServedNode.start(scene)
            try await Self.submit(["S-1", "S-2"], scene, node)
            #expect(await node.end(SIGTERM) == 0)
            for name in ["data", "data.guard"] { try scene.replace("\(name).old", with: name) }
            node = try await ServedNode.start(scene)
            try await Self.submit(["S-3"], scene, node)
            #expect(await node.end(SIGTERM) == 0)
            let known = try Self.kept(scene)
            for name in ["data", "data.guard"] { try scene.replace(name, with: "\(name).old") }

            node = try await ServedNode.start(scene)
            for command in [
                ["list"], ["get", "kr/S-1"], ["log", "checkpoint"],
                ["export", "proof", "kr/S-1", "--out", "out"],
            ] {
                let outcome = try await scene.program(node: node).run(command)
                #expect(outcome.status == 2 && outcome.output.isEmpty, "\(command)")
                #expect(outcome.errors.contains("error: olderCheckpoint: "), "\(outcome.errors)")
            }
            let refused = try await scene.dossier(
                "submit", "-", "--tlp", "green", at: node, input: JSONInput.record("S-9"))
            #expect(refused.status == 2, "\(refused.errors)")
            #expect(refused.errors.contains("error: olderCheckpoint: "), "\(refused.errors)")

            // Somebody who has not seen the third leaf writes two others.
            try await Self.submit(["T-1", "T-2"], scene, node, "--state", "elsewhere")
            let split = try await scene.dossier("list", at: node)
            #expect(split.status == 2 && split.output.isEmpty)
            #expect(split.errors.contains("error: splitView: "), "\(split.errors)")
            #expect(try Self.kept(scene) == known)
            let evidence = try #require(
                try scene.files(in: Self.state).first { $0.contains(".conflict-") })
            #expect(split.errors.contains(evidence), "\(split.errors)")
            let shown = try await scene.dossier(
                "log", "checkpoint", "--state", "elsewhere", at: node)
            #expect(try scene.text("\(Self.state)/\(evidence)") == "\(known.note)\n\(shown.text)")
            #expect(await node.end(SIGTERM) == 0)
            #expect(try scene.files.contains("out") == false)
        }
    }
}
