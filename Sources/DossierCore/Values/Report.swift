/// What every kind of record says.
public struct Report: Hashable, Sendable {
    /// One line, in one or more languages: each at most 512 bytes. At least one.
    public var titles: [Text]
    /// The finding in prose, in one or more languages.
    public var narratives: [Text]
    /// The originator's grading of the record as a whole.
    public var grade: Grade?
    /// What the record rests on.
    public var sources: [Source]
    /// Files held by the originator, named by their digests.
    public var evidence: [Evidence]
    /// Other findings that this one has to do with.
    public var links: [Link]
    /// Measures that were violated.
    public var violatedMeasures: [ViolatedMeasure]
    /// Identifiers of the same matter in other systems.
    public var externalIDs: [ExternalID]
    /// Where the investigation stands.
    public var investigationStatus: InvestigationStatus
    /// Replies of those accused, or a note of their silence.
    public var replies: [Text]
    /// Remarks that belong to no other field.
    public var remarks: [Text]

    /// Creates a value from its parts; what is left out is absent.
    public init(
        titles: [Text] = [], narratives: [Text] = [], grade: Grade? = nil, sources: [Source] = [],
        evidence: [Evidence] = [], links: [Link] = [], violatedMeasures: [ViolatedMeasure] = [],
        externalIDs: [ExternalID] = [], investigationStatus: InvestigationStatus = .unspecified,
        replies: [Text] = [], remarks: [Text] = []
    ) {
        self.titles = titles
        self.narratives = narratives
        self.grade = grade
        self.sources = sources
        self.evidence = evidence
        self.links = links
        self.violatedMeasures = violatedMeasures
        self.externalIDs = externalIDs
        self.investigationStatus = investigationStatus
        self.replies = replies
        self.remarks = remarks
    }
}

/// Where an investigation stands.
public struct InvestigationStatus: OpenEnum {
    /// Not stated.
    public static let unspecified = Self(rawValue: 0)
    /// Investigations continue.
    public static let open = Self(rawValue: 1)
    /// Closed.
    public static let closed = Self(rawValue: 2)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// Text in a language.
public struct Text: Hashable, Sendable {
    /// The text. Required.
    public var text: String
    /// BCP 47 language tag, such as "en" or "ko": at most 35 characters. Empty when not known.
    public var language: String

    /// Creates a value from its parts; what is left out is absent.
    public init(text: String = "", language: String = "") {
        self.text = text
        self.language = language
    }
}
