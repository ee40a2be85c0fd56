/// An account on a chain or at a custodian.
public struct Account: Hashable, Sendable {
    /// Canonical key: CAIP-10 form `namespace:reference:address`. EVM (eip155) addresses in lower
    /// case; bech32 in lower case; base58 (bitcoin legacy, Solana, TRON) in the case they have.
    /// TRON mainnet is `tron:0x2b6653dc`. Chain not known: `unknown:unknown:address`. At
    /// custodians: `custodian:<name>:<account>`, name and account percent-encoded. At most 200
    /// bytes. Required; made canonical by the client before signing.
    public var key: String
    /// The account as the source wrote it: at most 512 bytes.
    public var seen: String

    /// Creates a value from its parts; what is left out is absent.
    public init(key: String = "", seen: String = "") {
        self.key = key
        self.seen = seen
    }
}

/// An account and what it was used for.
public struct AccountUse: Hashable, Sendable {
    /// The account. Required.
    public var account: Account?
    /// What for.
    public var role: AccountRole
    /// First seen in this role: a moment.
    public var firstSeen: String
    /// Last seen in this role: a moment.
    public var lastSeen: String
    /// Remarks.
    public var note: Text?

    /// Creates a value from its parts; what is left out is absent.
    public init(
        account: Account? = nil, role: AccountRole = .unspecified, firstSeen: String = "",
        lastSeen: String = "", note: Text? = nil
    ) {
        self.account = account
        self.role = role
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
        self.note = note
    }
}

/// What an account is used for.
public struct AccountRole: OpenEnum {
    /// Not stated.
    public static let unspecified = Self(rawValue: 0)
    /// The victim's.
    public static let victim = Self(rawValue: 1)
    /// Received stolen assets first.
    public static let theft = Self(rawValue: 2)
    /// Gathers proceeds.
    public static let consolidation = Self(rawValue: 3)
    /// Deposits into a mixer.
    public static let mixerDeposit = Self(rawValue: 4)
    /// Deposits at a bridge or swap service.
    public static let bridgeDeposit = Self(rawValue: 5)
    /// Deposits with an over-the-counter broker.
    public static let otcDeposit = Self(rawValue: 6)
    /// A broker's own.
    public static let broker = Self(rawValue: 7)
    /// Receives or pays wages.
    public static let payroll = Self(rawValue: 8)
    /// A service's shared account (mixer, exchange hot wallet): not evidence of a link.
    public static let sharedService = Self(rawValue: 9)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}
