import DossierTestSupport
import Foundation
import Testing

@Suite("Input")
struct InputTests {
    @Test("one object, several, an array, one a line, files and standard input are all taken")
    func forms() async throws {
        try await Scene.withNode { scene, node in
            let one = JSONInput.record("J-1")
            let several = "\(JSONInput.record("J-2"))\n\n \(JSONInput.record("J-3"))"
            let array = "[\n\(JSONInput.record("J-4")),\n\(JSONInput.record("J-5"))\n]\n"
            let lines = "\(JSONInput.record("J-6"))\n\n\(JSONInput.record("J-7"))\n"
            try scene.write("one.json", one)
            try scene.write("several.json", several)
            try scene.write("array.json", array)
            try scene.write("lines.ndjson", lines)
            let usual = ["--tlp", "green", "--release-to", "us"]

            let files = try await scene.program(node: node).run(
                ["submit", "one.json", "several.json", "array.json", "lines.ndjson"] + usual)
            #expect(files.status == 0, "\(files.errors)")
            let places = try JSONOutput.objects(files).compactMap { $0["input"] as? String }
            #expect(
                places == [
                    "one.json:1", "several.json:1", "several.json:3", "array.json:2",
                    "array.json:3", "lines.ndjson:1", "lines.ndjson:3",
                ])

            for (input, format) in [
                (one, "json"), (several, "json"), (array, "json"), (lines, "ndjson"),
            ] {
                let piped = try await scene.program(node: node).run(
                    ["submit", "-", "--format", format] + usual, input: Array(input.utf8))
                #expect(piped.status == 0, "\(piped.errors)")
                #expect(piped.errors.contains("0 new"))
                #expect(!piped.lines.isEmpty)
            }
            let listed = try await scene.dossier("list", as: "us", at: node)
            let references = try JSONOutput.objects(listed).compactMap {
                JSONOutput.value($0, "record", "header", "reference") as? String
            }
            #expect(references == (1...7).map { "J-\($0)" })
        }
    }

    @Test("what cannot be a record is reported with place and rule, and the others go in")
    func partlyBroken() async throws {
        try await Scene.withNode { scene, node in
            let input = """
                \(JSONInput.record("J-1"))
                {"header":{"reference":"J-2"}
                \(JSONInput.record("bad reference!"))
                {"header":{"refrence":"J-4"}}
                \(JSONInput.record("J-5"))
                []
                \(JSONInput.record("J-6").replacing("\"metric\"", with: "\"metrik\""))
                """

            let outcome = try await scene.dossier(
                "submit", "-", "--format", "ndjson", "--tlp", "green", at: node, input: input)

            #expect(outcome.status == 3, "\(outcome.errors)")
            let logged = try JSONOutput.objects(outcome).compactMap { $0["reference"] as? String }
            #expect(logged == ["J-1", "J-5"])
            for place in ["-:2", "-:3", "-:4", "-:6", "-:7"] {
                #expect(outcome.errors.contains("dossier: error: \(place): "), "\(place)")
            }
            #expect(outcome.errors.contains("REFERENCE"))
            #expect(outcome.errors.contains("reference"), "the nearest name is the hint")
            #expect(outcome.errors.contains("2 new, 0 already in the log, 5 refused"))
        }
    }

    @Test("no input at all is nothing done")
    func empty() async throws {
        try await Scene.withNode { scene, node in
            for input in ["", "\n \n", "[]", "[ ]\n"] {
                let outcome = try await scene.dossier("submit", "-", at: node, input: input)
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output.isEmpty)
                #expect(outcome.errors.contains("0 new"))
            }
        }
    }

    private static let mapping = """
        {
          "format": "dossier-mapping/1",
          "columns": {"day": {"required": true}, "name": {"required": true}, "loss": {}},
          "records": [{
            "header": {"reference": "T-{day}-{name|slug}", "kind": "KIND_CRYPTO_THEFT",
              "occurred": {"start": "{day}"}},
            "report": {"titles": [{"text": "Theft from {name}", "language": "en"}]},
            "cryptoTheft": {
              "victim": {"name": "{name}", "type": "VICTIM_TYPE_EXCHANGE"},
              "losses": [{"$when": {"loss": {"blank": false}},
                "claim": {"author": "{name}", "stance": "CLAIM_STANCE_ASSERTS"},
                "amount": {"currency": "USD", "basis": "VALUATION_BASIS_VICTIM_STATEMENT",
                  "point": "{loss}"}}]
            }
          }]
        }
        """

    @Test("messy rows are reported with line and column, and the others go in")
    func messyRows() async throws {
        try await Scene.withNode { scene, node in
            try scene.write("map.json", Self.mapping)
            try scene.write(
                "t.csv",
                """
                day,name,loss\r
                2025-02-21,Bybit,1460000000\r
                21.02.2025,Dated,1\r
                2025-03,,5\r
                2025-04,Short\r
                2025-05,"Quoted, ""with"" comma",7\r
                2025-06,Amount,about 5m\r
                \r
                  2025-07  , Spaced ,\r
                2025-02-21,Bybit,1460000000\r
                2025-08,Two,1\r
                2025-08,Two,2\r
                """)

            let outcome = try await scene.dossier(
                "submit", "t.csv", "--mapping", "map.json", "--tlp", "green", at: node)

            #expect(outcome.status == 3)
            let places = try JSONOutput.objects(outcome).compactMap { $0["input"] as? String }
            #expect(places == ["t.csv:2", "t.csv:6", "t.csv:9"], "\(outcome.errors)")
            for (place, rule) in [
                ("t.csv:3:1: day:", "MOMENT"), ("t.csv:4:2: name:", "CELL_REQUIRED"),
                ("t.csv:5: row:", "CSV_CELL_COUNT"), ("t.csv:7:3: loss:", "DECIMAL"),
                ("t.csv:10:", "ROW_REPEATED"), ("t.csv:11:", "REFERENCE_REPEATED"),
                ("t.csv:12:", "REFERENCE_REPEATED"),
            ] {
                let line = outcome.errors.split(separator: "\n").first {
                    $0.hasPrefix("dossier: error: \(place)")
                }
                #expect(line?.contains(rule) == true, "\(place) \(rule): \(outcome.errors)")
            }
            let again = try await scene.dossier(
                "submit", "t.csv", "--mapping", "map.json", "--tlp", "green", at: node)
            #expect(again.errors.contains("0 new, 3 already in the log"))
        }
    }

    @Test("what another record stands for is refused by the node, batch and place are named")
    func conflict() async throws {
        try await Scene.withNode { scene, node in
            let first = try await scene.dossier(
                "submit", "-", "--tlp", "green", at: node, input: JSONInput.record("J-1"))
            #expect(first.status == 0)

            let second = try await scene.dossier(
                "submit", "-", "--tlp", "green", at: node,
                input: JSONInput.record("J-1", title: "Other"))

            #expect(second.status == 3)
            #expect(second.output.isEmpty)
            let id = try #require(try JSONOutput.objects(first).first?["recordId"] as? String)
            #expect(second.errors.contains(id), "\(second.errors)")
            #expect(second.errors.contains("-:1"))
        }
    }

    @Test("the exact bytes come back, and list goes on with a cursor file")
    func retrieval() async throws {
        try await Scene.withNode { scene, node in
            let input = (1...9).map { JSONInput.record("J-\($0)") }.joined(separator: "\n")
            _ = try await scene.dossier("submit", "-", "--tlp", "green", at: node, input: input)

            let json = try await scene.dossier("get", "kr/J-3", "--output", "json", at: node)
            let bytes = try await scene.dossier("get", "kr/J-3@1", "--output", "bytes", at: node)
            let text = try await scene.dossier("get", "kr/J-3", "--output", "text", at: node)
            let id = try #require(try JSONOutput.objects(json).first?["recordId"] as? String)
            #expect(RecordHash.id(of: bytes.output) == id)
            #expect(text.text.contains(id) && text.text.contains("J-3"))

            var seen: [String] = []
            for expected in [4, 4, 1] {
                let page = try await scene.dossier(
                    "list", "--limit", "4", "--cursor-file", "cursor", at: node)
                #expect(page.status == 0)
                #expect(page.lines.count == expected)
                seen += try JSONOutput.objects(page).compactMap {
                    JSONOutput.value($0, "record", "header", "reference") as? String
                }
            }
            #expect(seen == (1...9).map { "J-\($0)" })
        }
    }
}
