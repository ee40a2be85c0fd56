/// A statistic or judgement.
public struct Assessment: Hashable, Sendable {
    /// What is measured or judged: "value of crypto assets stolen". Required.
    public var metric: Text?
    /// Over what: "thefts attributed to the DPRK with high certainty". Required.
    public var population: Text?
    /// Country the figure is for: ISO 3166-1 alpha-2, or empty.
    public var country: String
    /// The figures. Claims may contradict.
    public var estimates: [EstimateClaim]
    /// How the figure was reached.
    public var method: Text?
    /// Authors: names.
    public var authors: [String]
    /// The findings it sums or rests on: at most 4,096.
    public var citations: [Citation]
    /// What must not be concluded from it.
    public var caveats: [Text]

    /// Creates a value from its parts; what is left out is absent.
    public init(
        metric: Text? = nil, population: Text? = nil, country: String = "",
        estimates: [EstimateClaim] = [], method: Text? = nil, authors: [String] = [],
        citations: [Citation] = [], caveats: [Text] = []
    ) {
        self.metric = metric
        self.population = population
        self.country = country
        self.estimates = estimates
        self.method = method
        self.authors = authors
        self.citations = citations
        self.caveats = caveats
    }
}

/// A finding that a statistic sums or rests on.
public struct Citation: Hashable, Sendable {
    /// Organisation id of its originator. Required.
    public var originator: String
    /// Its reference. Required.
    public var reference: String
    /// The version used: its record id, 32 bytes; empty for the newest.
    public var recordID: [UInt8]
    /// What was taken from it, in the unit of the statistic: a decimal; empty when all.
    public var contribution: String

    /// Creates a value from its parts; what is left out is absent.
    public init(
        originator: String = "", reference: String = "", recordID: [UInt8] = [],
        contribution: String = ""
    ) {
        self.originator = originator
        self.reference = reference
        self.recordID = recordID
        self.contribution = contribution
    }
}
