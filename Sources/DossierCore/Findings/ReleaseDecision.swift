/// Whether a record may be given to a peer.
///
/// One pure function decides; every path that gives anything out goes through it. It fails
/// closed: what is not understood is not released.
public enum ReleaseDecision: Hashable, Sendable {
    /// The peer may have the record.
    case released
    /// The peer must not learn that the record exists.
    case withheld(WithheldReason)

    /// Decides whether the node of `node` gives a version of a finding to `peer`. A record that is
    /// not the one that is held under its version is given to nobody.
    ///
    /// - Parameters:
    ///   - version: the version.
    ///   - state: all versions of its finding that the node holds, this one among them.
    ///   - subject: what the finding is about.
    ///   - peer: organisation id of the peer, from its verified certificate.
    ///   - node: organisation id of the deciding node.
    ///   - members: the organisations that take part.
    public static func decide(
        on version: FindingState.Version, in state: FindingState, about subject: FindingSubject,
        to peer: String, from node: String, members: Members
    ) -> ReleaseDecision {
        guard state.holds(version), let index = state.index(of: version.number) else {
            return .withheld(.otherRecordStands)
        }
        return self.decideAll(in: state, about: subject, to: peer, from: node, members: members)[
            index]
    }

    /// Decides on a first version that has no other beside it, and is about nothing but itself: by
    /// what it says alone.
    public static func decide(
        on terms: ReleaseTerms, to peer: String, from node: String, members: Members
    ) -> ReleaseDecision {
        guard members.contains(peer) else { return .withheld(.notMember) }
        let isNamed = terms.releasability.contains(peer)
        return self.decide(on: terms, isNotice: false, isNamed: isNamed, to: peer, from: node)
            ?? .released
    }

    /// Decides on each version of a finding that the node holds, in their order; at no greater cost
    /// than on one.
    public static func decideAll(
        in state: FindingState, about subject: FindingSubject, to peer: String, from node: String,
        members: Members
    ) -> [ReleaseDecision] {
        guard members.contains(peer) else {
            return state.versions.map { _ in .withheld(.notMember) }
        }
        let bySubject = self.decide(on: subject, to: peer, from: node, members: members)
        return zip(state.versions, state.isNamed(peer)).map { version, isNamed in
            // A notice that the peer's own node holds was given to it for a version before it that
            // named the peer, which the node need not hold; that is never taken back.
            let isGiven = node == peer && version.operation.isNotice
            return self.decide(
                on: version.terms, isNotice: version.operation.isNotice,
                isNamed: isNamed || isGiven, to: peer, from: node) ?? bySubject
        }
    }

    /// Decides by what a version says itself; nil if what its finding is about decides.
    private static func decide(
        on terms: ReleaseTerms, isNotice: Bool, isNamed: Bool, to peer: String, from node: String
    ) -> ReleaseDecision? {
        if peer == terms.originator { return .released }
        guard terms.isUnderstood else { return .withheld(.notUnderstood) }
        // A notice has no content, and must reach whoever holds a version that it is about.
        if terms.isOriginatorControlled && !isNotice && node != terms.originator {
            return .withheld(.originatorControlled)
        }
        return isNamed ? nil : .withheld(.notReleasable)
    }

    /// Decides by what a finding is about: the record, or a later version of its finding, must be
    /// released too. Notices do not count: they go to those who were removed.
    private static func decide(
        on subject: FindingSubject, to peer: String, from node: String, members: Members
    ) -> ReleaseDecision {
        switch subject {
        case .itself: return .released
        // What another node gave to this one, it decided to give to its people.
        case .unknown: return node == peer ? .released : .withheld(.subjectUnknown)
        case .finding(let target, let number, let its):
            let decisions = self.decideAll(
                in: target, about: its, to: peer, from: node, members: members)
            let isAnyReleased = zip(target.versions, decisions).contains { version, decision in
                version.number >= number && !version.operation.isNotice && decision == .released
            }
            return isAnyReleased ? .released : .withheld(.subjectNotReleased)
        }
    }
}

/// What a finding is about.
public indirect enum FindingSubject: Hashable, Sendable {
    /// Nothing but itself: it was asserted.
    case itself
    /// The record with this version of another's finding, and what that is about in turn.
    case finding(FindingState, version: UInt32, about: FindingSubject)
    /// Another's record that the node does not hold, or it cannot be told.
    case unknown
}

/// Why a record is withheld from a peer. Only its originator is ever told.
public enum WithheldReason: String, Hashable, Sendable, CaseIterable {
    /// The peer's organisation does not take part.
    case notMember = "the peer is not a member"
    /// Header or marking hold something this node does not know.
    case notUnderstood = "header or marking hold a field or value that this node does not know"
    /// ORCON, and this is not the originator's own node.
    case originatorControlled = "only the originator's own node hands it out"
    /// The originator did not name the peer, or removed it.
    case notReleasable = "the originator did not name the peer"
    /// The log holds another record under its version.
    case otherRecordStands = "another record stands under its version"
    /// It is about a record that this node does not hold.
    case subjectUnknown = "it is about a record that this node does not hold"
    /// It is about a record that is not released to the peer.
    case subjectNotReleased = "it is about a record that is not released to the peer"
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

extension FindingState.Version {
    /// The version that a checked record is.
    public init(recordID: RecordID, facts: RecordFacts) {
        self.init(
            number: facts.version, recordID: recordID.digest, operation: facts.operation,
            terms: ReleaseTerms(facts), targetRecordID: facts.targetRecordID)
    }
}

extension ReleaseTerms {
    /// The terms that a checked record has.
    public init(_ facts: RecordFacts) {
        self.init(
            originator: facts.originator, releasability: facts.marking.releasability,
            isOriginatorControlled: facts.marking.orcon,
            isUnderstood: !facts.hasUnknownInHeaderOrMarking)
    }
}
