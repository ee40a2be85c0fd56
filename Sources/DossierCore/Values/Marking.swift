/// The protective label a record carries, complete and as given by its originator. A field or value
/// here that a node does not know means: withheld from all but the originator.
public struct Marking: Hashable, Sendable {
    /// Traffic Light Protocol 2.0 (FIRST). Set by the analyst. Says how far a reader may pass it
    /// on; who gets it is `releasability`.
    public var tlp: TLP
    /// Permissible Actions Protocol: what a reader may do with it. Set by the analyst.
    public var pap: PAP
    /// Originator controlled: only the originator's own node hands the record out. Set by the
    /// analyst.
    public var orcon: Bool
    /// Organisation ids to which the originator permits release, beside itself: at most 64, no two
    /// alike. Set by the client, which expands groups before signing. Empty: nobody but the
    /// originator.
    public var releasability: [String]
    /// Names of the groups that `releasability` was expanded from, as provenance only: at most 16,
    /// each an organisation-id-like name. Set by the client.
    public var releaseGroups: [String]
    /// A national classification label, opaque: at most 128 bytes. Set by the analyst.
    public var nationalLabel: String

    /// Creates a value from its parts; what is left out is absent.
    public init(
        tlp: TLP = .unspecified, pap: PAP = .unspecified, orcon: Bool = false,
        releasability: [String] = [], releaseGroups: [String] = [], nationalLabel: String = ""
    ) {
        self.tlp = tlp
        self.pap = pap
        self.orcon = orcon
        self.releasability = releasability
        self.releaseGroups = releaseGroups
        self.nationalLabel = nationalLabel
    }
}

/// Traffic Light Protocol 2.0.
public struct TLP: OpenEnum {
    /// Not allowed.
    public static let unspecified = Self(rawValue: 0)
    /// Public.
    public static let clear = Self(rawValue: 1)
    /// The community of members.
    public static let green = Self(rawValue: 2)
    /// The reader's organisation and its clients.
    public static let amber = Self(rawValue: 3)
    /// The reader's organisation only.
    public static let amberStrict = Self(rawValue: 4)
    /// The named recipients only.
    public static let red = Self(rawValue: 5)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// Permissible Actions Protocol.
public struct PAP: OpenEnum {
    /// Not stated: treat as PAP_RED.
    public static let unspecified = Self(rawValue: 0)
    /// Any action.
    public static let clear = Self(rawValue: 1)
    /// Active measures, blocking included.
    public static let green = Self(rawValue: 2)
    /// Passive look-ups with third parties.
    public static let amber = Self(rawValue: 3)
    /// Passive and undetectable measures only.
    public static let red = Self(rawValue: 4)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}
