import DossierTestSupport
import Foundation
import Testing

@Suite("Versions of a finding")
struct VersionTests {
    /// Logs J-1, released to us and jp.
    private static func withFinding(_ body: (Scene, ServedNode) async throws -> Void) async throws {
        try await Scene.withNode { scene, node in
            let submitted = try await scene.dossier(
                "submit", "-", "--tlp", "green", "--release-to", "us,jp", at: node,
                input: JSONInput.record("J-1"))
            #expect(submitted.status == 0, "\(submitted.errors)")
            try scene.write("next.json", JSONInput.record("J-1", title: "Next"))
            try await body(scene, node)
        }
    }

    private static func header(_ outcome: Program.Outcome) throws -> [[String: Any]] {
        try JSONOutput.objects(outcome).compactMap {
            JSONOutput.value($0, "record", "header") as? [String: Any]
        }
    }

    @Test("an amendment is the next version, released as the one before unless it says otherwise")
    func amend() async throws {
        try await Self.withFinding { scene, node in
            let amended = try await scene.dossier("amend", "kr/J-1", "next.json", at: node)
            #expect(amended.status == 0, "\(amended.errors)")
            #expect(amended.errors.contains("version 2 (amend)"))
            #expect(amended.errors.contains("you and jp, us"), "\(amended.errors)")
            let again = try await scene.dossier("amend", "J-1", "next.json", at: node)
            #expect(again.status == 1 && again.output.isEmpty)
            #expect(again.errors.contains("version 2 of kr/J-1 says the same already"))

            let narrowed = try await scene.dossier(
                "amend", "J-1", "-", "--release-to", "us", "--tlp", "amber", "--receipt",
                "receipt.txt", at: node, input: JSONInput.record("J-1", title: "Last"))
            #expect(narrowed.status == 0, "\(narrowed.errors)")
            #expect(narrowed.errors.contains("you and us"))
            #expect(try await scene.dossier("verify", "receipt.txt").status == 0)

            let history = try await scene.dossier("history", "J-1", "--output", "json", at: node)
            let headers = try Self.header(history)
            #expect(headers.map { $0["version"] as? Int } == [1, 2, 3])
            #expect(headers.map { $0["reference"] as? String } == ["J-1", "J-1", "J-1"])
            let markings = headers.compactMap { $0["marking"] as? [String: Any] }
            #expect(
                markings.map { $0["tlp"] as? String } == ["TLP_GREEN", "TLP_GREEN", "TLP_AMBER"])
            #expect(
                markings.map { $0["releasability"] as? [String] } == [
                    ["jp", "us"], ["jp", "us"], ["us"],
                ])
        }
    }

    @Test("an amendment keeps what its marking leaves out; only a flag lifts originator control")
    func amendedMarking() async throws {
        func record(_ title: String, _ marking: String) -> String {
            JSONInput.record("J-2", title: title).replacingOccurrences(
                of: "\"reference\":", with: "\"marking\":{\(marking)},\"reference\":")
        }
        try await Scene.withNode { scene, node in
            let submitted = try await scene.dossier(
                "submit", "-", "--release-to", "us", at: node,
                input: record(
                    "1", #""tlp":"TLP_RED","pap":"PAP_RED","orcon":true,"nationalLabel":"대외비""#))
            #expect(submitted.status == 0, "\(submitted.errors)")
            for (arguments, input) in [
                ([], record("2", "")), ([], record("3", #""tlp":"TLP_AMBER","pap":"PAP_AMBER""#)),
                ([], record("4", #""orcon":false,"nationalLabel":"비밀""#)),
                (["--lift-orcon"], record("5", #""releasability":["jp"]"#)),
                ([], record("6", "")), (["--lift-orcon"], record("7", #""orcon":true"#)),
                (["--lift-orcon"], JSONInput.record("J-2", title: "8")),
            ] as [([String], String)] {
                let amended = try await scene.program(node: node)
                    .run(["amend", "J-2", "-"] + arguments, input: Array(input.utf8))
                #expect(amended.status == 0, "\(amended.errors)")
            }
            let history = try await scene.dossier("history", "J-2", "--output", "json", at: node)
            let markings = try Self.header(history).compactMap {
                $0["marking"] as? [String: Any]
            }
            #expect(
                markings.map { $0["pap"] as? String } == ["PAP_RED", "PAP_RED"]
                    + [String](repeating: "PAP_AMBER", count: 6))
            #expect(
                markings.map { $0["orcon"] as? Bool ?? false } == [
                    true, true, true, true, false, false, true, false,
                ])
            #expect(
                markings.map { $0["nationalLabel"] as? String } == ["대외비", "대외비", "대외비"]
                    + [String](repeating: "비밀", count: 5))
            #expect(
                markings.map { $0["tlp"] as? String } == ["TLP_RED", "TLP_RED"]
                    + [String](repeating: "TLP_AMBER", count: 6))
        }
    }

    @Test("what is no amendment of the finding is refused with what to do, and nothing is logged")
    func refusedAmendments() async throws {
        try await Self.withFinding { scene, node in
            try scene.write("other.json", JSONInput.record("J-2"))
            try scene.write("two.json", JSONInput.record("J-1") + JSONInput.record("J-1"))
            try scene.write("none.json", "[]")
            try scene.write("bad.json", "{\"header\":{},\"report\":{\"titles\":[]}}")
            let cases: [(arguments: [String], status: Int32, message: String)] = [
                (["J-1", "other.json"], 1, "\"J-2\" is not J-1"),
                (["J-1", "two.json"], 64, "holds 2 records"),
                (["J-1", "none.json"], 64, "holds 0 records"),
                (["J-1", "bad.json"], 1, "bad.json:1"),
                (["J-1", "absent.json"], 1, "absent.json"), (["J-9", "next.json"], 1, "kr/J-9"),
                (["us/J-1", "next.json"], 64, "us/J-1 is of us"),
            ]
            for (arguments, status, message) in cases {
                let outcome = try await scene.program(node: node).run(["amend"] + arguments)
                #expect(outcome.status == status, "\(arguments) \(outcome.errors)")
                #expect(outcome.errors.contains(message), "\(outcome.errors)")
                #expect(outcome.output.isEmpty)
            }
            let history = try await scene.dossier("history", "J-1", at: node)
            #expect(history.lines.count == 1)
        }
    }

    @Test("a restriction takes away and adds nobody; a withdrawal is the last version")
    func notices() async throws {
        try await Self.withFinding { scene, node in
            for list in ["us,de", "all"] {
                let wider = try await scene.dossier(
                    "restrict", "J-1", "--release-to", list, "--reason", "x", at: node)
                #expect(wider.status == 1 && wider.output.isEmpty)
                #expect(wider.errors.contains("not released to"), "\(wider.errors)")
                #expect(wider.errors.contains("de") && wider.errors.contains("jp, us"))
            }
            let restricted = try await scene.dossier(
                "restrict", "J-1", "--release-to", "us", "--reason", "source at risk", at: node)
            #expect(restricted.status == 0, "\(restricted.errors)")
            #expect(restricted.errors.contains("jp loses access; us keeps it"))
            #expect(restricted.errors.contains("read by jp, us"))
            for input in ["us", "us,us"] {
                let again = try await scene.dossier(
                    "restrict", "J-1", "--release-to", input, "--reason", "again", at: node)
                #expect(again.status == 1 && again.output.isEmpty)
                #expect(
                    again.errors.contains("version 2 of kr/J-1 says the same already"),
                    "\(again.errors)")
            }
            let nobody = try await scene.dossier(
                "restrict", "J-1", "--release-to", "", "--reason", "compromised", at: node)
            #expect(nobody.status == 0, "\(nobody.errors)")
            #expect(nobody.errors.contains("us loses access; nobody else keeps it"))

            let nobodyAgain = try await scene.dossier(
                "restrict", "J-1", "--nobody", "--reason", "again", at: node)
            #expect(nobodyAgain.status == 1 && nobodyAgain.output.isEmpty)
            #expect(nobodyAgain.errors.contains("version 3 of kr/J-1 says the same already"))

            let withdrawn = try await scene.dossier(
                "withdraw", "kr/J-1", "--reason", "거짓", "--language", "ko", at: node)
            #expect(withdrawn.status == 0, "\(withdrawn.errors)")
            #expect(withdrawn.errors.contains("withdrawn by version 4"))
            for arguments in [
                ["withdraw", "J-1", "--reason", "x"], ["amend", "J-1", "next.json"],
                ["restrict", "J-1", "--nobody", "--reason", "x"],
            ] {
                let late = try await scene.program(node: node).run(arguments)
                #expect(late.status == 1 && late.output.isEmpty)
                #expect(late.errors.contains("withdrawn by version 4"), "\(late.errors)")
            }

            let table = try await scene.dossier("history", "J-1", "--output", "table", at: node)
            let words = ["TITLE OR REASON", "Title", "source at risk", "compromised", "거짓"]
            #expect(table.lines.count == words.count)
            #expect(zip(table.lines, words).allSatisfy { $0.hasSuffix($1) }, "\(table.text)")
        }
    }

    @Test("a reason, and whom to leave, must be said")
    func usage() async throws {
        try await Scene.with { scene in
            for arguments in [
                ["withdraw", "J-1"], ["withdraw", "J-1", "--reason", " "],
                ["restrict", "J-1", "--reason", "x"], ["restrict", "J-1", "--nobody"],
                ["restrict", "J-1", "--nobody", "--release-to", "us", "--reason", "x"],
                ["amend", "J-1"], ["history"],
            ] {
                let outcome = try await scene.program().run(arguments)
                #expect(outcome.status == 64, "\(arguments)")
                #expect(outcome.output.isEmpty)
            }
        }
    }
}
