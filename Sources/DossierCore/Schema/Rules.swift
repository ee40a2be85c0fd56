/// The rules of one message type, or of one use of it.
struct MessageRules {
    /// Name of the message type, without package.
    var message: String
    /// A use of the type under other rules; empty for the usual one.
    var variant = ""
    var relation = Relation.none
    var isLabel = false
    /// The most elements of a whole message of this type.
    var maximumElements: Int
    /// The largest whole message of this type, in bytes.
    var maximumBytes: Int
    /// One for each field of the message.
    var fields: [String: FieldRule]

    init(
        _ message: String, variant: String = "", relation: Relation = .none,
        isLabel: Bool = false, maximumElements: Int = MessageCheck.maximumElements,
        maximumBytes: Int = MessageCheck.maximumBytes, _ fields: [String: FieldRule]
    ) {
        self.message = message
        self.variant = variant
        self.relation = relation
        self.isLabel = isLabel
        self.maximumElements = maximumElements
        self.maximumBytes = maximumBytes
        self.fields = fields
    }

    /// Every message type's rules.
    static let all: [MessageRules] =
        Self.record + Self.report + Self.claim + Self.money + Self.cryptoTheft
        + Self.itWorkerDeployment + Self.wallet + Self.assessment + Self.attestation
        + Self.exchange + Self.log + Self.mirror + Self.sync
}

/// The rules of one field.
struct FieldRule {
    /// Elements of a repeated field, unless a rule says otherwise.
    static let usualCount = 256

    var isRequired = false
    /// Whether elements of a repeated field may be empty, or 0.
    var takesEmptyElements = false
    var shape = Shape.none
    /// Longest string or bytes value; largest number of shape `number`.
    var maximumLength = Int(UInt32.max)
    var maximumCount = Self.usualCount
    /// Variant of the submessage's rules.
    var variant = ""
    var capture = Capture.none
    /// Position among the operands of the message's relation.
    var operand: Int?

    /// The same rule for a field that must be given.
    var required: FieldRule { self.with { $0.isRequired = true } }

    /// The same rule for a repeated field with another cap than the usual one.
    func many(_ count: Int) -> FieldRule { self.with { $0.maximumCount = count } }

    /// The same rule for a repeated field in which an empty element, or 0, says something.
    var withEmptyElements: FieldRule { self.with { $0.takesEmptyElements = true } }

    /// The same rule for a field whose value becomes a fact or key.
    func capturing(_ capture: Capture) -> FieldRule { self.with { $0.capture = capture } }

    /// The same rule for a field that the message's relation looks at.
    func operand(_ position: Int) -> FieldRule { self.with { $0.operand = position } }

    private func with(_ change: (inout FieldRule) -> Void) -> FieldRule {
        var copy = self
        change(&copy)
        return copy
    }
}

extension FieldRule {
    /// Any value of the type.
    static let any = FieldRule()
    /// A name: 512 bytes.
    static let name = Self.text(512)
    /// A URL: 2,048 bytes.
    static let url = Self.text(2_048)
    static let organisationID = Self.shaped(.organisationID, 32)
    static let reference = Self.shaped(.reference, 64)
    static let moment = Self.shaped(.moment, 20)
    static let second = Self.shaped(.second, 20)
    static let decimal = Self.shaped(.decimal, 50)
    static let amount = Self.shaped(.amount, 50)
    static let percent = Self.shaped(.percent, 50)
    static let country = Self.shaped(.country, 2)
    static let currency = Self.shaped(.currency, 3)
    static let language = Self.shaped(.language, 35)
    static let mediaType = Self.shaped(.mediaType, 127)
    static let accountKey = Self.shaped(.accountKey, AccountKey.maximumBytes)
    static let chain = Self.shaped(.chain, 41)
    static let assetID = Self.shaped(.assetID, 256)
    static let transactionHash = Self.shaped(.transactionHash, 128)
    static let recordIDPrefix = Self.shaped(.recordIDPrefix, 64)
    /// A SHA-256 digest: 32 bytes.
    static let digest = Self.shaped(.exactLength, 32)
    static let salt = Self.shaped(.exactLength, 16)

    /// Text of at most `bytes` bytes; also bytes of at most that length.
    static func text(_ bytes: Int) -> FieldRule {
        FieldRule(shape: .none, maximumLength: bytes)
    }

    /// A number of at most `largest`.
    static func number(_ largest: Int) -> FieldRule {
        FieldRule(shape: .number, maximumLength: largest)
    }

    /// A submessage under a variant of its type's rules.
    static func variant(_ name: String) -> FieldRule {
        FieldRule(variant: name)
    }

    private static func shaped(_ shape: Shape, _ maximumLength: Int) -> FieldRule {
        FieldRule(shape: shape, maximumLength: maximumLength)
    }
}
