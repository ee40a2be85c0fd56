/// What a version of a finding does.
public struct Operation: OpenEnum {
    /// Not allowed.
    public static let unspecified = Self(rawValue: 0)
    /// First version of a finding, by its originator.
    public static let assert = Self(rawValue: 1)
    /// Replaces the version before it in default answers. By the originator.
    public static let amend = Self(rawValue: 2)
    /// From here on all versions are released only to the smaller set named. By the originator.
    public static let restrict = Self(rawValue: 3)
    /// Takes the finding back; a stub with the reason remains. By the originator.
    public static let withdraw = Self(rawValue: 4)
    /// Adds to another's finding. By any member.
    public static let annotate = Self(rawValue: 5)
    /// Agrees with another's finding on evidence of one's own. By any member.
    public static let corroborate = Self(rawValue: 6)
    /// Disagrees with another's finding. By any member.
    public static let dispute = Self(rawValue: 7)
    /// Agrees with another's finding without further evidence. By any member.
    public static let endorse = Self(rawValue: 8)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

extension Operation {
    /// Whether a record with this operation only says that something was restricted or withdrawn:
    /// it has header and reason, and no content.
    public var isNotice: Bool { self == .restrict || self == .withdraw }

    /// Whether a record with this operation begins a finding about another's record, its target.
    public var isAboutAnother: Bool {
        (Self.annotate.rawValue...Self.endorse.rawValue).contains(self.rawValue)
    }
}
