/// A claim that somebody did it.
public struct ActorClaim: Hashable, Sendable {
    /// The claim. Required.
    public var claim: Claim?
    /// The actor or cluster, as the author names it: a name. Required.
    public var actor: String
    /// Identifiers of the actor elsewhere.
    public var externalIDs: [ExternalID]

    /// Creates a value from its parts; what is left out is absent.
    public init(claim: Claim? = nil, actor: String = "", externalIDs: [ExternalID] = []) {
        self.claim = claim
        self.actor = actor
        self.externalIDs = externalIDs
    }
}

/// A claim that somebody is known by another name.
public struct AliasClaim: Hashable, Sendable {
    /// The claim. Required.
    public var claim: Claim?
    /// The other name. Required.
    public var alias: String
    /// The name it is another name for. Required.
    public var name: String

    /// Creates a value from its parts; what is left out is absent.
    public init(claim: Claim? = nil, alias: String = "", name: String = "") {
        self.claim = claim
        self.alias = alias
        self.name = name
    }
}

/// A claim that somebody unnamed is this one.
public struct IdentityClaim: Hashable, Sendable {
    /// The claim. Required.
    public var claim: Claim?
    /// Who it is: a name. Required.
    public var name: String

    /// Creates a value from its parts; what is left out is absent.
    public init(claim: Claim? = nil, name: String = "") {
        self.claim = claim
        self.name = name
    }
}
