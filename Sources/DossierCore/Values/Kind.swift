/// Kind of a record's content. Numbers 2, 4 to 6 and 8 to 11 are kept for laundering flow, persona,
/// front company, designation, procurement, facilitator, campaign and information theft.
public struct Kind: OpenEnum {
    /// Not allowed.
    public static let unspecified = Self(rawValue: 0)
    /// CryptoTheft.
    public static let cryptoTheft = Self(rawValue: 1)
    /// ItWorkerDeployment.
    public static let itWorkerDeployment = Self(rawValue: 3)
    /// Wallet.
    public static let wallet = Self(rawValue: 7)
    /// Assessment.
    public static let assessment = Self(rawValue: 12)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}
