/// The value of `grpc-timeout`: at most eight digits and a unit. PROTOCOL-HTTP2.md, "Requests".
enum Timeout {
    private static let maximumDigits = 8
    /// From the finest unit to the coarsest, in nanoseconds.
    private static let units: [(letter: UInt8, nanoseconds: Int64)] = [
        (UInt8(ascii: "n"), 1),
        (UInt8(ascii: "u"), 1_000),
        (UInt8(ascii: "m"), 1_000_000),
        (UInt8(ascii: "S"), 1_000_000_000),
        (UInt8(ascii: "M"), 60_000_000_000),
        (UInt8(ascii: "H"), 3_600_000_000_000),
    ]

    /// The time in nanoseconds, at most `Int64.max`; nil if the text is not a timeout.
    static func parse(_ text: ArraySlice<UInt8>) -> Int64? {
        guard let letter = text.last, let unit = self.units.first(where: { $0.letter == letter })
        else { return nil }
        let digits = text.dropLast()
        guard !digits.isEmpty, digits.count <= self.maximumDigits else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - UInt8(ascii: "0"))
        }
        let (product, overflow) = value.multipliedReportingOverflow(by: unit.nanoseconds)
        return overflow ? .max : product
    }

    /// The text for a time in the finest unit that fits, rounded up so that no call is cut early.
    static func format(nanoseconds: Int64) -> String {
        let nanoseconds = max(nanoseconds, 0)
        let limit: Int64 = 99_999_999
        for unit in self.units {
            let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: unit.nanoseconds)
            let value = rest == 0 ? whole : whole + 1
            if value <= limit { return "\(value)\(Character(Unicode.Scalar(unit.letter)))" }
        }
        return "\(limit)H"
    }
}

extension Duration {
    /// Whole nanoseconds, within the range of `Int64`.
    var clampedNanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return seconds < 0 ? .min : .max }
        let (sum, sumOverflow) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return sumOverflow ? (seconds < 0 ? .min : .max) : sum
    }
}
