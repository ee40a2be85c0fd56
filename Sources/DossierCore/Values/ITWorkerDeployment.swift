/// A group of IT workers abroad, or the presence of such groups.
public struct ITWorkerDeployment: Hashable, Sendable {
    /// Whether they are there or planned. Required.
    public var status: DeploymentStatus
    /// Host countries: ISO 3166-1 alpha-2. Empty when the figure is not by country.
    public var hostCountries: [String]
    /// The place in words, as the source gives it: "Worldwide", "Dandong". At most 512 bytes.
    public var place: String
    /// How many. None: presence only. Claims may contradict.
    public var headCounts: [HeadCountClaim]
    /// Bodies in the DPRK that sent them.
    public var parentBodies: [ParentBody]
    /// Name of the team's leader.
    public var teamLead: String
    /// Companies they work under: names.
    public var coverCompanies: [String]
    /// Visas they hold: at most 128 bytes each.
    public var visaTypes: [String]
    /// How they are housed.
    public var housing: Text?
    /// Kinds of work, such as "mobile applications": at most 128 bytes each.
    public var workTypes: [String]
    /// Platforms they find work on: names.
    public var platforms: [String]
    /// What they earn.
    public var earnings: [EarningsClaim]
    /// Share of their income that is remitted, in percent.
    public var remittedShares: [ShareClaim]
    /// How it is remitted.
    public var remittancePath: Text?
    /// How long they stay and how they are replaced.
    public var rotation: Text?
    /// Addresses of laptop farms: at most 512 bytes each.
    public var laptopFarms: [String]
    /// Accounts they are paid to: at most 4,096.
    public var accounts: [AccountUse]
    /// Who they are held to belong to. Claims may contradict.
    public var actors: [ActorClaim]

    /// Creates a value from its parts; what is left out is absent.
    public init(
        status: DeploymentStatus = .unspecified, hostCountries: [String] = [], place: String = "",
        headCounts: [HeadCountClaim] = [], parentBodies: [ParentBody] = [], teamLead: String = "",
        coverCompanies: [String] = [], visaTypes: [String] = [], housing: Text? = nil,
        workTypes: [String] = [], platforms: [String] = [], earnings: [EarningsClaim] = [],
        remittedShares: [ShareClaim] = [], remittancePath: Text? = nil, rotation: Text? = nil,
        laptopFarms: [String] = [], accounts: [AccountUse] = [], actors: [ActorClaim] = []
    ) {
        self.status = status
        self.hostCountries = hostCountries
        self.place = place
        self.headCounts = headCounts
        self.parentBodies = parentBodies
        self.teamLead = teamLead
        self.coverCompanies = coverCompanies
        self.visaTypes = visaTypes
        self.housing = housing
        self.workTypes = workTypes
        self.platforms = platforms
        self.earnings = earnings
        self.remittedShares = remittedShares
        self.remittancePath = remittancePath
        self.rotation = rotation
        self.laptopFarms = laptopFarms
        self.accounts = accounts
        self.actors = actors
    }
}

/// Whether a deployment is there or planned.
public struct DeploymentStatus: OpenEnum {
    /// Not allowed.
    public static let unspecified = Self(rawValue: 0)
    /// They are, or were, there.
    public static let present = Self(rawValue: 1)
    /// It is a plan: never to be added to those present.
    public static let planned = Self(rawValue: 2)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// A body in the DPRK.
public struct ParentBody: Hashable, Sendable {
    /// Name. Required.
    public var name: String
    /// Its identifiers, such as the UN reference.
    public var externalIDs: [ExternalID]

    /// Creates a value from its parts; what is left out is absent.
    public init(name: String = "", externalIDs: [ExternalID] = []) {
        self.name = name
        self.externalIDs = externalIDs
    }
}
