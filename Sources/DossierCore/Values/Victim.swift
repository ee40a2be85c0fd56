/// Who was robbed.
public struct Victim: Hashable, Sendable {
    /// Name; empty when the victim is not named.
    public var name: String
    /// Name of the legal entity.
    public var legalName: String
    /// What the victim is. Required.
    public var type: VictimType
    /// Country of registration: ISO 3166-1 alpha-2, or empty.
    public var countryRegistered: String
    /// Country it was run from: ISO 3166-1 alpha-2, or empty.
    public var countryOperated: String
    /// Country as the source gives it, not saying which of the two: ISO 3166-1 alpha-2, or empty.
    public var country: String
    /// The victim in words, such as "a Seychelles exchange". Required when `name` is empty.
    public var description: Text?
    /// Who an unnamed victim may be.
    public var inferredIdentities: [IdentityClaim]

    /// Creates a value from its parts; what is left out is absent.
    public init(
        name: String = "", legalName: String = "", type: VictimType = .unspecified,
        countryRegistered: String = "", countryOperated: String = "", country: String = "",
        description: Text? = nil, inferredIdentities: [IdentityClaim] = []
    ) {
        self.name = name
        self.legalName = legalName
        self.type = type
        self.countryRegistered = countryRegistered
        self.countryOperated = countryOperated
        self.country = country
        self.description = description
        self.inferredIdentities = inferredIdentities
    }
}

/// What a victim is.
public struct VictimType: OpenEnum {
    /// Not stated.
    public static let unspecified = Self(rawValue: 0)
    /// Exchange.
    public static let exchange = Self(rawValue: 1)
    /// Custodian.
    public static let custodian = Self(rawValue: 2)
    /// Bridge.
    public static let bridge = Self(rawValue: 3)
    /// DeFi protocol.
    public static let defiProtocol = Self(rawValue: 4)
    /// Payment processor.
    public static let paymentProcessor = Self(rawValue: 5)
    /// Wallet or portfolio service.
    public static let walletService = Self(rawValue: 6)
    /// Casino or betting site.
    public static let casino = Self(rawValue: 7)
    /// Individual, or holder not known to be one.
    public static let individual = Self(rawValue: 8)
    /// Game, NFT or social platform.
    public static let platform = Self(rawValue: 9)
    /// Trading bot.
    public static let tradingBot = Self(rawValue: 10)
    /// Token issuer or launch platform.
    public static let tokenIssuer = Self(rawValue: 11)
    /// Data or oracle company.
    public static let dataCompany = Self(rawValue: 12)
    /// Mining pool.
    public static let miningPool = Self(rawValue: 13)
    /// Any other: described in words.
    public static let other = Self(rawValue: 15)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}
