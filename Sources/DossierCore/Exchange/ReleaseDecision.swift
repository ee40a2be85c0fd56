/// Whether a record may be given to a peer.
///
/// One pure function decides; every path that gives anything out goes through it. It fails
/// closed: what is not understood is not released.
public enum ReleaseDecision: Hashable, Sendable {
    /// The peer may have the record.
    case released
    /// The peer must not learn that the record exists.
    case withheld(WithheldReason)

    /// Decides whether the node of `node` gives a record to `peer`.
    ///
    /// - Parameters:
    ///   - terms: what the record's header says of its release.
    ///   - peer: organisation id of the peer, from its verified certificate.
    ///   - node: organisation id of the deciding node.
    ///   - members: the organisations that take part.
    public static func decide(
        on terms: ReleaseTerms, to peer: String, from node: String, members: Members
    ) -> ReleaseDecision {
        guard members.contains(peer) else { return .withheld(.notMember) }
        if peer == terms.originator { return .released }
        guard terms.isUnderstood else { return .withheld(.notUnderstood) }
        if terms.isOriginatorControlled && node != terms.originator {
            return .withheld(.originatorControlled)
        }
        guard terms.releasability.contains(peer) else { return .withheld(.notReleasable) }
        return .released
    }
}

/// Why a record is withheld from a peer. Only its originator is ever told.
public enum WithheldReason: String, Hashable, Sendable, CaseIterable {
    /// The peer's organisation does not take part.
    case notMember = "the peer is not a member"
    /// Header or marking hold something this node does not know.
    case notUnderstood = "header or marking hold a field or value that this node does not know"
    /// ORCON, and this is not the originator's own node.
    case originatorControlled = "only the originator's own node hands it out"
    /// The originator did not name the peer.
    case notReleasable = "the originator did not name the peer"
}

/// What a record's header says of its release.
public struct ReleaseTerms: Hashable, Sendable {
    /// Organisation id of the originator.
    public var originator: String
    /// Organisation ids to which the originator permits release, beside itself.
    public var releasability: [String]
    /// Whether only the originator's own node may hand the record out (ORCON).
    public var isOriginatorControlled: Bool
    /// Whether every field and value of header and marking is known.
    public var isUnderstood: Bool

    /// The terms of a record.
    public init(
        originator: String, releasability: [String], isOriginatorControlled: Bool,
        isUnderstood: Bool
    ) {
        self.originator = originator
        self.releasability = releasability
        self.isOriginatorControlled = isOriginatorControlled
        self.isUnderstood = isUnderstood
    }

    /// Why nobody but the originator can be given the record by its own node; nil if others can.
    public var withheldFromAll: WithheldReason? {
        if !self.isUnderstood { return .notUnderstood }
        return self.releasability.allSatisfy { $0 == self.originator } ? .notReleasable : nil
    }
}
