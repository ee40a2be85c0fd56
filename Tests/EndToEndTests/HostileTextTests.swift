import DossierCore
import DossierTestSupport
import Foundation
import Testing

@Suite("Hostile text")
struct HostileTextTests {
    /// As JSON escapes: ESC, CR, BEL, backspace, C1 CSI, DEL, bidi overrides and isolates, separators.
    private static let hostile =
        "a\\u001b[2J\\u001b]0;x\\u0007b\\rc\\bd\\u009b31me\\u007f\\u202ef\\u2066g\\u2069\\u2028h\\u200fi"

    /// Whether text can do anything to a terminal but print lines.
    private func isHarmless(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        return text.replacing("\n", with: "").escapedForTerminal == text.replacing("\n", with: "")
    }

    @Test("whatever a record holds, nothing of it reaches the terminal raw")
    func output() async throws {
        try await Scene.withNode { scene, node in
            let input = JSONInput.record("H-1", title: Self.hostile)
            let submitted = try await scene.dossier(
                "submit", "-", "--tlp", "green", "--release-to", "us", at: node, input: input)
            #expect(submitted.status == 0, "\(submitted.errors)")

            for arguments in [
                ["list", "--output", "table"], ["list", "--output", "json"],
                ["get", "kr/H-1", "--output", "text"], ["get", "kr/H-1", "--output", "json"],
            ] {
                let outcome = try await scene.program("us", node: node).run(arguments)
                #expect(outcome.status == 0)
                #expect(outcome.text.contains("[2J"), "\(arguments)")
                #expect(self.isHarmless(outcome.output), "\(arguments): \(outcome.text)")
                #expect(self.isHarmless(Array(outcome.errors.utf8)), "\(arguments)")
            }
            let listed = try await scene.dossier("list", as: "us", at: node)
            let record = try #require(try JSONOutput.objects(listed).first)
            let title = JSONOutput.texts(record).first { $0.contains("[2J") }
            #expect(title?.contains("\u{1B}[2J") == true, "the value itself is kept")
        }
    }

    @Test("hostile input that is refused is quoted harmlessly, and so are hostile file names")
    func refusals() async throws {
        try await Scene.with { scene in
            let name = "x\u{1B}[2J\u{202E}.json"
            try scene.write(
                name,
                JSONInput.record("H-1\\u001b[2J") + "{\"header\":{\"\\u001b[2J\":1}}"
                    + "{\"\u{1B}\": 1}")
            let outcome = try await scene.dossier("validate", name, "--tlp", "green")
            #expect(outcome.status == 3)
            #expect(outcome.errors.contains("[2J"))
            #expect(self.isHarmless(Array(outcome.errors.utf8)), "\(outcome.errors)")
            #expect(self.isHarmless(outcome.output))

            for arguments in [
                ["get", "\u{1B}[2J"], ["list", "--kind", "\u{1B}[2J"], ["list", "--\u{1B}[2J"],
                ["list", "--members", "\u{1B}[2J"], ["list", "--node", "\u{1B}[2J"],
                ["validate", "\u{1B}[2J"], ["list", "--of", "\u{1B}[2J"],
            ] {
                let outcome = try await scene.program().run(arguments)
                #expect(outcome.status != 0)
                #expect(self.isHarmless(Array(outcome.errors.utf8)), "\(arguments)")
            }
        }
    }

    @Test("the findings of a refusal stand on lines of their own")
    func findingsOnLines() async throws {
        try await Scene.withNode { scene, node in
            let outcome = try await scene.dossier(
                "list", "--occurred-from", "yesterday", "--known-to", "tomorrow", at: node)
            #expect(outcome.status == 1)
            #expect(!outcome.errors.contains("\\u{a}"), "\(outcome.errors)")
            let lines = outcome.errors.split(separator: "\n")
            #expect(lines.count >= 3)
            #expect(lines.allSatisfy { $0.hasPrefix("dossier: ") }, "\(outcome.errors)")
        }
    }
}
