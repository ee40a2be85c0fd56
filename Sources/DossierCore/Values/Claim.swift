/// Who says so, when, how surely and on what grounds.
public struct Claim: Hashable, Sendable {
    /// Who makes the claim, as a name: an organisation id, an agency, a firm, a person. Required.
    public var author: String
    /// When the claim was made: a moment; empty when not known.
    public var date: String
    /// Whether the author asserts, suspects or disputes it. Required.
    public var stance: ClaimStance
    /// How far it is to be believed, in the originator's judgement.
    public var grade: Grade?
    /// On what grounds.
    public var basis: Text?

    /// Creates a value from its parts; what is left out is absent.
    public init(
        author: String = "", date: String = "", stance: ClaimStance = .unspecified,
        grade: Grade? = nil, basis: Text? = nil
    ) {
        self.author = author
        self.date = date
        self.stance = stance
        self.grade = grade
        self.basis = basis
    }
}

/// What the author of a claim does with the statement.
public struct ClaimStance: OpenEnum {
    /// Not allowed.
    public static let unspecified = Self(rawValue: 0)
    /// Says that it is so.
    public static let asserts = Self(rawValue: 1)
    /// Says that it may be so.
    public static let suspects = Self(rawValue: 2)
    /// Says that it is not so.
    public static let disputes = Self(rawValue: 3)
    /// Takes back what the same author said before.
    public static let retracts = Self(rawValue: 4)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}
