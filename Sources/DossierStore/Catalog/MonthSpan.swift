/// The months that a span of time touches, as tokens.
///
/// A record is filed under each month it touches if these are few, else under each year, else under
/// a token of its own. A query for a short span asks for its months, its years and that token; one
/// for a long span is not narrowed by time at all. What is found is compared with the moments.
struct MonthSpan: Equatable {
    /// The letters of one kind of span.
    struct Letters {
        var months: Character
        var years: Character
        var always: Character
    }

    // So that most records have one token, and the others a few.
    private static let maximumMonths = 3
    private static let maximumYears = 16
    // Beyond this a condition on time no longer narrows what is searched.
    private static let maximumQueryMonths = 24

    /// Months since year 0.
    private var months: ClosedRange<Int>

    /// The span from one moment to another, or of one moment alone; nil without a moment.
    init?(start: String, end: String) {
        guard let first = Self.months(of: start) else { return nil }
        let last = end.isEmpty ? first : Self.months(of: end) ?? first
        self.months = first.lowerBound...max(first.lowerBound, last.upperBound)
    }

    /// What a record with this span is filed under.
    func tokens(_ letters: Letters) -> [String] {
        if self.months.count <= Self.maximumMonths { return self.monthTokens(letters) }
        let years = self.yearTokens(letters)
        return years.count <= Self.maximumYears ? years : [String(letters.always)]
    }

    /// What a record that touches a span may be filed under; empty if that could be too much.
    static func tokens(from: String?, to: String?, _ letters: Letters) -> [String] {
        guard let from, let to, let span = MonthSpan(start: from, end: to),
            span.months.count <= self.maximumQueryMonths
        else { return [] }
        return span.monthTokens(letters) + span.yearTokens(letters) + [String(letters.always)]
    }

    private func monthTokens(_ letters: Letters) -> [String] {
        self.months.map { "\(letters.months)\($0)" }
    }

    private func yearTokens(_ letters: Letters) -> [String] {
        (self.months.lowerBound / 12...self.months.upperBound / 12).map { "\(letters.years)\($0)" }
    }

    /// The months that a moment of any precision stands for; nil if it is none.
    private static func months(of moment: String) -> ClosedRange<Int>? {
        guard let year = Int(moment.prefix(4)), moment.utf8.count >= 4 else { return nil }
        guard moment.utf8.count >= 7 else { return year * 12...year * 12 + 11 }
        guard let month = Int(moment.dropFirst(5).prefix(2)), (1...12).contains(month) else {
            return nil
        }
        return year * 12 + month - 1...year * 12 + month - 1
    }
}
