/// A theft of crypto assets.
public struct CryptoTheft: Hashable, Sendable {
    /// Who was robbed. Required.
    public var victim: Victim?
    /// What was taken.
    public var assets: [AssetAmount]
    /// What it was worth, by whom and on what basis. Claims may contradict.
    public var losses: [AmountClaim]
    /// What came back or was frozen.
    public var recoveries: [Recovery]
    /// How they got in.
    public var entryVectors: [Text]
    /// Third parties that were abused on the way, such as a wallet vendor.
    public var thirdParties: [ThirdParty]
    /// The first transactions of the theft.
    public var firstTransactions: [Transaction]
    /// Accounts that took part: at most 4,096.
    public var accounts: [AccountUse]
    /// Who did it. Claims may contradict.
    public var actors: [ActorClaim]
    /// Who investigates: names.
    public var investigators: [String]
    /// Other names of the actors.
    public var aliases: [AliasClaim]

    /// Creates a value from its parts; what is left out is absent.
    public init(
        victim: Victim? = nil, assets: [AssetAmount] = [], losses: [AmountClaim] = [],
        recoveries: [Recovery] = [], entryVectors: [Text] = [], thirdParties: [ThirdParty] = [],
        firstTransactions: [Transaction] = [], accounts: [AccountUse] = [],
        actors: [ActorClaim] = [], investigators: [String] = [], aliases: [AliasClaim] = []
    ) {
        self.victim = victim
        self.assets = assets
        self.losses = losses
        self.recoveries = recoveries
        self.entryVectors = entryVectors
        self.thirdParties = thirdParties
        self.firstTransactions = firstTransactions
        self.accounts = accounts
        self.actors = actors
        self.investigators = investigators
        self.aliases = aliases
    }
}

/// What came back or was frozen.
public struct Recovery: Hashable, Sendable {
    /// Which of the two. Required.
    public var type: RecoveryType
    /// How much, by whose word. Required.
    public var amount: AmountClaim?

    /// Creates a value from its parts; what is left out is absent.
    public init(type: RecoveryType = .unspecified, amount: AmountClaim? = nil) {
        self.type = type
        self.amount = amount
    }
}

/// How value was recovered.
public struct RecoveryType: OpenEnum {
    /// Not allowed.
    public static let unspecified = Self(rawValue: 0)
    /// Seized or otherwise recovered.
    public static let recovered = Self(rawValue: 1)
    /// Frozen, not recovered yet.
    public static let frozen = Self(rawValue: 2)
    /// Returned by those who took it.
    public static let returned = Self(rawValue: 3)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// A third party that was abused on the way.
public struct ThirdParty: Hashable, Sendable {
    /// Name. Required.
    public var name: String
    /// How it was abused.
    public var role: Text?

    /// Creates a value from its parts; what is left out is absent.
    public init(name: String = "", role: Text? = nil) {
        self.name = name
        self.role = role
    }
}
