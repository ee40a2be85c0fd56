/// An identifier in another system.
public struct ExternalID: Hashable, Sendable {
    /// The system. Required.
    public var system: ExternalIDSystem
    /// The identifier as that system writes it: 1 to 256 bytes.
    public var value: String
    /// The list, programme or instance within the system, such as "DPRK3": at most 256 bytes.
    public var scope: String

    /// Creates a value from its parts; what is left out is absent.
    public init(system: ExternalIDSystem = .unspecified, value: String = "", scope: String = "") {
        self.system = system
        self.value = value
        self.scope = scope
    }
}

/// Systems that give identifiers.
public struct ExternalIDSystem: OpenEnum {
    /// Not allowed.
    public static let unspecified = Self(rawValue: 0)
    /// United Nations lists: permanent reference number, [A-Z]{2}[ie].[0-9]{3,}, such as KPe.031.
    public static let un = Self(rawValue: 1)
    /// US OFAC: the entry's numeric uid.
    public static let ofac = Self(rawValue: 2)
    /// European Union consolidated list.
    public static let eu = Self(rawValue: 3)
    /// Japan, Ministry of Finance.
    public static let jp = Self(rawValue: 4)
    /// Republic of Korea.
    public static let kr = Self(rawValue: 5)
    /// STIX 2.1 object id: type--UUID.
    public static let stix = Self(rawValue: 6)
    /// MISP event or object: UUID.
    public static let misp = Self(rawValue: 7)
    /// Any other: `scope` names it and is required.
    public static let other = Self(rawValue: 15)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}
