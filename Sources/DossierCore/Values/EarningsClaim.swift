/// A claim about earnings or a quota.
public struct EarningsClaim: Hashable, Sendable {
    /// The claim. Required.
    public var claim: Claim?
    /// What the amount is. Required.
    public var type: EarningsType
    /// The amount. Required.
    public var amount: Money?
    /// Per what. Required.
    public var period: EarningsPeriod

    /// Creates a value from its parts; what is left out is absent.
    public init(
        claim: Claim? = nil, type: EarningsType = .unspecified, amount: Money? = nil,
        period: EarningsPeriod = .unspecified
    ) {
        self.claim = claim
        self.type = type
        self.amount = amount
        self.period = period
    }
}

/// What an amount of earnings is.
public struct EarningsType: OpenEnum {
    /// Not allowed.
    public static let unspecified = Self(rawValue: 0)
    /// Average of one worker.
    public static let average = Self(rawValue: 1)
    /// Highest known of one worker.
    public static let top = Self(rawValue: 2)
    /// What one worker must deliver.
    public static let quota = Self(rawValue: 3)
    /// Of all workers together.
    public static let total = Self(rawValue: 4)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// Per what earnings are counted.
public struct EarningsPeriod: OpenEnum {
    /// Not allowed.
    public static let unspecified = Self(rawValue: 0)
    /// A month.
    public static let month = Self(rawValue: 1)
    /// A year.
    public static let year = Self(rawValue: 2)
    /// The whole time.
    public static let whole = Self(rawValue: 3)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}
