import DossierCrypto
import DossierTestSupport
import Foundation
import Testing

@Suite("A log that was rolled back")
struct RecoveryTests {
    /// Runs kr's node twice; afterwards `data` is older than its guard: three of five records are
    /// left. The scene has members of its own.
    private static func withOldData(_ body: (Scene) async throws -> Void) async throws {
        try await Scene.with { scene in
            let scene = try scene.withOwnMembers()
            for (round, references) in [1...3, 4...5].enumerated() {
                let node = try await ServedNode.start(scene)
                let input = references.map { JSONInput.record("R-\($0)") }
                let submitted = try await scene.dossier(
                    "submit", "-", "--tlp", "green", "--receipt", "receipt-\(round)", at: node,
                    input: input.joined(separator: "\n"))
                #expect(submitted.status == 0, "\(submitted.errors)")
                #expect(await node.end(SIGTERM) == 0)
                if round == 0 { try scene.replace("data.old", with: "data") }
            }
            try scene.replace("data", with: "data.old")
            try await body(scene)
        }
    }

    @Test("a node whose data are older than its guard takes nothing, says why, and is still read")
    func refusal() async throws {
        try await Self.withOldData { scene in
            let node = try await ServedNode.start(scene)
            let submitted = try await scene.dossier(
                "submit", "-", "--tlp", "green", "--state", "new", at: node,
                input: JSONInput.record("R-6"))
            #expect(submitted.status != 0)
            #expect(submitted.errors.contains("takes no submissions"), "\(submitted.errors)")
            let listed = try await scene.dossier(
                "list", "--output", "json", "--state", "new", at: node)
            #expect(listed.status == 0, "\(listed.errors)")
            #expect(try Self.references(listed) == ["R-1", "R-2", "R-3"])
            let log = await node.logText
            #expect(log.contains("3 leaves, but 5 were signed"), "\(log)")
            #expect(log.contains("dossier log recover"))
            #expect(await node.end(SIGTERM) == 0)
        }
    }

    @Test(
        "the next log goes on from it: what is left verifies, what was lost can be submitted again")
    func recovery() async throws {
        try await Self.withOldData { scene in
            let last = try Self.note(inReceipt: scene.text("receipt-1"))
            let recovered = try await scene.dossier(
                "log", "recover", "--data", "data", "--into", "next")
            #expect(recovered.status == 0, "\(recovered.errors)")
            #expect(recovered.errors.contains("3 leaves"), "\(recovered.errors)")
            #expect(recovered.errors.contains("2 are lost"), "\(recovered.errors)")
            try Self.adopt(recovered.text, scene)

            let node = try await ServedNode.start(scene, data: "next")
            let listed = try await scene.dossier("list", "--output", "json", at: node)
            #expect(listed.status == 0, "\(listed.errors)")
            #expect(try Self.references(listed) == ["R-1", "R-2", "R-3"])
            let input = (4...6).map { JSONInput.record("R-\($0)") }.joined(separator: "\n")
            let submitted = try await scene.dossier(
                "submit", "-", "--tlp", "green", "--receipt", "receipt-2", at: node, input: input)
            #expect(submitted.status == 0, "\(submitted.errors)")
            #expect(submitted.errors.contains("3 new, 0 already"), "\(submitted.errors)")
            let proof = try await scene.dossier(
                "export", "proof", "kr/R-2", "--out", "proof", at: node)
            #expect(proof.status == 0, "\(proof.errors)")
            for file in ["proof", "receipt-2"] {
                let verified = try await scene.dossier("verify", file)
                #expect(verified.status == 0, "\(verified.errors)")
                #expect(verified.text.contains("log msmt.example/dossier/kr/2 of 7 leaves"))
            }
            // The first leaf is the sibling of the second, R-1.
            let first = try await scene.dossier("export", "proof", "kr/R-1", at: node)
            let continuation = Array("dossier-log-continuation/v1\n\(last)".utf8)
            let hash = Data(TreeOracle.leafHash(continuation).bytes).base64EncodedString()
            #expect(first.text.contains("\nindex 1\n\(hash)\n"), "\(first.text)")
            #expect(await node.end(SIGTERM) == 0)
        }
    }

    @Test(
        "a log is not recovered into a folder that has something, nor while nothing is known of it")
    func refusals() async throws {
        try await Self.withOldData { scene in
            for arguments in [
                ["--data", "data", "--into", "data.old"],
                ["--data", "absent", "--into", "next"],
            ] {
                let outcome = try await scene.program().run(["log", "recover"] + arguments)
                #expect(outcome.status == 1 && outcome.output.isEmpty, "\(outcome.errors)")
            }
            #expect(try scene.files.contains("next") == false)
        }
    }

    /// Puts what `log recover` printed into the members file.
    private static func adopt(_ entry: String, _ scene: Scene) throws {
        let path = "\(scene.pki)/members.json"
        let file = try String(contentsOfFile: path, encoding: .utf8)
        let old = "\"log\": { \"origin\": \"msmt.example/dossier/kr/1\""
        let start = try #require(file.firstRange(of: old))
        let end = try #require(file[start.lowerBound...].firstIndex(of: "}"))
        let changed = file.replacingCharacters(in: start.lowerBound...end, with: entry)
        try changed.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private static func references(_ listed: Program.Outcome) throws -> [String] {
        try JSONOutput.objects(listed).compactMap {
            JSONOutput.value($0, "record", "header", "reference") as? String
        }
    }

    /// The checkpoint at the end of a file with one receipt.
    private static func note(inReceipt text: String) throws -> String {
        String(text[try #require(text.firstRange(of: "\n\n")).upperBound...])
    }
}
