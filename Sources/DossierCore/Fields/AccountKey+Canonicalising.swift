extension AccountKey {
    /// Makes the key of an account in any spelling.
    ///
    /// Takes a CAIP-10 id, `custodian:<name>:<account>`, an address after a chain's name and a
    /// colon (`bitcoin:bc1…`), and a bare address. A bare address gets the chain of `chainHint`;
    /// without one, the chain that its form alone tells (bech32 of bitcoin and litecoin, legacy
    /// bitcoin, TRON); otherwise its chain is unknown.
    ///
    /// - Parameters:
    ///   - text: the account as someone wrote it; white space around it does not count.
    ///   - chainHint: a CAIP-2 chain id or a chain's name, such as `ethereum`. A ticker is never
    ///     a chain.
    /// - Throws: ``CoreError`` with code `malformedAccount`, saying what is wrong.
    public init(canonicalising text: String, chainHint: String? = nil) throws {
        let text = Self.trimmed(text)
        guard !text.isEmpty else { throw Self.invalid("the account is empty") }
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            .map(String.init)
        let namespace = parts[0].lowercased()
        let key: String
        if namespace == "custodian", parts.count > 1 {
            key = try Self.custodianKey(parts)
        } else if parts.count == 3 {
            let chain = "\(namespace):\(parts[1])"
            key = try Self.key(parts[2], on: ChainName.canonical(chain))
        } else if parts.count == 2 {
            guard let chain = ChainName.chain(named: namespace) else {
                throw Self.invalid(
                    "\(parts[0]) is not the name of a chain; write namespace:reference:address")
            }
            key = try Self.key(parts[1], on: chain)
        } else {
            key = try Self.key(text, on: try Self.chain(of: text, hint: chainHint))
        }
        guard Self.isCanonical(key) else {
            throw Self.invalid("\(text) is not an account on its chain; check it for typing errors")
        }
        self.init(unchecked: key)
    }

    private static func invalid(_ message: String) -> CoreError {
        CoreError(code: .malformedAccount, message: message)
    }

    private static func trimmed(_ text: String) -> String {
        let isWhite: (Character) -> Bool = { $0.isWhitespace }
        return String(text.drop(while: isWhite).reversed().drop(while: isWhite).reversed())
    }

    private static func custodianKey(_ parts: [String]) throws -> String {
        guard parts.count == 3 else {
            throw self.invalid("an account at a custodian is custodian:<name>:<account>")
        }
        let name = NameKey.fold(PercentEncoding.decode(parts[1].utf8) ?? parts[1])
        let account = PercentEncoding.decode(parts[2].utf8) ?? parts[2]
        let plain = CharacterClass.unreserved
        return "custodian:\(PercentEncoding.encode(name, plain: plain))"
            + ":\(PercentEncoding.encode(account, plain: plain))"
    }

    private static func chain(of address: String, hint: String?) throws -> String {
        guard let hint, !hint.isEmpty else {
            return ChainName.chain(ofAddress: address) ?? ChainName.unknown
        }
        if let chain = ChainName.chain(named: hint) { return chain }
        let chain = ChainName.canonical(hint)
        guard TextBytes.with(chain, { ChainID.isValid($0) }) else {
            throw self.invalid("\(hint) is not a chain; write a CAIP-2 id such as eip155:1")
        }
        return chain
    }

    private static func key(_ address: String, on chain: String) throws -> String {
        let lower = address.lowercased()
        let isHex = TextBytes.with(lower) { self.isEVM($0) }
        if chain.hasPrefix("eip155:") || isHex {
            return "\(chain):\(lower.hasPrefix("0x") ? lower : "0x" + lower)"
        }
        if ChainName.hasBech32Prefix(lower) || chain.hasPrefix("cosmos:") {
            guard address == lower || address == address.uppercased() else {
                throw self.invalid("\(address) mixes upper and lower case, which bech32 forbids")
            }
            return "\(chain):\(lower)"
        }
        let decoded = PercentEncoding.decode(address.utf8) ?? address
        return "\(chain):\(PercentEncoding.encode(decoded, plain: self.addressCharacters))"
    }
}

/// Chains by the names people give them.
enum ChainName {
    static let unknown = "unknown:unknown"

    private static let chains = [
        "bitcoin": "bip122:000000000019d6689c085ae165831e93",
        "litecoin": "bip122:12a765e31ffd4059bada1e25190f6e98",
        "dogecoin": "bip122:1a91e3dace36e2be3bf030a65679fe82",
        "ethereum": "eip155:1",
        "optimism": "eip155:10",
        "bsc": "eip155:56",
        "polygon": "eip155:137",
        "base": "eip155:8453",
        "arbitrum": "eip155:42161",
        "avalanche": "eip155:43114",
        "solana": "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp",
        "tron": "tron:0x2b6653dc",
        "unknown": Self.unknown,
    ]

    static func chain(named name: String) -> String? {
        self.chains[name.lowercased()]
    }

    /// The one spelling of a chain id that has several.
    static func canonical(_ chain: String) -> String {
        let lower = chain.lowercased()
        switch lower {
        case "tron:mainnet", "tron:0x2b6653dc": return "tron:0x2b6653dc"
        case _: return lower.hasPrefix("bip122:") || lower.hasPrefix("eip155:") ? lower : chain
        }
    }

    /// The chain that the form of an address alone tells; nil when several use the form.
    static func chain(ofAddress address: String) -> String? {
        let lower = address.lowercased()
        if lower.hasPrefix("bc1") { return self.chains["bitcoin"] }
        if lower.hasPrefix("ltc1") { return self.chains["litecoin"] }
        return TextBytes.with(address) { text in
            if AccountKey.isTRON(text) { return self.chains["tron"] }
            let isLegacy = (26...35).contains(text.count) && (text[0] == 0x31 || text[0] == 0x33)
            return isLegacy && text.allSatisfy(.base58) ? self.chains["bitcoin"] : nil
        }
    }

    static func hasBech32Prefix(_ lower: String) -> Bool {
        ["bc1", "tb1", "ltc1", "bcrt1"].contains { lower.hasPrefix($0) }
    }
}
