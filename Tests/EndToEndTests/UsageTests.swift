import DossierTestSupport
import Foundation
import Testing

@Suite("Exit statuses and settings")
struct UsageTests {
    @Test("a wrong command line ends with 64, on standard error, with a hint")
    func usage() async throws {
        try await Scene.with { scene in
            let wrong = [
                ["frobnicate"], ["submit"], ["submit", "--nonsense", "x"], ["get"],
                ["list", "--limit", "x"],
                ["list", "--kind", "nonsense"], ["get", "kr/R-1@0"], ["get", "kr/R-1@x"],
                ["submit", "x.json", "--tlp", "purple"], ["validate", "x.csv"],
                ["list", "--node", "nowhere"], ["list", "--of", "zz"],
                ["serve", "--listen", "7443"],
                ["validate", "x.json", "--release-to", "zz"],
                ["pki", "ca", "--organisation", "KR"],
                ["pki", "ca"], ["reindex", "--organisation", "kr"],
                ["serve", "--log-level", "loud"],
            ]
            try scene.write("x.csv", "a\n1\n")
            try scene.write("x.json", "{}")
            let before = try scene.files
            for arguments in wrong {
                let outcome = try await scene.program().run(arguments)
                #expect(outcome.status == 64, "\(arguments): \(outcome.errors)")
                #expect(outcome.output.isEmpty, "\(arguments)")
                #expect(outcome.errors.hasPrefix("dossier: error: "), "\(arguments)")
                #expect(outcome.errors.contains("\ndossier: hint: "), "\(arguments)")
            }
            #expect(try scene.files == before)
        }
    }

    @Test("what cannot be done ends with 1, says why, and leaves no file behind")
    func failures() async throws {
        try await Scene.with { scene in
            try scene.write("x.json", "{}")
            try scene.write("broken.json", "{")
            try scene.write("other.pem", "no certificate")
            let failing: [[String]] = [
                ["get", "01234567", "--node", "localhost:1"],
                ["list", "--node", "localhost:1", "--cursor-file", "cursor"],
                ["list", "--members", "absent.json"], ["list", "--members", "broken.json"],
                ["list", "--certificate", "absent.pem"], ["list", "--certificate", "other.pem"],
                ["list", "--key", "absent.key"], ["list", "--profile", "absent.json"],
                ["list", "--profile", "broken.json"], ["validate", "absent.json"],
                ["validate", "x.csv", "--mapping", "absent.json"],
                ["serve", "--data", "data", "--port-file", "port"],
                ["pki", "node", "--out", "pki", "--organisation", "kr", "--name", "n"],
            ]
            let before = try scene.files
            for arguments in failing {
                let outcome = try await scene.program().run(arguments)
                #expect(outcome.status == 1, "\(arguments): \(outcome.errors)")
                #expect(outcome.output.isEmpty, "\(arguments)")
                #expect(outcome.errors.hasPrefix("dossier: error: "), "\(arguments)")
                #expect(try scene.files == before, "\(arguments)")
            }
        }
    }

    @Test("an option counts before the environment, the environment before the profile")
    func precedence() async throws {
        try await Scene.with { scene in
            try scene.write("x.json", "{}")
            try scene.write("profile.json", "{\"organisation\": \"from-profile\"}")
            var program = scene.program()
            program.environment["DOSSIER_PROFILE"] = "\(scene.folder)/profile.json"
            func organisation(_ program: Program, _ arguments: [String]) async throws -> String {
                let outcome = try await program.run(["validate", "x.json"] + arguments)
                #expect(outcome.status == 64)
                return outcome.errors.split(separator: " ").first { $0.hasPrefix("from-") }
                    .map(String.init) ?? outcome.errors
            }

            program.environment["DOSSIER_ORGANISATION"] = nil
            #expect(try await organisation(program, []) == "from-profile")
            program.environment["DOSSIER_ORGANISATION"] = "from-environment"
            #expect(try await organisation(program, []) == "from-environment")
            #expect(
                try await organisation(program, ["--organisation", "from-option"]) == "from-option")
            program.environment["DOSSIER_ORGANISATION"] = nil
            try scene.write("other.json", "{\"organisation\": \"from-other\"}")
            #expect(try await organisation(program, ["--profile", "other.json"]) == "from-other")
        }
    }

    @Test("the profile in the usual place is read, and its paths are relative to its folder")
    func usualProfile() async throws {
        try await Scene.with { scene in
            let folder = "\(scene.folder)/.config/dossier"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/pki", withDestinationPath: scene.pki)
            try scene.write(
                ".config/dossier/profile.json",
                "{\"members\": \"pki/members.json\", \"organisation\": \"kr\"}")
            try scene.write("x.json", JSONInput.record("J-1"))

            let outcome = try await Program(directory: scene.folder).run([
                "validate", "x.json", "--tlp", "green",
            ])

            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.lines.count == 1)
        }
    }

    @Test("a private key that others can read is refused", arguments: [0o644, 0o640, 0o604, 0o660])
    func readableKey(mode: Int) async throws {
        try await Scene.with { scene in
            let key = "\(scene.folder)/readable.key"
            try FileManager.default.copyItem(atPath: "\(scene.pki)/kr/analyst.key", toPath: key)
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: key)
            let before = try scene.files

            for arguments in [
                ["list", "--key", key, "--node", "localhost:1"],
                ["serve", "--key", key, "--data", "data", "--listen", "localhost:0"],
            ] {
                let outcome = try await scene.program().run(arguments)
                #expect(outcome.status == 1)
                #expect(outcome.errors.contains("readable.key"), "\(outcome.errors)")
                #expect(!outcome.errors.contains("PRIVATE KEY"))
            }
            #expect(try scene.files == before)
        }
    }

    @Test("keys and certificates are made once, with modes that keep keys to their owner")
    func pki() async throws {
        try await Scene.with { scene in
            let program = Program(directory: scene.folder)
            let authority = ["pki", "ca", "--out", "p", "--organisation", "kr"]
            let person = ["pki", "person", "--out", "p", "--organisation", "kr", "--name", "kim"]
            #expect(try await program.run(authority).lines == ["p/kr/ca.pem", "p/kr/ca.key"])
            #expect(try await program.run(person).lines == ["p/kr/kim.pem", "p/kr/kim.key"])
            for name in ["ca", "kim"] {
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: "\(scene.folder)/p/kr/\(name).key")
                #expect((attributes[.posixPermissions] as? Int) == 0o600)
            }
            let key = try Data(contentsOf: URL(filePath: "\(scene.folder)/p/kr/kim.key"))
            for again in [authority, person] {
                let outcome = try await program.run(again)
                #expect(outcome.status == 1)
                #expect(outcome.output.isEmpty)
            }
            #expect(try Data(contentsOf: URL(filePath: "\(scene.folder)/p/kr/kim.key")) == key)
        }
    }
}
