import DossierCore

/// A table of text, for people.
///
/// The last column is cut to what the terminal has room for, the others are as wide as they need.
struct Table {
    private let header: [String]
    private var rows: [[String]] = []

    init(_ header: [String]) {
        self.header = header
    }

    /// Adds a row; untrusted text may stand in it.
    mutating func add(_ row: [String]) {
        self.rows.append(row.map(\.escapedForTerminal))
    }

    /// The lines, no wider than `width` columns if one is given.
    func lines(width: Int?) -> [String] {
        let all = [self.header] + self.rows
        let widths = self.header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let cells = row.indices.map { column in
                column == row.count - 1
                    ? row[column]
                    : row[column]
                        + String(repeating: " ", count: widths[column] - row[column].count)
            }
            let line = cells.joined(separator: "  ")
            guard let width, line.count > width else { return line }
            return line.prefix(max(width - 1, 1)) + "…"
        }
    }
}
