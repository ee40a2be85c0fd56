import Testing

@testable import DossierCore

@Suite("CSV")
struct CSVReaderTests {
    @Test(
        "cells are read as RFC 4180 says",
        arguments: [
            ("a,b\r\nc,d\r\n", [["a", "b"], ["c", "d"]]),
            ("a,b\nc,d", [["a", "b"], ["c", "d"]]),
            ("a,b\rc,d\r", [["a", "b"], ["c", "d"]]),
            ("\u{FEFF}a,b\n", [["a", "b"]]),
            ("\"a\",\"b,c\"\n", [["a", "b,c"]]),
            ("\"say \"\"so\"\"\",x\n", [["say \"so\"", "x"]]),
            ("\"\",\"\"\"\"\n", [["", "\""]]),
            ("a,,c,\n", [["a", "", "c", ""]]),
            (",\n", [["", ""]]),
            ("\"two\r\nlines\",x\n", [["two\r\nlines", "x"]]),
            (" a , b\n", [[" a ", " b"]]),
            ("\n\na\n\n\nb\n\n", [["a"], ["b"]]),
            ("북한,\"한국\"\n", [["북한", "한국"]]),
            ("", []), ("\n", []), ("a", [["a"]]), ("a,", [["a", ""]]),
        ])
    func cells(text: String, expected: [[String]]) {
        let rows = readAll(text)
        #expect(rows.map { $0.cells.map(\.text) } == expected)
        #expect(rows.allSatisfy { $0.faults.isEmpty })
    }

    @Test("every table reads back from its quoted form, whatever is in its cells")
    func roundTrip() {
        let alphabet = ["", "a", "\"", ",", "\n", "\r\n", "\r", "\"\"", " ", "é", ";"]
        for first in alphabet {
            for second in alphabet {
                let cells = [first + second, second + first]
                let quoted = cells.map { cell in
                    "\"\(cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
                }
                let rows = readAll(quoted.joined(separator: ",") + "\r\nx,y")
                #expect(rows.map { $0.cells.map(\.text) } == [cells, ["x", "y"]])
            }
        }
    }

    @Test(
        "cells know the line they begin on, whatever ends the lines before",
        arguments: ["\n", "\r\n", "\r"])
    func lines(end: String) {
        let rows = readAll("a,b\(end)\"1\(end)2\",\"3\(end)4\"\(end)\(end)c,d", delimiter: ",")
        #expect(rows.map(\.line) == [1, 2, 6])
        #expect(rows.map { $0.cells.map(\.line) } == [[1, 1], [2, 3], [6, 6]])
    }

    @Test(
        "a quoting fault is one row's, with its line and cell",
        arguments: [
            ("a,b\nc,d\"e\nf,g\n", "2:2:CSV_QUOTE"),
            ("a,b\n\"c\"d,e\nf,g\n", "2:1:CSV_QUOTE"),
            ("a,b\n\"c\" ,e\nf,g\n", "2:1:CSV_QUOTE"),
            ("a,b\nc,\"d\nf,g\n", "2:2:CSV_QUOTE_OPEN"),
            ("a,b\n\"\nf,g\n", "2:1:CSV_QUOTE_OPEN"),
            ("a,b\nc,\"d\nf,g\nh,\"i\"\n", "2:2:CSV_QUOTE"),
        ])
    func quotingFaults(text: String, expected: String) {
        let rows = readAll(text)
        let faults = rows.flatMap(\.faults).map { "\($0.line):\($0.cell):\($0.rule.rawValue)" }
        #expect(faults.contains(expected))
        let good = rows.filter(\.faults.isEmpty).map { $0.cells.map(\.text) }
        #expect(good.contains(["f", "g"]))
    }

    @Test("bytes that are not UTF-8 are a fault of their cell only")
    func encoding() {
        var reader = CSVReader(
            Array("a,b\nx,".utf8) + [0xC3, 0x28] + Array("\nf,g".utf8), delimiter: UInt8(ascii: ",")
        )
        #expect(reader.next()?.faults.isEmpty == true)
        let faults = reader.next()?.faults ?? []
        #expect(faults.map(\.cell) == [2])
        #expect(faults.map(\.rule) == [.csvUTF8])
        #expect(reader.next()?.cells.map(\.text) == ["f", "g"])
    }

    @Test("any bytes are read to the end without a trap, in rows no more than lines")
    func anyBytes() {
        var generator = SystemRandomNumberGenerator()
        let alphabet: [UInt8] = [0x22, 0x22, 0x2C, 0x0A, 0x0D, 0x61, 0xC3, 0xA9, 0x00, 0x20]
        for _ in 0..<2_000 {
            let count = Int.random(in: 0...40, using: &generator)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            var reader = CSVReader(bytes, delimiter: UInt8(ascii: ","))
            var rows = 0
            while reader.next() != nil { rows += 1 }
            #expect(rows <= bytes.count, "\(bytes)")
        }
    }
}
