/// How far a statement is to be believed: the two axes of the Admiralty code, judged independently,
/// and analytic confidence (ICD 203) as a third.
public struct Grade: Hashable, Sendable {
    /// Reliability of the source, A to F.
    public var sourceReliability: SourceReliability
    /// Credibility of the content, 1 to 6.
    public var contentCredibility: ContentCredibility
    /// Confidence of the analyst in the judgement.
    public var analyticConfidence: AnalyticConfidence

    /// Creates a value from its parts; what is left out is absent.
    public init(
        sourceReliability: SourceReliability = .unspecified,
        contentCredibility: ContentCredibility = .unspecified,
        analyticConfidence: AnalyticConfidence = .unspecified
    ) {
        self.sourceReliability = sourceReliability
        self.contentCredibility = contentCredibility
        self.analyticConfidence = analyticConfidence
    }
}

/// Admiralty code, first axis.
public struct SourceReliability: OpenEnum {
    /// Not graded.
    public static let unspecified = Self(rawValue: 0)
    /// Completely reliable.
    public static let a = Self(rawValue: 1)
    /// Usually reliable.
    public static let b = Self(rawValue: 2)
    /// Fairly reliable.
    public static let c = Self(rawValue: 3)
    /// Not usually reliable.
    public static let d = Self(rawValue: 4)
    /// Unreliable.
    public static let e = Self(rawValue: 5)
    /// Reliability cannot be judged.
    public static let f = Self(rawValue: 6)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// Admiralty code, second axis.
public struct ContentCredibility: OpenEnum {
    /// Not graded.
    public static let unspecified = Self(rawValue: 0)
    /// Confirmed by other sources.
    public static let one = Self(rawValue: 1)
    /// Probably true.
    public static let two = Self(rawValue: 2)
    /// Possibly true.
    public static let three = Self(rawValue: 3)
    /// Doubtful.
    public static let four = Self(rawValue: 4)
    /// Improbable.
    public static let five = Self(rawValue: 5)
    /// Truth cannot be judged.
    public static let six = Self(rawValue: 6)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}

/// Confidence of the analyst.
public struct AnalyticConfidence: OpenEnum {
    /// Not stated.
    public static let unspecified = Self(rawValue: 0)
    /// Low.
    public static let low = Self(rawValue: 1)
    /// Moderate.
    public static let moderate = Self(rawValue: 2)
    /// High.
    public static let high = Self(rawValue: 3)

    /// The number on the wire.
    public let rawValue: Int32

    /// Any number, also one that is not known here.
    public init(rawValue: Int32) {
        self.rawValue = rawValue
    }
}
