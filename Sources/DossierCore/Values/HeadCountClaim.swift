/// A claim about a number of people.
public struct HeadCountClaim: Hashable, Sendable {
    /// The claim. Required.
    public var claim: Claim?
    /// The number. At least one of low, point and high.
    public var count: CountRange?
    /// As of when: a moment.
    public var asOf: String
    /// Who is counted: "IT workers abroad, staff in the DPRK not included".
    public var definition: Text?

    /// Creates a value from its parts; what is left out is absent.
    public init(
        claim: Claim? = nil, count: CountRange? = nil, asOf: String = "", definition: Text? = nil
    ) {
        self.claim = claim
        self.count = count
        self.asOf = asOf
        self.definition = definition
    }
}

/// A number of people or things; low <= point <= high among those given.
public struct CountRange: Hashable, Sendable {
    /// Lower bound.
    public var low: UInt64?
    /// Best estimate.
    public var point: UInt64?
    /// Upper bound.
    public var high: UInt64?

    /// Creates a value from its parts; what is left out is absent.
    public init(low: UInt64? = nil, point: UInt64? = nil, high: UInt64? = nil) {
        self.low = low
        self.point = point
        self.high = high
    }
}
