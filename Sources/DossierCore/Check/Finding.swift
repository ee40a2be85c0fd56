/// One thing found wrong with a message.
///
/// A check collects all findings of a message before it answers, at most ``maximumCount``.
public struct Finding: Hashable, Sendable {
    /// How many findings of one message are reported.
    public static let maximumCount = 1_000
    /// Length to which an offending value is cut, in characters.
    public static let maximumValueLength = 64

    /// Path of the field, such as `content.crypto_theft.losses[0].amount.point`; empty for the
    /// message as a whole.
    public var field: String
    /// The rule that was broken.
    public var rule: Rule
    /// The offending value, cut to 64 characters, control characters escaped.
    public var value: String
    /// What the rule demands and what to do.
    public var hint: String

    /// A finding.
    public init(field: String, rule: Rule, value: String, hint: String) {
        self.field = field
        self.rule = rule
        self.value = value
        self.hint = hint
    }

    /// The same finding seen from a message that holds the checked one at `prefix`.
    public func prefixed(by prefix: String) -> Finding {
        var copy = self
        copy.field = self.field.isEmpty ? prefix : "\(prefix).\(self.field)"
        return copy
    }
}

extension Finding {
    /// A rule that messages are checked against, by its name.
    public struct Rule: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name, in upper case with underscores.
        public let rawValue: String
        /// The name.
        public var description: String { self.rawValue }

        /// A rule by its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        // MARK: Unambiguous form

        /// The message, a field or a length reaches past the end of what holds it.
        public static let truncated = Rule(rawValue: "TRUNCATED")
        /// A tag, length or varint has more bytes than it needs, or more than ten.
        public static let varint = Rule(rawValue: "VARINT")
        /// A field number is 0 or above 2^29-1.
        public static let fieldNumber = Rule(rawValue: "FIELD_NUMBER")
        /// A group, or a wire type that does not exist.
        public static let group = Rule(rawValue: "GROUP")
        /// The wire type does not fit the field.
        public static let wireType = Rule(rawValue: "WIRE_TYPE")
        /// A singular field occurs twice.
        public static let duplicateField = Rule(rawValue: "DUPLICATE_FIELD")
        /// Two members of one oneof are set.
        public static let duplicateOneof = Rule(rawValue: "DUPLICATE_ONEOF")
        /// An integer does not fit its type.
        public static let integerRange = Rule(rawValue: "INTEGER_RANGE")
        /// A boolean is neither 0 nor 1.
        public static let boolean = Rule(rawValue: "BOOLEAN")
        /// A string is not valid UTF-8.
        public static let utf8 = Rule(rawValue: "UTF8")
        /// A string holds a NUL character.
        public static let nul = Rule(rawValue: "NUL")
        /// The message is larger than allowed.
        public static let size = Rule(rawValue: "SIZE")
        /// The message has more elements than allowed.
        public static let elements = Rule(rawValue: "ELEMENTS")

        // MARK: Values

        /// A required field is absent, empty or unspecified.
        public static let required = Rule(rawValue: "REQUIRED")
        /// A value is longer, or a repeated field has more elements, than allowed.
        public static let tooLong = Rule(rawValue: "TOO_LONG")
        /// A number is outside its range.
        public static let range = Rule(rawValue: "RANGE")
        /// A value has another length than the one allowed.
        public static let length = Rule(rawValue: "LENGTH")
        /// Not an organisation id.
        public static let organisationID = Rule(rawValue: "ORGANISATION_ID")
        /// Not a reference.
        public static let reference = Rule(rawValue: "REFERENCE")
        /// Not a moment.
        public static let moment = Rule(rawValue: "MOMENT")
        /// Not a decimal.
        public static let decimal = Rule(rawValue: "DECIMAL")
        /// Not an ISO 3166-1 alpha-2 code.
        public static let country = Rule(rawValue: "COUNTRY")
        /// Not an ISO 4217 code.
        public static let currency = Rule(rawValue: "CURRENCY")
        /// Not a BCP 47 language tag.
        public static let language = Rule(rawValue: "LANGUAGE")
        /// Not a media type.
        public static let mediaType = Rule(rawValue: "MEDIA_TYPE")
        /// Not an account key in canonical form.
        public static let accountKey = Rule(rawValue: "ACCOUNT_KEY")
        /// Not a CAIP-2 chain id.
        public static let chain = Rule(rawValue: "CHAIN")
        /// Not a CAIP-19 asset id.
        public static let assetID = Rule(rawValue: "ASSET_ID")
        /// Not a transaction hash.
        public static let transactionHash = Rule(rawValue: "TRANSACTION_HASH")
        /// Not an identifier as its system writes it.
        public static let externalID = Rule(rawValue: "EXTERNAL_ID")
        /// Not a record id, or not a prefix of one.
        public static let recordID = Rule(rawValue: "RECORD_ID")

        // MARK: Relations between fields

        /// An end lies before its start.
        public static let periodOrder = Rule(rawValue: "PERIOD_ORDER")
        /// Not low <= point <= high.
        public static let rangeOrder = Rule(rawValue: "RANGE_ORDER")
        /// None of low, point and high is given.
        public static let rangeEmpty = Rule(rawValue: "RANGE_EMPTY")
        /// An organisation is named twice, or is the originator itself.
        public static let releasability = Rule(rawValue: "RELEASABILITY")
        /// The format version is not one this node knows.
        public static let formatVersion = Rule(rawValue: "FORMAT_VERSION")
        /// The kind is not one this node knows.
        public static let unknownKind = Rule(rawValue: "UNKNOWN_KIND")
        /// The content is not that of the header's kind.
        public static let kindMismatch = Rule(rawValue: "KIND_MISMATCH")
        /// The version does not fit the operation.
        public static let operationVersion = Rule(rawValue: "OPERATION_VERSION")
        /// The target does not fit the operation.
        public static let operationTarget = Rule(rawValue: "OPERATION_TARGET")
        /// The content does not fit the operation.
        public static let operationContent = Rule(rawValue: "OPERATION_CONTENT")
    }
}
