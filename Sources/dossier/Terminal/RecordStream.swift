import DossierAPI
import DossierClient
import DossierCore

/// Prints records as they come, as rows of a table whose columns stand from the beginning, or as
/// JSON lines.
struct RecordStream {
    private static let columns: [(name: String, width: Int)] = [
        ("RECORD", 12), ("LOG", 4), ("REFERENCE", 24), ("VERSION", 7), ("OPERATION", 11),
        ("STANDING", 10), ("TITLE OR REASON", 0),
    ]

    private let form: OutputOptions.Form
    private var hasHeader = false
    /// How many records were printed.
    private(set) var count = 0

    init(_ form: OutputOptions.Form) {
        self.form = form
    }

    /// Prints a record.
    ///
    /// Throws when the task is cancelled before somebody has read enough for it to be printed.
    mutating func print(_ record: VerifiedRecord) throws {
        if self.form == .json {
            try Terminal.answerUnlessCancelled(try record.json())
        } else {
            if !self.hasHeader {
                try Self.printRow(Self.columns.map(\.name))
                self.hasHeader = true
            }
            try Self.printRow(try Self.row(record))
        }
        self.count += 1
    }

    private static func row(_ verified: VerifiedRecord) throws -> [String] {
        let record = try Record(decoding: verified.bytes)
        return [
            String(verified.id.hexadecimal.prefix(12)), verified.attested.originator,
            record.header.reference, "\(record.header.version)", record.header.operation.name,
            verified.standing.name, record.titleOrReason,
        ]
    }

    private static func printRow(_ cells: [String]) throws {
        let padded = zip(cells, self.columns).map { cell, column in
            let text = cell.escapedForTerminal
            return text + String(repeating: " ", count: max(column.width - text.count, 0))
        }
        let line = padded.joined(separator: "  ")
        guard let width = Terminal.width, line.count > width else {
            return try Terminal.answerUnlessCancelled(line)
        }
        try Terminal.answerUnlessCancelled(line.prefix(max(width - 1, 1)) + "…")
    }
}
