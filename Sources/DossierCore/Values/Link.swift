/// A link to another finding.
public struct Link: Hashable, Sendable {
    /// How the two have to do with each other. Required.
    public var relation: LinkRelation
    /// Organisation id of the other finding's originator. Required.
    public var originator: String
    /// Reference of the other finding. Required.
    public var reference: String
    /// One version of it: its record id, 32 bytes; empty for the finding as a whole.
    public var recordID: [UInt8]
    /// Why.
    public var note: Text?

    /// Creates a value from its parts; what is left out is absent.
    public init(
        relation: LinkRelation = .unspecified, originator: String = "", reference: String = "",
        recordID: [UInt8] = [], note: Text? = nil
    ) {
        self.relation = relation
        self.originator = originator
        self.reference = reference
        self.recordID = recordID
        self.note = note
    }
}

/// How one finding has to do with another.
public struct LinkRelation: OpenEnum {
    /// Not allowed.
    public static let unspecified = Self(rawValue: 0)
    /// Both are about the same matter.
    public static let sameAs = Self(rawValue: 1)
    /// This one is part of the other.
    public static let partOf = Self(rawValue: 2)
    /// This one was derived from the other.
    public static let derivedFrom = Self(rawValue: 3)
    /// This one speaks for the other.
    public static let corroborates = Self(rawValue: 4)
    /// The two cannot both be right.
    public static let contradicts = Self(rawValue: 5)
    /// This one shows the other to be wrong.
    public static let refutes = Self(rawValue: 6)
    /// Both concern the same people, money or infrastructure.
    public static let related = Self(rawValue: 7)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// A measure that was violated.
public struct ViolatedMeasure: Hashable, Sendable {
    /// The instrument, such as "UNSCR 2397 (2017)": a name. Required.
    public var instrument: String
    /// Its paragraph or article: at most 64 bytes.
    public var paragraph: String
    /// How it was violated.
    public var note: Text?

    /// Creates a value from its parts; what is left out is absent.
    public init(instrument: String = "", paragraph: String = "", note: Text? = nil) {
        self.instrument = instrument
        self.paragraph = paragraph
        self.note = note
    }
}
