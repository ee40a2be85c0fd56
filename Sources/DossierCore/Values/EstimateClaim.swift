/// A claim about a figure.
public struct EstimateClaim: Hashable, Sendable {
    /// The claim. Required.
    public var claim: Claim?
    /// The figure.
    public var value: DecimalRange?
    /// Its unit: "USD", "persons", "percent". At most 64 bytes. Required.
    public var unit: String
    /// As of when: a moment.
    public var asOf: String
    /// What it covers, when not Header.occurred: first moment.
    public var periodStart: String
    /// Last moment of what it covers, not before the first.
    public var periodEnd: String

    /// Creates a value from its parts; what is left out is absent.
    public init(
        claim: Claim? = nil, value: DecimalRange? = nil, unit: String = "", asOf: String = "",
        periodStart: String = "", periodEnd: String = ""
    ) {
        self.claim = claim
        self.value = value
        self.unit = unit
        self.asOf = asOf
        self.periodStart = periodStart
        self.periodEnd = periodEnd
    }
}
