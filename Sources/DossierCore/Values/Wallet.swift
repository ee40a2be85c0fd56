/// An account on a chain or at an exchange.
public struct Wallet: Hashable, Sendable {
    /// The account. Required.
    public var account: Account?
    /// Assets seen on it.
    public var assets: [AssetAmount]
    /// What it is used for.
    public var roles: [RoleClaim]
    /// Who holds it. Claims may contradict.
    public var holders: [HolderClaim]
    /// The custodian, when the account is at one.
    public var custody: Custody?
    /// First seen: a moment.
    public var firstSeen: String
    /// Last seen: a moment.
    public var lastSeen: String
    /// Lists that name it.
    public var listings: [Listing]
    /// The address was used again after it was listed or burnt.
    public var reused: Bool
    /// Shared infrastructure (mixer, exchange hot wallet): no link between those who use it.
    public var sharedInfrastructure: Bool
    /// When the statement ends: a moment; empty for never.
    public var validUntil: String
    /// Actors it is attributed to. Claims may contradict.
    public var actors: [ActorClaim]
    /// Other names of the actors and holders.
    public var aliases: [AliasClaim]

    /// Creates a value from its parts; what is left out is absent.
    public init(
        account: Account? = nil, assets: [AssetAmount] = [], roles: [RoleClaim] = [],
        holders: [HolderClaim] = [], custody: Custody? = nil, firstSeen: String = "",
        lastSeen: String = "", listings: [Listing] = [], reused: Bool = false,
        sharedInfrastructure: Bool = false, validUntil: String = "", actors: [ActorClaim] = [],
        aliases: [AliasClaim] = []
    ) {
        self.account = account
        self.assets = assets
        self.roles = roles
        self.holders = holders
        self.custody = custody
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.listings = listings
        self.reused = reused
        self.sharedInfrastructure = sharedInfrastructure
        self.validUntil = validUntil
        self.actors = actors
        self.aliases = aliases
    }
}

/// A claim about what an account is used for.
public struct RoleClaim: Hashable, Sendable {
    /// The claim. Required.
    public var claim: Claim?
    /// The role. Required.
    public var role: AccountRole

    /// Creates a value from its parts; what is left out is absent.
    public init(claim: Claim? = nil, role: AccountRole = .unspecified) {
        self.claim = claim
        self.role = role
    }
}

/// A claim about who holds an account.
public struct HolderClaim: Hashable, Sendable {
    /// The claim. Required.
    public var claim: Claim?
    /// The holder: a name. Required.
    public var holder: String
    /// Identifiers of the holder elsewhere.
    public var externalIDs: [ExternalID]

    /// Creates a value from its parts; what is left out is absent.
    public init(claim: Claim? = nil, holder: String = "", externalIDs: [ExternalID] = []) {
        self.claim = claim
        self.holder = holder
        self.externalIDs = externalIDs
    }
}

/// A custodian and the account there.
public struct Custody: Hashable, Sendable {
    /// Name of the exchange or custodian. Required.
    public var custodian: String
    /// Account id at the custodian: at most 128 bytes; only meaningful with its name.
    public var accountID: String

    /// Creates a value from its parts; what is left out is absent.
    public init(custodian: String = "", accountID: String = "") {
        self.custodian = custodian
        self.accountID = accountID
    }
}
