/// Figures, each with that of a peer.
struct Table {
    /// What a figure counts, and which way is better.
    enum Unit {
        /// Microseconds for one: less is better.
        case microseconds
        /// How many a second: more is better.
        case perSecond
        /// Milliseconds: less is better.
        case milliseconds
        /// Mebibytes: less is better.
        case mebibytes
        /// Bytes: less is better.
        case bytes
    }

    private struct Row {
        var work: String
        var unit: Unit
        var figure: Double
        var peer: String
        var peerFigure: Double?
        var goal: String
    }

    private var rows: [Row] = []

    /// Adds a figure; `peerFigure` is nil when the peer is missing or there is none.
    mutating func add(
        _ work: String, _ figure: Double, _ unit: Unit, against peer: String = "",
        _ peerFigure: Double? = nil, goal: String
    ) {
        self.rows.append(
            Row(
                work: work, unit: unit, figure: figure, peer: peer, peerFigure: peerFigure,
                goal: goal))
    }

    /// The table as text.
    var rendered: String {
        let header = ["work", "dossier", "peer", "its figure", "ratio", "goal"]
        let cells =
            [header]
            + self.rows.map { row in
                [
                    row.work, row.unit.text(row.figure), row.peer,
                    row.peerFigure.map(row.unit.text) ?? "-",
                    row.peerFigure.map { Self.ratio(row.figure, $0) } ?? "-", row.goal,
                ]
            }
        let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }.joined(separator: "  ").trimmedAtEnd
        }.joined(separator: "\n")
    }

    /// Dossier's figure in terms of the peer's.
    private static func ratio(_ figure: Double, _ peer: Double) -> String {
        (figure / peer).rounded(toDigits: 2)
    }
}

extension Table.Unit {
    func text(_ figure: Double) -> String {
        switch self {
        case .microseconds: figure.rounded(toDigits: 2) + " us"
        case .perSecond: figure.rounded(toDigits: 0) + "/s"
        case .milliseconds: figure.rounded(toDigits: 1) + " ms"
        case .mebibytes: figure.rounded(toDigits: 1) + " MiB"
        case .bytes: figure.rounded(toDigits: 0) + " B"
        }
    }
}

extension String {
    fileprivate var trimmedAtEnd: String {
        String(self.reversed().drop { $0 == " " }.reversed())
    }
}

extension Double {
    /// With so many digits after the point, and thousands set apart.
    fileprivate func rounded(toDigits digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = Int((self * scale).rounded())
        let (whole, rest) = scaled.quotientAndRemainder(dividingBy: Int(scale))
        var text = ""
        for (position, digit) in String(whole).reversed().enumerated() {
            if position > 0, position % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        guard digits > 0 else { return String(text.reversed()) }
        let fraction = String(rest)
        return String(text.reversed()) + "."
            + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
