/// A quantity of a crypto asset.
public struct AssetAmount: Hashable, Sendable {
    /// CAIP-19 asset id, or empty. At most 256 bytes.
    public var assetID: String
    /// CAIP-2 chain id, such as "eip155:1", or empty when the chain is not known. A ticker is never
    /// a chain.
    public var chain: String
    /// Symbol as seen, such as "ETH": at most 64 bytes.
    public var symbol: String
    /// Quantity in whole units of the asset: a decimal, not negative; empty when not known.
    public var quantity: String
    /// The asset in words, when it has no symbol: "ERC-20 basket".
    public var description: Text?

    /// Creates a value from its parts; what is left out is absent.
    public init(
        assetID: String = "", chain: String = "", symbol: String = "", quantity: String = "",
        description: Text? = nil
    ) {
        self.assetID = assetID
        self.chain = chain
        self.symbol = symbol
        self.quantity = quantity
        self.description = description
    }
}

/// A transaction on a chain.
public struct Transaction: Hashable, Sendable {
    /// CAIP-2 chain id, or empty when not known.
    public var chain: String
    /// Transaction hash as the chain writes it: 1 to 128 characters. Required.
    public var hash: String
    /// When: a moment.
    public var time: String
    /// Remarks.
    public var note: Text?

    /// Creates a value from its parts; what is left out is absent.
    public init(chain: String = "", hash: String = "", time: String = "", note: Text? = nil) {
        self.chain = chain
        self.hash = hash
        self.time = time
        self.note = note
    }
}
