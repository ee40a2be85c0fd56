/// Finds the name that was probably meant.
enum Nearest {
    /// `; did you mean "…"?` for the known name nearest to `name`, or nothing when none is near.
    static func hint(for name: String, among known: some Sequence<String>) -> String {
        let limit = max(2, name.count / 3)
        let near = known.map { (name: $0, distance: self.distance(name, $0)) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
        return near.map { "; did you mean \"\($0.name)\"?" } ?? ""
    }

    /// How many characters have to be put in, taken out or replaced, cases not told apart
    /// (Levenshtein).
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right.lowercased())
        var row = Array(0...right.count)
        for (index, character) in left.lowercased().enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let replaced = diagonal + (character == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
