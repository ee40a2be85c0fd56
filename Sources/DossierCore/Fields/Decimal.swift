/// Decimals as text: an optional minus sign, 1 to 30 digits without superfluous leading zeros,
/// and optionally a point with 1 to 18 digits.
///
/// They are compared as text: no binary number holds 48 digits, and nothing here calculates.
public enum Decimal {
    /// The most digits before the point.
    public static let maximumWholeDigits = 30
    /// The most digits after the point.
    public static let maximumFractionDigits = 18

    /// Whether a text is a decimal.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        TextBytes.with(text) { self.isValid($0) }
    }

    /// Whether the first of two decimals is less than the second. `-0` and `0` are equal, as are
    /// `1.5` and `1.50`.
    public static func isLess(_ lhs: some StringProtocol, than rhs: some StringProtocol) -> Bool {
        TextBytes.with(lhs) { lhs in TextBytes.with(rhs) { self.isLess(lhs, than: $0) } }
    }

    static func isValid(_ text: TextBytes) -> Bool {
        guard let parts = Parts(text) else { return false }
        return (1...self.maximumWholeDigits).contains(parts.whole.count)
            && (parts.whole.count == 1 || parts.whole[0] != 0x30)
            && parts.whole.allSatisfy(.digit)
            && parts.fraction.count <= self.maximumFractionDigits
            && parts.fraction.allSatisfy(.digit)
    }

    /// Whether a text is a decimal from 0 to 100.
    static func isPercent(_ text: TextBytes) -> Bool {
        guard self.isValid(text), let parts = Parts(text), !parts.isNegative else { return false }
        return parts.whole.count < 3
            || (parts.whole.equals("100") && parts.fraction.buffer.allSatisfy { $0 == 0x30 })
    }

    static func isLess(_ lhs: TextBytes, than rhs: TextBytes) -> Bool {
        guard let left = Parts(lhs), let right = Parts(rhs) else { return false }
        let isLeftNegative = left.isNegative && !left.isZero
        let isRightNegative = right.isNegative && !right.isZero
        if isLeftNegative != isRightNegative { return isLeftNegative }
        return isLeftNegative
            ? right.isMagnitudeLess(than: left) : left.isMagnitudeLess(than: right)
    }

    private struct Parts {
        let isNegative: Bool
        let whole: TextBytes
        let fraction: TextBytes

        /// The parts around the point; nil when a point has nothing after it.
        init?(_ text: TextBytes) {
            self.isNegative = text.count > 0 && text[0] == 0x2d
            let start = self.isNegative ? 1 : 0
            guard let point = text.firstIndex(of: 0x2e, from: start) else {
                self.whole = text.from(start)
                self.fraction = text.from(text.count)
                return
            }
            self.whole = text[start..<point]
            self.fraction = text.from(point + 1)
            if self.fraction.count == 0 { return nil }
        }

        var isZero: Bool {
            self.whole.equals("0") && self.fraction.buffer.allSatisfy { $0 == 0x30 }
        }

        func isMagnitudeLess(than other: Parts) -> Bool {
            // Without leading zeros, the number with more digits is the larger.
            if self.whole.count != other.whole.count {
                return self.whole.count < other.whole.count
            }
            for index in 0..<self.whole.count where self.whole[index] != other.whole[index] {
                return self.whole[index] < other.whole[index]
            }
            for index in 0..<max(self.fraction.count, other.fraction.count) {
                let left = index < self.fraction.count ? self.fraction[index] : 0x30
                let right = index < other.fraction.count ? other.fraction[index] : 0x30
                if left != right { return left < right }
            }
            return false
        }
    }
}
