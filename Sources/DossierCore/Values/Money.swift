/// An amount of money, with its uncertainty and the way it was valued.
public struct Money: Hashable, Sendable {
    /// ISO 4217 code, such as "USD". Never a crypto ticker. Required.
    public var currency: String
    /// How it was valued. Required.
    public var basis: ValuationBasis
    /// As of when: a moment; empty when not known.
    public var asOf: String
    /// Lower bound: a decimal, not negative; empty when not known.
    public var low: String
    /// Best estimate: a decimal, not negative; empty when not known. low <= point <= high.
    public var point: String
    /// Upper bound: a decimal, not negative; empty when not known. At least one of the three.
    public var high: String

    /// Creates a value from its parts; what is left out is absent.
    public init(
        currency: String = "", basis: ValuationBasis = .unspecified, asOf: String = "",
        low: String = "", point: String = "", high: String = ""
    ) {
        self.currency = currency
        self.basis = basis
        self.asOf = asOf
        self.low = low
        self.point = point
        self.high = high
    }
}

/// How an amount was valued. Amounts of different bases must not be added up.
public struct ValuationBasis: OpenEnum {
    /// Not allowed.
    public static let unspecified = Self(rawValue: 0)
    /// Market price at the time of the event.
    public static let spotAtEvent = Self(rawValue: 1)
    /// Market price at another time, see `asOf`.
    public static let laterPrice = Self(rawValue: 2)
    /// The victim's own statement.
    public static let victimStatement = Self(rawValue: 3)
    /// Nominal value of tokens that could not be sold at that price.
    public static let nominalMint = Self(rawValue: 4)
    /// Realised in fiat money.
    public static let realised = Self(rawValue: 5)
    /// As published; the method is not stated.
    public static let asPublished = Self(rawValue: 6)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// A range of numbers; low <= point <= high among those given, at least one of them.
public struct DecimalRange: Hashable, Sendable {
    /// Lower bound: a decimal.
    public var low: String
    /// Best estimate: a decimal.
    public var point: String
    /// Upper bound: a decimal.
    public var high: String

    /// Creates a value from its parts; what is left out is absent.
    public init(low: String = "", point: String = "", high: String = "") {
        self.low = low
        self.point = point
        self.high = high
    }
}
