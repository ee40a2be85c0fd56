import DossierTestSupport
import Foundation
import Testing

@Suite("Peers")
struct PeerTests {
    /// The members file but for an organisation's entry.
    private static func members(
        of scene: Scene, without id: String? = nil,
        changing change: (inout [String: Any]) -> Void = { _ in }
    ) throws -> Data {
        let data = try Data(contentsOf: URL(filePath: "\(scene.pki)/members.json"))
        var file = try #require(
            try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let organisations = try #require(file["organisations"] as? [[String: Any]])
        file["organisations"] = organisations.filter { $0["id"] as? String != id }
        change(&file)
        return try JSONSerialization.data(
            withJSONObject: file, options: [.prettyPrinted, .withoutEscapingSlashes])
    }

    /// The members file as JSON.
    private static func object(_ path: String) throws -> NSDictionary {
        try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: path)))
                as? NSDictionary)
    }

    /// A scene with kr's file, and a members file that does not have kr.
    private static func withoutKR(_ body: (Scene, String) async throws -> Void) async throws {
        try await Scene.with { scene in
            let exported = try await scene.dossier(
                "peer", "export", "--organisation", "kr", "--out", "kr.peer.json")
            #expect(exported.status == 0, "\(exported.errors)")
            let own = try scene.withOwnMembers()
            try FileManager.default.removeItem(atPath: "\(own.pki)/kr")
            try Self.members(of: scene, without: "kr")
                .write(to: URL(filePath: "\(own.pki)/members.json"))
            try await body(own, exported.lines.first ?? "")
        }
    }

    private static func add(
        _ scene: Scene, _ arguments: String..., file: String = "kr.peer.json"
    ) async throws -> Program.Outcome {
        var program = scene.program("us")
        program.environment["DOSSIER_CERTIFICATE"] = nil
        return try await program.run(["peer", "add", file] + arguments)
    }

    @Test("what one operator exports another adds: entry, trust anchors, and nothing else")
    func exchange() async throws {
        try await Self.withoutKR { scene, fingerprint in
            let before = try Self.object("\(scene.pki)/members.json")
            let shared = try await DevelopmentPKI.shared.folder()
            let original = try Self.object("\(shared)/members.json")

            let shown = try await Self.add(scene, "--dry-run")
            #expect(shown.status == 0, "\(shown.errors)")
            #expect(shown.text.contains(fingerprint) && !fingerprint.isEmpty)
            #expect(shown.text.contains("msmt.example/dossier/kr/1"))
            #expect(shown.text.contains("localhost:7443") && shown.text.contains("CN=Dossier CA"))
            #expect(try Self.object("\(scene.pki)/members.json") == before)

            let added = try await Self.add(scene)
            #expect(added.status == 0, "\(added.errors)")
            #expect(added.text == shown.text)
            #expect(added.errors.contains("start"))
            let after = try Self.object("\(scene.pki)/members.json")
            func entries(_ file: NSDictionary) throws -> Set<NSDictionary> {
                Set(try #require(file["organisations"] as? [NSDictionary]))
            }
            #expect(try entries(after) == entries(original))
            let anchor = try Data(contentsOf: URL(filePath: "\(scene.pki)/kr/ca.pem"))
            #expect(anchor == (try Data(contentsOf: URL(filePath: "\(shared)/kr/ca.pem"))))

            let again = try await Self.add(scene)
            #expect(again.status == 0, "\(again.errors)")
            #expect(again.errors.contains("already"))
        }
    }

    @Test("the text around an entry stays as it was, byte for byte")
    func surroundings() async throws {
        try await Self.withoutKR { scene, _ in
            let path = "\(scene.pki)/members.json"
            let odd = "{ \"groups\" : {\"x\\\"]\":[ \"us\" ]},\t"
            let file = try String(contentsOfFile: path, encoding: .utf8)
            try (odd + file.dropFirst()).write(toFile: path, atomically: true, encoding: .utf8)
            let text = try String(contentsOfFile: path, encoding: .utf8)
            // The group's name is none that a members file may have.
            #expect(try await Self.add(scene).status == 1)
            #expect(try String(contentsOfFile: path, encoding: .utf8) == text)

            let good = text.replacing("x\\\"]", with: "x")
            try good.write(toFile: path, atomically: true, encoding: .utf8)
            let outcome = try await Self.add(scene)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let after = try String(contentsOfFile: path, encoding: .utf8)
            let start = try #require(after.range(of: ",\n    {\n      \"id\": \"kr\""))
            let end = try #require(
                after.range(of: "\n    }", range: start.upperBound..<after.endIndex))
            #expect(
                after.replacingCharacters(in: start.lowerBound..<end.upperBound, with: "") == good)
        }
    }

    @Test("what is there already is replaced only when that is asked for, and what differs is told")
    func replacement() async throws {
        try await Self.withoutKR { scene, _ in
            #expect(try await Self.add(scene).status == 0)
            let moved = try scene.text("kr.peer.json")
                .replacing("localhost:7443", with: "node.kr.example:443")
            try scene.write("moved.json", moved)
            let before = try Self.object("\(scene.pki)/members.json")

            let refused = try await Self.add(scene, file: "moved.json")
            #expect(refused.status == 1)
            #expect(
                refused.errors.contains("localhost:7443")
                    && refused.errors.contains("node.kr.example:443"), "\(refused.errors)")
            #expect(refused.errors.contains("--replace"))
            #expect(try Self.object("\(scene.pki)/members.json") == before)

            let replaced = try await Self.add(scene, "--replace", file: "moved.json")
            #expect(replaced.status == 0, "\(replaced.errors)")
            let text = try String(contentsOfFile: "\(scene.pki)/members.json", encoding: .utf8)
            #expect(text.contains("node.kr.example:443") && !text.contains("localhost:7443"))
            let count = try #require(before["organisations"] as? [Any]).count
            let after = try Self.object("\(scene.pki)/members.json")
            #expect(try #require(after["organisations"] as? [Any]).count == count)
        }
    }

    @Test("it shows who has which role, and the keys that were given up")
    func shown() async throws {
        try await Self.withoutKR { scene, _ in
            let id = String(repeating: "ab", count: 32)
            let text = try scene.text("kr.peer.json").replacing(
                "\"log\":",
                with: "\"revoked_keys\": [{\"key_id\": \"\(id)\", \"leaf_index\": 7}], \"log\":")
            try scene.write("revoked.json", text)
            let shown = try await Self.add(scene, "--dry-run", file: "revoked.json")
            #expect(shown.status == 0, "\(shown.errors)")
            #expect(shown.lines.contains("revoked key   \(id), from leaf 7 on"), "\(shown.text)")
            #expect(shown.lines.contains { $0.hasPrefix("role          node/") }, "\(shown.text)")
            #expect(shown.text.contains("person/operator: admin"), "\(shown.text)")
            #expect(!FileManager.default.fileExists(atPath: "\(scene.pki)/members.json.lock"))
        }
    }

    @Test("trust anchors whose file is missing come back with --replace")
    func missingAnchors() async throws {
        try await Self.withoutKR { scene, _ in
            #expect(try await Self.add(scene).status == 0)
            let path = "\(scene.pki)/kr/ca.pem"
            let anchors = try Data(contentsOf: URL(filePath: path))
            try FileManager.default.removeItem(atPath: path)
            let refused = try await Self.add(scene)
            #expect(refused.status == 1)
            #expect(refused.errors.contains("anchors: none become"), "\(refused.errors)")
            #expect(refused.errors.contains("--replace"))
            let mended = try await Self.add(scene, "--replace")
            #expect(mended.status == 0, "\(mended.errors)")
            #expect(try Data(contentsOf: URL(filePath: path)) == anchors)
        }
    }

    @Test("peers that are added at the same time are all there afterwards")
    func together() async throws {
        try await Self.withoutKR { scene, _ in
            let peers = ["us", "jp", "de", "gb"]
            let whole = try await DevelopmentPKI.shared.folder()
            for peer in peers {
                let outcome = try await scene.program(peer).run([
                    "peer", "export", "--members", "\(whole)/members.json", "--organisation", peer,
                    "--out", "\(peer).peer.json",
                ])
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            var file = try #require(
                try Self.object("\(scene.pki)/members.json") as? [String: Any])
            file["organisations"] = [[String: Any]]()
            try JSONSerialization.data(withJSONObject: file)
                .write(to: URL(filePath: "\(scene.pki)/members.json"))
            await withTaskGroup(of: Int32?.self) { group in
                for peer in peers + ["kr"] {
                    group.addTask {
                        try? await Self.add(scene, "--replace", file: "\(peer).peer.json").status
                    }
                }
                for await status in group { #expect(status == 0) }
            }
            let after = try Self.object("\(scene.pki)/members.json")
            #expect(try #require(after["organisations"] as? [Any]).count == peers.count + 1)
        }
    }

    @Test("certificates that stand where the anchors belong are not overwritten unasked")
    func foreignAnchors() async throws {
        try await Self.withoutKR { scene, _ in
            try FileManager.default.createDirectory(
                atPath: "\(scene.pki)/kr", withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: "\(scene.pki)/us/node.pem", toPath: "\(scene.pki)/kr/ca.pem")
            let refused = try await Self.add(scene)
            #expect(refused.status == 1)
            #expect(refused.errors.contains("ca.pem"), "\(refused.errors)")
            #expect(try await Self.add(scene, "--replace").status == 0)
        }
    }

    /// A PEM file as it stands in JSON.
    private static func pem(_ path: String, _ scene: Scene) throws -> String {
        try String(contentsOfFile: "\(scene.pki)/\(path)", encoding: .utf8)
            .replacing("\n", with: "\\n")
    }

    @Test("a file that does not fit is refused, and nothing is written")
    func refusals() async throws {
        try await Self.withoutKR { scene, _ in
            let good = try scene.text("kr.peer.json")
            let before = try Data(contentsOf: URL(filePath: "\(scene.pki)/members.json"))
            let start = try #require(good.range(of: "-----BEGIN"))
            let end = try #require(good.range(of: "-----END CERTIFICATE-----\\n"))
            func anchored(_ pem: String) -> String {
                good.replacingCharacters(in: start.lowerBound..<end.upperBound, with: pem)
            }
            let cases = [
                ("", "line 1"), ("[]", "dossier_peer"),
                (good.replacing("\"dossier_peer\": 1", with: "\"dossier_peer\": 2"), "must be 1"),
                (
                    good.replacing("\"trust_domain\": \"msmt", with: "\"trust_domain\": \"x"),
                    "trust"
                ),
                (good.replacing("\"id\": \"kr\"", with: "\"id\": \"../kr\""), "organisation.id"),
                (good.replacing("\"id\": \"kr\"", with: "\"id\": \"us\""), "us"),
                (good.replacing("\"country\"", with: "\"county\""), "county"),
                (good.replacing("dossier/kr/1", with: "dossier/us/1"), "us"),
                (good.replacing("dossier/kr/1\",", with: "dossier/kr/2\","), "log.key"),
                (good.replacing("\"key\": \"", with: "\"key\": \"x"), "log.key"),
                (good.replacing("\"person/*\"", with: "\"robot/*\""), "robot"),
                (anchored(try Self.pem("us/ca.pem", scene)), "anchors_pem"),
                (anchored(try Self.pem("us/node.pem", scene)), "no CA certificate"),
                (anchored("nothing"), "anchors_pem"),
            ]
            for (text, expected) in cases {
                try scene.write("bad.json", text)
                let outcome = try await Self.add(scene, file: "bad.json")
                #expect(outcome.status == 1, "\(expected)")
                #expect(outcome.errors.contains(expected), "\(expected): \(outcome.errors)")
                #expect(!FileManager.default.fileExists(atPath: "\(scene.pki)/kr"))
                #expect(
                    try Data(contentsOf: URL(filePath: "\(scene.pki)/members.json")) == before)
            }
        }
    }
}
