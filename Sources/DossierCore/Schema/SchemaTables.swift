/// What the pass needs to know of one message type, of fixed size.
struct MessageTable {
    /// One entry for each field number from 0 to ``maximumNumber``; gaps have kind `unknown`.
    var fields: UnsafeMutablePointer<FieldTable>
    /// The message's place in ``Schema/types``.
    var index: Int
    var maximumNumber: UInt32 = 0
    /// Presence bits of the fields that must occur.
    var required: UInt32 = 0
    /// Words of scratch space: operands of the relation first, then a counter for each repeated
    /// field.
    var scratchWords = 0
    var relation = Relation.none
    /// Whether the message decides who sees the record: header, marking and what they hold.
    /// What is not understood there is not released.
    var isLabel = false
}

/// What the pass needs to know of one field, of fixed size.
struct FieldTable {
    /// What a field number stands for.
    enum Kind: UInt8 {
        case unknown, uint32, uint64, bool, enumeration, string, bytes, message
    }

    /// The wire type of an entry that fits none.
    static let noWire: UInt8 = 0xff
    /// The scratch word of a field that has none.
    static let noWord: UInt8 = 0xff

    var kind = Kind.unknown
    /// The expected wire type.
    var wire = Self.noWire
    var shape = Shape.none
    var capture = Capture.none
    /// Scratch word that keeps the value for the message's relation.
    var operand = Self.noWord
    /// Scratch word that counts the elements of a repeated field.
    var counter = Self.noWord
    /// Whether the empty string, no bytes, zero or the unspecified enum value is refused.
    var refusesEmpty = false
    /// The longest string or bytes value; the largest number of shape `number`.
    var maximumLength: UInt32 = 0
    /// The most elements of a repeated field.
    var maximumCount: UInt32 = 1
    /// The field's own presence bit.
    var own: UInt32 = 0
    /// The field's own presence bit and that of its oneof.
    var presence: UInt32 = 0
    /// Presence bits that must not be set before; none for a repeated field.
    var conflicts: UInt32 = 0
    /// The numbers, 0 to 63, that the enum type knows.
    var knownValues: UInt64 = 0
    /// The table of the message type.
    var message: UnsafePointer<MessageTable>?
}

/// What must hold between fields of one message.
enum Relation: UInt8 {
    case none
    /// Operands: start, end (moments).
    case period
    /// Operands: low, point, high (decimals).
    case decimalRange
    /// Operands: low, point, high (numbers).
    case countRange
    /// Operands: system, value, scope.
    case externalID
    /// Operands: name, description (presence only).
    case victim
    /// Operand: target record id.
    case header
    case record
    case attestedBatch
}

/// Which fact or key a value becomes.
enum Capture: UInt8 {
    case none
    case formatVersion, originator, reference, version, operation, target, kind
    case occurredStart, occurredEnd, known, reported
    case tlp, pap, orcon, releasability
    case account, victim, actor

    /// Whether the value becomes a look-up key.
    var isKey: Bool { self.rawValue >= Self.account.rawValue }
}
