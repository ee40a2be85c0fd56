import Foundation
import Testing

@testable import DossierCore

@Suite("Mapping files")
struct MappingTests {
    /// What a mapping of columns `a`, `b` with that record makes of one row.
    private func record(_ template: String, _ row: String) throws -> String? {
        let mapping = """
            {"format": "dossier-mapping/1", "columns": {"a": {}, "b": {}},
             "tables": {
               "t": {"values": {"x": "X", "y": {"n": 1}, "z": null, "w": "{b}"}},
               "p": {"match": "prefix", "values": {"ab": 1, "abc": 2}, "otherwise": "{a}"},
               "c": {"match": "contains", "values": {"ab": true}, "otherwise": null}},
             "parts": {"p": {"from": "{a}", "to": "{b}"}},
             "records": [\(template)]}
            """
        let result = try anyImport(mapping).import(Array("a,b\n\(row)".utf8))
        return result.rows.first?.json ?? result.problems.first?.rule.rawValue
    }

    @Test(
        "templates say what becomes of a row",
        arguments: [
            (#"{"v": "{a}-{b}"}"#, "1,2", #"{"v":"1-2"}"#),
            (#"{"v": "{a}-{b}"}"#, "1,", "CELL_UNUSED"),
            (#"{"v": "{{{a}}} {b}"}"#, "1,{a}", #"{"v":"{1} {a}"}"#),
            (#"{"v": "{a|slug}", "w": "{b}"}"#, "Rain (x) & Co.,", #"{"v":"Rain-x-Co"}"#),
            (#"{"v": {"c": 1, "d": "{a}"}, "w": "{b}"}"#, ",2", #"{"w":"2"}"#),
            (#"{"v": [{"c": 1, "d": "{a}"}, "{b}"]}"#, ",2", #"{"v":["2"]}"#),
            (
                #"{"v": ["{a}", "{b}"], "n": 1.50, "t": true}"#, "1,2",
                #"{"v":["1","2"],"n":1.50,"t":true}"#
            ),
            (#"{"v": {"$part": "p"}}"#, "1,", #"{"v":{"from":"1"}}"#),
            (#"{"v": {"$column": "a", "$table": "t"}, "w": "{b}"}"#, "x,", #"{"v":"X"}"#),
            (#"{"v": {"$column": "a", "$table": "t"}, "w": "{b}"}"#, "y,", #"{"v":{"n":1}}"#),
            (#"{"v": {"$column": "a", "$table": "t"}, "w": "{b}"}"#, "z,2", #"{"w":"2"}"#),
            (#"{"v": {"$column": "a", "$table": "t"}}"#, "w,2", #"{"v":"2"}"#),
            (#"{"v": {"$column": "a", "$table": "t"}, "w": "{b}"}"#, "q,", "CELL_NOT_IN_TABLE"),
            (#"{"v": {"$column": "a", "$table": "p"}, "w": "{b}"}"#, "abcd,", #"{"v":2}"#),
            (#"{"v": {"$column": "a", "$table": "p"}, "w": "{b}"}"#, "abd,", #"{"v":1}"#),
            (#"{"v": {"$column": "a", "$table": "p"}, "w": "{b}"}"#, "q,", #"{"v":"q"}"#),
            (#"{"v": {"$column": "a", "$table": "c"}, "w": "{b}"}"#, "cab,", #"{"v":true}"#),
            (#"{"v": {"$column": "a", "$table": "c"}, "w": "{b}"}"#, "q,1", #"{"w":"1"}"#),
        ])
    func templates(template: String, row: String, expected: String) throws {
        #expect(try self.record(template, row) == expected)
    }

    @Test(
        "conditions choose by the row's cells",
        arguments: [
            (#"{"a": "x"}"#, "x,", true), (#"{"a": "x"}"#, "xy,", false),
            (#"{"a": ["y", "x"]}"#, "x,", true), (#"{"a": {"prefix": "x"}}"#, "xy,", true),
            (#"{"a": {"contains": ["q", "y"]}}"#, "xyz,", true),
            (#"{"a": {"equals": "x"}}"#, "X,", false), (#"{"a": {"blank": true}}"#, ",x", true),
            (#"{"a": {"blank": false}}"#, ",x", false), (#"{"a": "x", "b": "y"}"#, "x,y", true),
            (#"{"a": "x", "b": "y"}"#, "x,z", false), (#"{"$not": {"a": "x"}}"#, ",y", true),
            (#"{"$any": [{"a": "x"}, {"b": "x"}]}"#, "y,x", true),
            (#"{"$any": [{"a": "x"}, {"b": "x"}]}"#, "y,y", false),
        ])
    func conditions(condition: String, row: String, holds: Bool) throws {
        let cells = #""v": ["{a}", "{b}"]"#
        let records = #"{"$when": \#(condition), "holds": 1, \#(cells)}, {\#(cells)}"#
        #expect(try self.record(records, row)?.contains("holds") == holds)
    }

    @Test("a row that no record is meant for is a problem")
    func noRecord() throws {
        #expect(try self.record(#"{"$when": {"a": "x"}, "v": "{a}{b}"}"#, "y,") == "ROW_KIND")
    }

    @Test(
        "a mapping that cannot be used is refused at its place",
        arguments: [
            ("{", "line 1, column 2"),
            (#"{"format": "dossier-mapping/2", "columns": {}, "records": []}"#, "column 12"),
            (#"{"format": "dossier-mapping/1", "columns": {}, "records": []}"#, "column 44"),
            (
                #"{"format": "dossier-mapping/1", "columns": {"a": {}}, "record": []}"#,
                "\"records\""
            ),
            (minimal(#""{a}""#, columns: #"{"a": {}, "b": {}}"#), "no record uses column \"b\""),
            (minimal(#""{a}""#, columns: #"{"a": {"ignored": true}}"#), "is ignored, yet"),
            (minimal(#""{a}""#, columns: #"{"a": {"type": "number"}}"#), "\"integer\""),
            (minimal(#""{a}""#, columns: #"{"a|b": {}}"#), "has no {, }, |"),
            (minimal(#""{A}""#), "did you mean \"a\""), (minimal(#""{a|slug:4}""#), "slug:n"),
            (minimal(#""{a""#), "written twice"), (minimal(#""a}""#), "written twice"),
            (minimal(#"{"$column": "a", "$table": "t"}"#), "no table \"t\""),
            (minimal(#"{"$part": "p"}"#), "no part \"p\""),
            (minimal(#"{"$if": "p"}"#), "\"$when\""),
            (minimal(#"{"x": 1, "$when": {"a": "b"}}"#), "must be the first"),
            (minimal(#"{"$when": {"a": ""}, "x": "{a}"}"#), "{\"blank\": true}"),
            (minimal(#"{"$when": {"a": {"like": "x"}}, "x": "{a}"}"#), "\"prefix\""),
            (minimal(#"{"$first": ["{a}", "x"]}"#), "never reached"),
            (minimal(#"{"x": "{a}", "x": 1}"#), "twice"),
        ])
    func refusals(mapping: String, expected: String) {
        let error = #expect(throws: CoreError.self) { try CSVImport(mapping: Array(mapping.utf8)) }
        #expect(error?.code == .invalidMapping)
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    private static func minimal(_ template: String, columns: String = #"{"a": {}}"#) -> String {
        #"{"format": "dossier-mapping/1", "columns": \#(columns), "records": [{"v": \#(template)}]}"#
    }

    @Test(
        "a template that does not fit its message is refused at its place",
        arguments: [
            (#"{"headr": {}}"#, #"no "headr"; did you mean "header"?"#),
            (#"{"header": {"kind": "KIND_THEFT"}}"#, #"no "KIND_THEFT""#),
            (#"{"header": {"kind": "{a}"}}"#, "through a table"),
            (
                #"{"header": {"kind": {"$column": "a", "$table": "t"}}}"#,
                "did you mean \"KIND_WALLET"
            ),
            (#"{"header": {"kind": {"$part": "p"}}}"#, "expected a string"),
            (#"{"header": {"version": "{a}"}}"#, "of type \"integer\""),
            (#"{"header": {"version": "{n}{n}"}}"#, "of type \"integer\""),
            (#"{"header": {"version": -1}}"#, "expected a whole number"),
            (#"{"header": {"salt": "{a}"}}"#, "expected base64"),
            (#"{"header": {"marking": {"orcon": "true"}}}"#, "expected true or false"),
            (#"{"header": {"reference": 1}}"#, "expected a string"),
            (#"{"header": []}"#, "expected an object"),
            (#"{"report": {"titles": {"text": "{a}"}}}"#, "expected a list"),
            (#"{"report": {"titles": [["{a}"]]}}"#, "expected an object"),
            (#"{"report": {"$when": {"a": "x"}, "title": 1}}"#, "no \"title\""),
            (#"{"report": {"titles": [{"$first": [{"txt": "{a}"}]}]}}"#, "no \"txt\""),
        ])
    func misfits(template: String, expected: String) {
        let mapping = """
            {"format": "dossier-mapping/1", "columns": {"a": {}, "n": {"type": "integer"}},
             "tables": {"t": {"values": {"x": "KIND_CRYPTO_THEFT"}, "otherwise": "KIND_WALET"}},
             "parts": {"p": {"x": 1}},
             "records": [\(template.dropLast()), "wallet": {"account": {"key": "{a}{n}"}}}]}
            """
        let error = #expect(throws: CoreError.self) { try CSVImport(mapping: Array(mapping.utf8)) }
        #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
    }

    @Test("cells may fill text, and whole numbers where their column is of that type")
    func fits() throws {
        let mapping = """
            {"format": "dossier-mapping/1", "columns": {"a": {}, "n": {"type": "integer"}},
             "records": [{"header": {"version": "{n}", "reference": "{a}", "format_version": 1}}]}
            """
        let result = try CSVImport(mapping: Array(mapping.utf8)).import(Array("n,a\n2,x\n".utf8))
        #expect(result.rows.first?.reference == "x")
    }

    @Test("the mapping that the README shows can be used")
    func readme() throws {
        let text = String(decoding: try sampleFile("README.md"), as: UTF8.self)
        let start = try #require(text.range(of: "```json\n")).upperBound
        let end = try #require(text.range(of: "```", range: start..<text.endIndex)).lowerBound
        let mapping = try CSVImport(mapping: Array(text[start..<end].utf8))
        let (rows, problems) = mapping.import(Array("day,exchange,loss\n2024,A B,1\n".utf8))
        #expect(problems.map(\.place) == [])
        #expect(rows.map(\.reference) == ["THEFT-2024-A-B"])
    }

    @Test("a mapping cut off anywhere is refused, never a trap")
    func truncated() throws {
        let bytes = Array(smallMapping.utf8)
        for count in 0..<bytes.count - 1 {
            #expect(throws: CoreError.self) { try CSVImport(mapping: Array(bytes[..<count])) }
        }
    }
}

@Suite("JSON of mapping files")
struct JSONReaderTests {
    @Test(
        "what is not JSON is refused",
        arguments: [
            "", " ", "nul", "01", "1.", "1e", "-", "+1", ".5", "'a'", "\"a", "\"\\x\"", "\"\\u12\"",
            "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\t\"", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":1,}",
            "{a:1}", "{\"a\":1,\"a\":2}", "1 2", "\u{FEFF}", "//", "[1]]",
            String(repeating: "[", count: 100) + String(repeating: "]", count: 100),
        ])
    func refusals(text: String) {
        #expect(throws: JSONFault.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test("strings keep every character, escaped or not")
    func strings() throws {
        let node = try JSONReader.read(Array(#""a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00한""#.utf8))
        #expect(try node.string() == "a\"\\/\u{8}\u{C}\n\r\té😀한")
    }

    @Test("a value knows its line and column")
    func places() throws {
        let node = try JSONReader.read(Array("{\n  \"a\": [1,\n   {}]}".utf8))
        let list = try node.members()[0].value
        #expect(list.place == JSONPlace(line: 2, column: 8))
        #expect(try list.elements()[1].place == JSONPlace(line: 3, column: 4))
    }
}
