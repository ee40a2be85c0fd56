import DossierTestSupport
import Foundation
import Testing

@Suite("Receipts and proofs as files")
struct ProofFileTests {
    /// Runs kr's node with records `P-1` to `P-3`; their receipt is in `receipt`, the exact bytes of
    /// the second in `record`.
    private static func withRecords(
        _ body: (Scene, ServedNode) async throws -> Void
    ) async throws {
        try await Scene.withNode { scene, node in
            let input = (1...3).map { JSONInput.record("P-\($0)") }.joined(separator: "\n")
            let submitted = try await scene.dossier(
                "submit", "-", "--tlp", "green", "--receipt", "receipt", at: node, input: input)
            #expect(submitted.status == 0, "\(submitted.errors)")
            let record = try await scene.dossier("get", "kr/P-2", "--output", "bytes", at: node)
            #expect(record.status == 0, "\(record.errors)")
            try Data(record.output).write(to: URL(filePath: "\(scene.folder)/record"))
            try await body(scene, node)
        }
    }

    /// The key of kr's log, as the members file has it.
    private static func verifierKey(_ scene: Scene) throws -> String {
        let file = try String(contentsOfFile: "\(scene.pki)/members.json", encoding: .utf8)
        let start = try #require(file.firstRange(of: "msmt.example/dossier/kr/1+")).lowerBound
        return String(file[start...].prefix { $0 != "\"" })
    }

    /// The program with nothing but a folder: no members, no certificates.
    private static func stranger(_ scene: Scene) -> Program { Program(directory: scene.folder) }

    @Test("a receipt, a tlog-proof and a proof verify without the node, and say what they show")
    func verify() async throws {
        try await Self.withRecords { scene, node in
            let proof = try await scene.dossier(
                "export", "proof", "kr/P-2", "--out", "proof", at: node)
            #expect(proof.status == 0 && proof.output.isEmpty, "\(proof.errors)")
            #expect(await node.end(SIGTERM) == 0)
            let tlog = try await scene.dossier(
                "export", "tlog-proof", "--record", "record", "--out", "tlog-proof", "receipt")
            #expect(tlog.status == 0 && tlog.output.isEmpty, "\(tlog.errors)")

            let id = RecordHash.id(of: try scene.read("record"))
            let (log, leaf) = ("msmt.example/dossier/kr/1", "record \(id) is leaf 1 of log ")
            let receipt = try await scene.dossier("verify", "receipt")
            #expect(receipt.text == "3 records are in log \(log) of 3 leaves\n")
            for file in ["receipt", "tlog-proof"] {
                let shown = try await scene.dossier("verify", file, "--record", "record")
                #expect(shown.text == "\(leaf)\(log) of 3 leaves\n", "\(shown.errors)")
                #expect(shown.status == 0 && shown.errors.isEmpty)
            }
            let shown = try await scene.dossier("verify", "proof")
            #expect(shown.status == 0, "\(shown.errors)")
            #expect(
                shown.lines.first?.hasPrefix(
                    "signed by spiffe://msmt.example/org/kr/person/analyst at 20") == true)
            #expect(shown.lines.last == "\(leaf)\(log) of 3 leaves")
        }
    }

    @Test(
        "with the log's verifier key alone, receipts and tlog-proofs verify; another's is refused")
    func verifierKey() async throws {
        try await Self.withRecords { scene, _ in
            let stranger = Self.stranger(scene)
            let key = try Self.verifierKey(scene)
            let made = try await stranger.run([
                "export", "tlog-proof", "--verifier-key", key, "--record", "record", "receipt",
            ])
            try scene.write("tlog-proof", made.text)
            for file in ["receipt", "tlog-proof"] {
                let verify = ["verify", file, "--record", "record", "--verifier-key"]
                let good = try await stranger.run(verify + [key])
                #expect(good.status == 0 && good.lines.count == 1, "\(good.errors)")
                let us = try String(contentsOfFile: "\(scene.pki)/members.json", encoding: .utf8)
                let start = try #require(us.firstRange(of: "msmt.example/dossier/us/1+")).lowerBound
                let bad = try await stranger.run(
                    verify + [String(us[start...].prefix { $0 != "\"" })])
                #expect(bad.status == 2 && bad.output.isEmpty)
                #expect(bad.errors.contains("error: wrongOrigin: "), "\(bad.errors)")
                let noKey = try await stranger.run(verify + [String(key.dropLast())])
                #expect(noKey.status == 2 && noKey.output.isEmpty)
                #expect(noKey.errors.contains("error: ambiguousForm: "), "\(noKey.errors)")
            }
        }
    }

    @Test("a byte that was changed ends with 2 and the code, and nothing else is said or left")
    func changed() async throws {
        try await Self.withRecords { scene, node in
            let exported = try await scene.dossier("export", "proof", "kr/P-2", at: node)
            try scene.write("proof", exported.text)
            let receipt = try scene.text("receipt")
            let leaf = try #require(receipt.firstRange(of: "leaf ")).upperBound
            let changes = [
                ("receipt", "leaf " + receipt[leaf...].prefix(1), "leaf -", "ambiguousForm"),
                ("receipt", "run 0 0 3", "run 0 1 3", "wrongIndex"),
                ("receipt", "range 0 3", "range 0 2", "wrongIndex"),
                ("receipt", "\n3\n", "\n4\n", "wrongSignature"),
                ("receipt", "dossier-receipt/v1", "dossier-receipt/v2", "ambiguousForm"),
                ("proof", "position 1", "position 0", "wrongLeaf"),
                ("proof", "index 1", "index 0", "wrongRoot"),
                ("proof", "\n3\n", "\n4\n", "wrongSignature"),
                ("proof", "\n\n\u{2014}", "\n\u{2014}", "ambiguousForm"),
            ]
            let before = try scene.files
            for (file, old, new, code) in changes {
                let text = try scene.text(file)
                try #require(text.contains(old))
                let changed = text.replacing(old, with: new, maxReplacements: 1)
                let outcome = try await scene.dossier("verify", "-", input: changed)
                #expect(outcome.status == 2, "\(file): \(new): \(outcome.text)")
                #expect(outcome.output.isEmpty)
                #expect(outcome.errors.contains("error: \(code): "), "\(new): \(outcome.errors)")
                guard file == "receipt" else { continue }
                let export = try await scene.dossier(
                    "export", "tlog-proof", "--record", "record", "--out", "out", "-",
                    input: changed)
                #expect(export.status == 2 && export.output.isEmpty, "\(new)")
            }
            #expect(try scene.files == before)
        }
    }

    @Test("a file that is no proof, and a record that it does not speak of, end with 2")
    func others() async throws {
        try await Self.withRecords { scene, node in
            let other = try await scene.dossier("get", "kr/P-3", "--output", "bytes", at: node)
            try Data(other.output).write(to: URL(filePath: "\(scene.folder)/other"))
            try scene.write("stranger", "something else")
            let exported = try await scene.dossier("export", "proof", "kr/P-2", at: node)
            try scene.write("proof", exported.text)
            for (arguments, code) in [
                (["record"], "ambiguousForm"), (["/dev/null"], "ambiguousForm"),
                (["receipt", "--record", "stranger"], "wrongLeaf"),
                (["proof", "--record", "other"], "wrongLeaf"),
            ] {
                let outcome = try await scene.program().run(["verify"] + arguments)
                #expect(outcome.status == 2 && outcome.output.isEmpty, "\(arguments)")
                #expect(outcome.errors.contains("error: \(code): "), "\(outcome.errors)")
            }
            let absent = try await scene.dossier(
                "export", "proof", "kr/P-9", "--out", "absent", at: node)
            #expect(absent.status == 1 && absent.output.isEmpty)
            let none = try await scene.dossier(
                "submit", "-", "--receipt", "none", at: node, input: "{}")
            #expect(none.status != 0)
            #expect(try scene.files.filter { ["absent", "none"].contains($0) } == [])
        }
    }
}
