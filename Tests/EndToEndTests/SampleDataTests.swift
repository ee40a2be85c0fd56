import DossierTestSupport
import Foundation
import Testing

@Suite("The sample data")
struct SampleDataTests {
    /// A table, read by rules as simple as they can be (RFC 4180): rows of cells by column, each
    /// with the line it begins on.
    private static func rows(_ name: String) throws -> [(line: Int, cells: [String: String])] {
        let url = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/dossier/Resources/\(name)")
        var rows: [(line: Int, cells: [String])] = []
        var (cells, cell, isQuoted, line, start) = ([String](), "", false, 1, 1)
        for character in try String(contentsOf: url, encoding: .utf8) {
            switch character {
            case "\"": isQuoted.toggle()
            case ",":
                if isQuoted {
                    cell.append(",")
                } else {
                    cells.append(cell)
                    cell = ""
                }
            case "\n", "\r\n":
                line += 1
                if isQuoted {
                    cell.append(character)
                    continue
                }
                rows.append((start, cells + [cell]))
                (cells, cell, start) = ([], "", line)
            case _: cell.append(character)
            }
        }
        guard let header = rows.first?.cells else { return [] }
        return rows.dropFirst().map { row in
            (row.line, Dictionary(uniqueKeysWithValues: zip(header, row.cells)))
        }
    }

    private static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/dossier/Resources/\(name)").path()
    }

    @Test(
        "every row goes in, comes back with every cell, and goes in only once",
        arguments: [("incidents", 45), ("itworkers", 18)])
    func sample(name: String, count: Int) async throws {
        let rows = try Self.rows("\(name).csv")
        try #require(rows.count == count)
        try await Scene.withNode { scene, node in
            let submit = [
                "submit", Self.path("\(name).csv"), "--mapping", name, "--release-to", "us,jp",
                "--tlp", "green",
            ]
            let program = scene.program("kr", node: node)
            let first = try await program.run(submit)
            #expect(first.status == 0, "\(first.errors)")
            #expect(first.errors.contains("\(count) new, 0 already in the log, 0 refused"))
            #expect(first.lines.count == count)

            let again = try await program.run(submit)
            #expect(again.status == 0)
            #expect(again.errors.contains("0 new, \(count) already in the log, 0 refused"))
            #expect(again.output == first.output)

            let listed = try await scene.dossier("list", "--output", "json", as: "us", at: node)
            #expect(listed.errors == "dossier: \(count) records\n")
            let records = try JSONOutput.objects(listed)
            #expect(records.count == count)
            try Self.expect(rows, in: records, submitted: JSONOutput.objects(first))
        }
    }

    /// Expects each cell's text in the record that its row became.
    private static func expect(
        _ rows: [(line: Int, cells: [String: String])], in records: [[String: Any]],
        submitted: [[String: Any]]
    ) throws {
        let recordsByID = Dictionary(
            uniqueKeysWithValues: records.map { ($0["recordId"] as? String ?? "", $0) })
        for row in rows {
            let entry = try #require(
                submitted.first { ($0["input"] as? String)?.hasSuffix(":\(row.line)") == true })
            let record = try #require(recordsByID[entry["recordId"] as? String ?? ""])
            #expect(
                JSONOutput.value(record, "record", "header", "reference") as? String
                    == entry["reference"] as? String)
            let texts = JSONOutput.texts(record["record"] as Any)
            for (column, cell) in row.cells where !cell.isEmpty {
                let text = cell.trimmingCharacters(in: .whitespaces)
                #expect(
                    texts.contains { $0.contains(text) }, "line \(row.line), \(column): \(text)")
            }
        }
    }

    @Test("who is not named sees nothing of it, in any way of asking")
    func release() async throws {
        try await Scene.withNode { scene, node in
            let submitted = try await scene.dossier(
                "submit", Self.path("itworkers.csv"), "--mapping", "itworkers", "--release-to",
                "us",
                "--tlp", "amber", at: node)
            let entry = try #require(try JSONOutput.objects(submitted).first)
            let id = try #require(entry["recordId"] as? String)
            let reference = try #require(entry["reference"] as? String)

            let listed = try await scene.dossier("list", as: "de", at: node)
            #expect(listed.status == 0 && listed.output.isEmpty)
            #expect(listed.errors == "dossier: 0 records\n")
            var errors: Set<String> = []
            for name in [
                id, String(id.prefix(8)), "kr/\(reference)", "kr/\(reference)@1", "kr/ABSENT",
                String(repeating: "0", count: 64),
            ] {
                let got = try await scene.dossier("get", name, as: "de", at: node)
                #expect(got.status == 1 && got.output.isEmpty)
                errors.insert(got.errors)
            }
            #expect(errors.count == 1)
            let got = try await scene.dossier("get", id, as: "us", at: node)
            #expect(got.status == 0)
        }
    }

    @Test("validate shows who would see each record, and writes and sends nothing")
    func validate() async throws {
        try await Scene.with { scene in
            let before = try scene.files
            let outcome = try await scene.dossier(
                "validate", Self.path("incidents.csv"), "--mapping", "incidents", "--release-to",
                "jp,us", "--tlp", "green")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors == "dossier: 45 valid, 0 refused\n")
            let records = try JSONOutput.objects(outcome)
            #expect(records.count == 45)
            #expect(records.allSatisfy { $0["seenBy"] as? [String] == ["jp", "us"] })
            #expect(try scene.files == before)
        }
    }
}
