import Foundation

@testable import DossierCore

/// A file of the sample data that the command line carries.
func sampleFile(_ name: String) throws -> [UInt8] {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return Array(try Data(contentsOf: root.appending(path: "Sources/dossier/Resources/\(name)")))
}

/// All rows of a table, header included, or what is wrong with each.
func readAll(_ text: String, delimiter: Character = ",") -> [CSVRow] {
    var reader = CSVReader(Array(text.utf8), delimiter: delimiter.asciiValue ?? 0)
    var rows: [CSVRow] = []
    while let row = reader.next() { rows.append(row) }
    return rows
}

/// A mapping of the columns `day`, `name`, `count` and `note` to a record small enough to compare.
let smallMapping = """
    {
      "format": "dossier-mapping/1",
      "columns": {
        "day": { "required": true },
        "name": { "required": true },
        "count": { "type": "integer" },
        "sort": { "blanks": ["n/a"] },
        "note": {}
      },
      "tables": { "sorts": { "values": { "big": "SORT_BIG", "small": "SORT_SMALL" } } },
      "records": [
        {
          "header": { "reference": "T-{day}-{name|slug}" },
          "body": {
            "count": "{count}",
            "sort": { "$column": "sort", "$table": "sorts" },
            "notes": [{ "text": "{note}", "language": "en" }]
          }
        }
      ]
    }
    """

/// An import by a mapping whose templates fit no message.
func anyImport(_ mapping: String) throws -> CSVImport {
    CSVImport(try MappingReader.read(JSONReader.read(Array(mapping.utf8))))
}

/// What the small mapping makes of a table, whose header is given beside the rows.
func importSmall(
    _ rows: String..., header: String = "day,name,count,sort,note"
) throws -> (rows: [ImportedRow], problems: [ImportProblem]) {
    let text = ([header] + rows).joined(separator: "\n") + "\n"
    return try anyImport(smallMapping).import(Array(text.utf8))
}

extension ImportProblem {
    /// Line, column and rule, to compare with.
    var place: String {
        "\(self.line):\(self.column.map(String.init) ?? "-"):\(self.rule.rawValue)"
    }
}

extension ImportedRow {
    /// The record as text.
    var json: String { String(decoding: self.record.encoded(), as: UTF8.self) }
}
