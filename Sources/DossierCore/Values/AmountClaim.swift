/// A claim about an amount of money.
public struct AmountClaim: Hashable, Sendable {
    /// The claim. Required.
    public var claim: Claim?
    /// The amount. Required.
    public var amount: Money?

    /// Creates a value from its parts; what is left out is absent.
    public init(claim: Claim? = nil, amount: Money? = nil) {
        self.claim = claim
        self.amount = amount
    }
}

/// A claim about a share of a whole, in percent.
public struct ShareClaim: Hashable, Sendable {
    /// The claim. Required.
    public var claim: Claim?
    /// The share in percent, 0 to 100. Required.
    public var percent: DecimalRange?
    /// Of what.
    public var definition: Text?

    /// Creates a value from its parts; what is left out is absent.
    public init(claim: Claim? = nil, percent: DecimalRange? = nil, definition: Text? = nil) {
        self.claim = claim
        self.percent = percent
        self.definition = definition
    }
}
