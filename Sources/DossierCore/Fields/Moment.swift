/// A point or span of time as analysts write it: an ISO 8601 UTC text whose length is its
/// precision: `2025`, `2025-02`, `2025-02-21` or `2025-02-21T14:03:00Z`.
///
/// A moment that is not to the second stands for the whole span it names. Years are 0001 to 9999;
/// there are no leap seconds.
public struct Moment: Hashable, Sendable, CustomStringConvertible {
    /// How exact a moment is.
    public enum Precision: UInt8, Hashable, Sendable, CaseIterable {
        /// A year.
        case year
        /// A month.
        case month
        /// A day.
        case day
        /// A second.
        case second
    }

    /// How exact the moment is.
    public let precision: Precision
    /// Its first second, in seconds since 1970-01-01T00:00:00Z.
    public let firstSecond: Int64

    /// Reads a moment; nil if the text is none.
    public init?(_ text: some StringProtocol) {
        guard let moment = TextBytes.with(text, { Moment(utf8: $0) }) else { return nil }
        self = moment
    }

    /// The moment, to the second, of a Unix time; nil before year 1 or after year 9999.
    public init?(unixSeconds: Int64) {
        guard (-62_135_596_800...253_402_300_799).contains(unixSeconds) else { return nil }
        self.precision = .second
        self.firstSecond = unixSeconds
    }

    init?(utf8 text: TextBytes) {
        guard let fields = Fields(text) else { return nil }
        self.precision = fields.precision
        self.firstSecond = fields.firstSecond
    }

    static func isValid(_ text: TextBytes) -> Bool {
        Fields(text) != nil
    }

    /// The last second of the span, in seconds since 1970-01-01T00:00:00Z.
    public var lastSecond: Int64 {
        let date = CalendarDay(daysSince1970: self.firstSecond.flooredDivision(by: 86_400))
        switch self.precision {
        case .second: return self.firstSecond
        case .day: return self.firstSecond + 86_399
        case .month:
            let days = CalendarDay.daysInMonth(year: date.year, month: date.month)
            return self.firstSecond + Int64(days) * 86_400 - 1
        case .year:
            return self.firstSecond + (CalendarDay.isLeap(date.year) ? 366 : 365) * 86_400 - 1
        }
    }

    /// The text.
    public var description: String {
        let days = self.firstSecond.flooredDivision(by: 86_400)
        let date = CalendarDay(daysSince1970: days)
        var text = Self.digits(date.year, 4)
        if self.precision == .year { return text }
        text += "-" + Self.digits(date.month, 2)
        if self.precision == .month { return text }
        text += "-" + Self.digits(date.day, 2)
        if self.precision == .day { return text }
        let second = Int(self.firstSecond - days * 86_400)
        text += "T" + Self.digits(second / 3_600, 2) + ":" + Self.digits(second / 60 % 60, 2)
        return text + ":" + Self.digits(second % 60, 2) + "Z"
    }

    private static func digits(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: width - text.count) + text
    }
}

extension Moment {
    /// Whether any second of this moment lies at or after the first second of another.
    public func isNotBefore(_ other: Moment) -> Bool {
        self.lastSecond >= other.firstSecond
    }

    /// The numbers of a moment's text.
    private struct Fields {
        var precision: Precision
        var year: Int
        var month = 1
        var day = 1
        var second = 0

        init?(_ text: TextBytes) {
            switch text.count {
            case 4: self.precision = .year
            case 7: self.precision = .month
            case 10: self.precision = .day
            case 20: self.precision = .second
            case _: return nil
            }
            guard let high = Self.pair(text, 0), let low = Self.pair(text, 2), high + low > 0 else {
                return nil
            }
            self.year = high * 100 + low
            if self.precision == .year { return }
            guard text[4] == 0x2d, let month = Self.pair(text, 5), (1...12).contains(month) else {
                return nil
            }
            self.month = month
            if self.precision == .month { return }
            guard text[7] == 0x2d, let day = Self.pair(text, 8), day >= 1,
                day <= 28 || day <= CalendarDay.daysInMonth(year: self.year, month: month)
            else { return nil }
            self.day = day
            if self.precision == .day { return }
            guard text[10] == 0x54, text[13] == 0x3a, text[16] == 0x3a, text[19] == 0x5a,
                let hour = Self.pair(text, 11), hour < 24,
                let minute = Self.pair(text, 14), minute < 60,
                let second = Self.pair(text, 17), second < 60
            else { return nil }
            self.second = hour * 3_600 + minute * 60 + second
        }

        var firstSecond: Int64 {
            let days = CalendarDay.daysSince1970(year: self.year, month: self.month, day: self.day)
            return days * 86_400 + Int64(self.second)
        }

        private static func pair(_ text: TextBytes, _ index: Int) -> Int? {
            let tens = text[index] &- 0x30
            let ones = text[index + 1] &- 0x30
            guard tens < 10, ones < 10 else { return nil }
            return Int(tens) * 10 + Int(ones)
        }
    }
}

/// A day of the proleptic Gregorian calendar.
private struct CalendarDay {
    let year: Int
    let month: Int
    let day: Int

    static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    static func daysInMonth(year: Int, month: Int) -> Int {
        switch month {
        case 2: self.isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        case _: 31
        }
    }

    /// Days are counted in years that begin on 1 March, so that a leap day is a year's last, and
    /// in eras of 400 years, which all have 146,097 days.
    static func daysSince1970(year: Int, month: Int, day: Int) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    /// The inverse of ``daysSince1970(year:month:day:)``.
    init(daysSince1970 days: Int64) {
        let days = Int(days) + 719_468
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * shifted + 2) / 5 + 1
        self.month = shifted < 10 ? shifted + 3 : shifted - 9
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
