import Testing

@testable import DossierCore

@Suite("Messy tables")
struct MessyRowsTests {
    @Test("a good row becomes its record, blank cells leaving no trace")
    func goodRows() throws {
        let (rows, problems) = try importSmall("2024-01-02,Some Firm,7,big,why", "2024,X,,,")
        #expect(problems.isEmpty)
        #expect(
            rows.map(\.json) == [
                #"{"header":{"reference":"T-2024-01-02-Some-Firm"},"body":{"count":"7","#
                    + #""sort":"SORT_BIG","notes":[{"text":"why","language":"en"}]}}"#,
                #"{"header":{"reference":"T-2024-X"}}"#,
            ])
        #expect(rows.map(\.line) == [2, 3])
    }

    @Test(
        "a bad row is one problem, with line, column and rule, and the others go in",
        arguments: [
            ("2024,,1,big,x", "3:2:CELL_REQUIRED"),
            ("  ,B,1,big,x", "3:1:CELL_REQUIRED"),
            ("2024,B,1.5,big,x", "3:3:CELL_INTEGER"),
            ("2024,B,\"1,500\",big,x", "3:3:CELL_INTEGER"),
            ("2024,B,-1,big,x", "3:3:CELL_INTEGER"),
            ("2024,B,007,big,x", "3:3:CELL_INTEGER"),
            ("2024,B,18446744073709551616,big,x", "3:3:CELL_INTEGER"),
            ("2024,B,1,Big,x", "3:4:CELL_NOT_IN_TABLE"),
            ("2024,B,1,big,x\0y", "3:5:NUL"),
            ("2024,B,1,big", "3:-:CSV_CELL_COUNT"),
            ("2024,B,1,big,x,", "3:-:CSV_CELL_COUNT"),
            ("2024,B,1,big,a, b", "3:-:CSV_CELL_COUNT"),
            ("2024,B,1,big,a \"b\"", "3:5:CSV_QUOTE"),
            ("2024,\"B\"x,1,big,", "3:2:CSV_QUOTE"),
            ("2024,\"B,1,big,x", "3:2:CSV_QUOTE_OPEN"),
            ("2024,\"B\n\",x,big,", "4:3:CELL_INTEGER"),
        ])
    func badRows(row: String, expected: String) throws {
        let (rows, problems) = try importSmall("2023,A,1,big,x", row, "2025,C,3,small,")
        #expect(problems.map(\.place) == [expected])
        #expect(rows.map(\.reference) == ["T-2023-A", "T-2025-C"])
        #expect(problems.allSatisfy { !$0.hint.isEmpty })
    }

    @Test("all problems of all rows come in one pass, in the order of lines")
    func allProblems() throws {
        let (rows, problems) = try importSmall(
            ",,x,bg,", "2024,A,1,big,x", "2024,B", "2025,C,y,,")
        #expect(
            problems.map(\.place) == [
                "2:1:CELL_REQUIRED", "2:2:CELL_REQUIRED", "2:3:CELL_INTEGER",
                "2:4:CELL_NOT_IN_TABLE", "4:-:CSV_CELL_COUNT", "5:3:CELL_INTEGER",
            ])
        #expect(problems[3].columnName == "sort")
        #expect(problems[3].value == "bg")
        #expect(problems[3].hint.contains("\"big\""))
        #expect(rows.map(\.line) == [3])
    }

    @Test("cells that count as blank and rows without text say nothing")
    func blanks() throws {
        let (rows, problems) = try importSmall(" 2024 ,\u{A0}A\t,,n/a,", ",,,,", " , ,\t,,", "")
        #expect(problems.isEmpty)
        #expect(rows.map(\.json) == [#"{"header":{"reference":"T-2024-A"}}"#])
    }

    @Test(
        "a wrong header keeps every row out",
        arguments: [
            ("day,name,count,sort", ["1:-:COLUMN_MISSING"]),
            ("day,name,count,sort,note,extra", ["1:6:COLUMN_UNKNOWN"]),
            ("day,name,count,sort,Note", ["1:5:COLUMN_UNKNOWN", "1:-:COLUMN_MISSING"]),
            ("day,name,count,sort,note,note", ["1:6:COLUMN_REPEATED"]),
            ("day,name,count,sort,note,", ["1:6:COLUMN_NAME"]),
            ("\"day,name,count,sort,note", ["1:1:CSV_QUOTE_OPEN"]),
            ("d\"ay,name,count,sort,note", ["1:1:CSV_QUOTE"]),
        ])
    func headers(header: String, expected: [String]) throws {
        let (rows, problems) = try importSmall("2024,A,1,big,x", header: header)
        #expect(problems.map(\.place) == expected)
        #expect(rows.isEmpty)
    }

    @Test("columns may stand in any order, after a byte order mark, with CRLF")
    func columnOrder() throws {
        let text = "\u{FEFF}note,sort,count,name,day\r\n\"a\r\nb\",big,1,A,2024\r\n"
        let (rows, problems) = try anyImport(smallMapping).import(Array(text.utf8))
        #expect(problems.isEmpty)
        #expect(rows.first?.record["body"]?["notes"]?[0]?["text"] == .string("a\r\nb"))
    }

    @Test("an empty file and UTF-16 are told apart from a table")
    func noTable() throws {
        let mapping = try anyImport(smallMapping)
        #expect(mapping.import([]).problems.map(\.place) == ["1:-:CSV_HEADER"])
        #expect(mapping.import([0xFF, 0xFE, 0x61, 0]).problems.map(\.place) == ["1:-:CSV_UTF8"])
    }

    @Test("a row twice goes in once; rows that differ under one reference stay out, both")
    func repeatedRows() throws {
        let (rows, problems) = try importSmall(
            "2024,A,1,big,x", "2024,A,1,big,x", "2024,B,1,big,x", "2024,B,2,big,x", "2024,C,,,")
        #expect(rows.map(\.reference) == ["T-2024-A", "T-2024-C"])
        #expect(
            problems.map(\.place) == [
                "3:1:ROW_REPEATED", "4:1:REFERENCE_REPEATED", "5:1:REFERENCE_REPEATED",
            ])
    }

    @Test("the order of rows decides nothing")
    func rowOrder() throws {
        let lines = ["2024,A,1,big,x", "2024,B,2,small,", "2025,A,,,", "2023,한국은행,1,,"]
        let forward = try importSmall(lines[0], lines[1], lines[2], lines[3])
        let backward = try importSmall(lines[3], lines[2], lines[1], lines[0])
        #expect(Set(forward.rows.map(\.json)) == Set(backward.rows.map(\.json)))
        #expect(Set(forward.rows.map(\.reference)).count == 4)
    }

    @Test("text that could steer a terminal is reported without doing so")
    func hostileText() throws {
        let text = "\u{1B}[2J\u{202E}\u{9B}" + String(repeating: "x", count: 500)
        let (rows, problems) = try importSmall("2024,A,1,\(text),", "2024,B,\(text),,")
        #expect(rows.isEmpty)
        #expect(problems.map(\.place) == ["2:4:CELL_NOT_IN_TABLE", "3:3:CELL_INTEGER"])
        for problem in problems {
            #expect(problem.value.hasPrefix("\\u{1b}[2J\\u{202e}\\u{9b}xxx"))
            #expect(problem.value.count < 100)
        }
    }

    @Test("what the record's check finds is said of the cell it came from")
    func findings() throws {
        let (rows, _) = try importSmall("2024,A,1,big,\"x\ny\"", "2025,B,,,z")
        func place(_ field: String, row: Int) -> String {
            rows[row].problem(for: Finding(field: field, rule: .moment, value: "", hint: "")).place
        }
        #expect(place("header.reference", row: 0) == "2:1:MOMENT")
        #expect(place("content.body.count", row: 0) == "2:3:MOMENT")
        #expect(place("body.notes[0].text", row: 0) == "2:5:MOMENT")
        #expect(place("body.notes[0].language", row: 0) == "2:5:MOMENT")
        #expect(place("body.count", row: 1) == "4:3:MOMENT")
        #expect(place("header.marking.tlp", row: 1) == "4:-:MOMENT")
    }
}
