import DossierTestSupport
import Foundation
import Testing

@Suite("Help")
struct HelpTests {
    private static let commands: [[String]] = [
        [], ["serve"], ["validate"], ["submit"], ["amend"], ["restrict"], ["withdraw"], ["get"],
        ["list"], ["history"], ["follow"], ["verify"], ["export"], ["export", "proof"],
        ["export", "tlog-proof"], ["log"], ["log", "checkpoint"], ["log", "recover"], ["audit"],
        ["sync"], ["sync", "status"], ["sync", "pause"], ["sync", "resume"], ["sync", "once"],
        ["peer"], ["peer", "export"], ["peer", "add"], ["reindex"], ["pki"], ["pki", "init"],
        ["pki", "ca"], ["pki", "node"], ["pki", "person"], ["pki", "service"], ["pki", "log"],
        ["pki", "revoke"],
        ["demo"],
    ]

    @Test("the help of each command is what stands in its fixture", arguments: commands)
    func text(command: [String]) async throws {
        let name = (["dossier"] + command).joined(separator: "-")
        let fixture = try #require(
            Bundle.module.url(forResource: "Fixtures/help/\(name)", withExtension: "txt"))
        let expected = try String(contentsOf: fixture, encoding: .utf8)
        let program = Program(directory: "/")

        for arguments in [["help"] + command, command + ["--help"]] {
            let outcome = try await program.run(arguments)
            #expect(outcome.status == 0)
            #expect(outcome.text == expected)
            #expect(outcome.errors.isEmpty)
        }
    }
}
