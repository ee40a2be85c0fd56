/// What a value must look like, beside its length.
enum Shape: UInt8 {
    case none
    /// A number up to the rule's maximum.
    case number
    /// Bytes of exactly the rule's length, or none.
    case exactLength
    case organisationID, reference
    case moment, second
    case decimal, amount, percent
    case country, currency, language, mediaType
    case accountKey, chain, assetID, transactionHash
    case recordIDPrefix

    /// Whether a text that is not empty has the shape.
    func accepts(_ text: TextBytes) -> Bool {
        switch self {
        case .none, .number, .exactLength: true
        case .organisationID: OrganisationID.isValid(text)
        case .reference: Reference.isValid(text)
        case .moment: Moment.isValid(text)
        case .second: text.count == 20 && Moment.isValid(text)
        case .decimal: Decimal.isValid(text)
        case .amount: text[0] != 0x2d && Decimal.isValid(text)
        case .percent: Decimal.isPercent(text)
        case .country: CountryCode.isValid(text)
        case .currency: CurrencyCode.isValid(text)
        case .language: LanguageTag.isValid(text)
        case .mediaType: MediaType.isValid(text)
        case .accountKey: AccountKey.isCanonical(text)
        case .chain: ChainID.isValid(text)
        case .assetID: AssetID.isValid(text)
        case .transactionHash: TransactionHash.isValid(text)
        case .recordIDPrefix: text.count >= 8 && text.allSatisfy(.lowerHex)
        }
    }

    /// The rule that a value of another shape breaks.
    var rule: Finding.Rule {
        switch self {
        case .none, .exactLength: .length
        case .number: .range
        case .organisationID: .organisationID
        case .reference: .reference
        case .moment, .second: .moment
        case .decimal, .amount, .percent: .decimal
        case .country: .country
        case .currency: .currency
        case .language: .language
        case .mediaType: .mediaType
        case .accountKey: .accountKey
        case .chain: .chain
        case .assetID: .assetID
        case .transactionHash: .transactionHash
        case .recordIDPrefix: .recordID
        }
    }

    /// What the shape demands and what to do.
    var hint: String {
        switch self {
        case .none, .exactLength: "has another length"
        case .number: "is too large"
        case .organisationID: "an organisation id matches \(OrganisationID.pattern)"
        case .reference:
            "a reference has 1 to 64 characters, [A-Za-z0-9._/-], and starts and ends with a letter or digit"
        case .moment: "write 2025, 2025-02, 2025-02-21 or 2025-02-21T14:03:00Z"
        case .second: "write a moment to the second: 2025-02-21T14:03:00Z"
        case .decimal:
            "write at most 30 digits without leading zeros, and at most 18 after a point"
        case .amount: "write a decimal that is not negative, such as 1460000000 or 0.25"
        case .percent: "write a decimal from 0 to 100"
        case .country: "write an ISO 3166-1 alpha-2 code, such as KR"
        case .currency: "write an ISO 4217 code, such as USD; a crypto ticker belongs in assets"
        case .language: "write a BCP 47 tag, such as en or ko"
        case .mediaType: "write a media type, such as application/pdf"
        case .accountKey:
            "write namespace:reference:address in canonical form, such as eip155:1:0x… in lower case; the client does so before signing"
        case .chain: "write a CAIP-2 chain id, such as eip155:1; a ticker is never a chain"
        case .assetID: "write a CAIP-19 asset id, such as eip155:1/slip44:60"
        case .transactionHash: "write 1 to 128 characters without spaces"
        case .recordIDPrefix: "write 8 to 64 lower-case hexadecimal digits"
        }
    }
}
