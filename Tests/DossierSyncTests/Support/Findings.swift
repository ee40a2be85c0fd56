import DossierCore
import DossierCrypto

@testable import DossierSync

/// The findings that somebody holds versions of, whoever's they are.
struct Findings {
    struct Key: Hashable {
        var originator: String
        var reference: String
    }

    private(set) var states: [Key: FindingState] = [:]
    private var places: [Digest: (key: Key, version: UInt32)] = [:]
    /// How often anything was taken.
    private(set) var changes = 0

    mutating func take(_ hash: Digest, _ facts: RecordFacts) {
        self.changes += 1
        let key = Key(originator: facts.originator, reference: facts.reference)
        self.states[key, default: FindingState()].take(
            FindingState.Version(recordID: RecordID(hash), facts: facts))
        self.places[hash] = (key, facts.version)
    }

    /// What a finding is about, as far as it can be told from what is held.
    func subject(of key: Key) -> FindingSubject {
        guard let state = self.states[key], !state.isSubjectUnknown else { return .unknown }
        guard let target = state.subject else { return .itself }
        guard let hash = Digest(target), let place = self.places[hash],
            let its = self.states[place.key]
        else { return .unknown }
        return .finding(its, version: place.version, about: self.subject(of: place.key))
    }

    /// Whether the node of `node`, which holds all this, gives a record to a peer.
    func releases(_ hash: Digest, to peer: String, from node: String) -> Bool {
        guard let place = self.places[hash], let state = self.states[place.key],
            let version = state.version(place.version)
        else { return false }
        return ReleaseDecision.decide(
            on: version, in: state, about: self.subject(of: place.key), to: peer, from: node,
            members: World.shared.members) == .released
    }

    /// What an originator's release of its annotations rests on, beside its own log: how much is
    /// held of what they are about.
    func grounds(ofAnnotationsBy originator: String) -> [UInt8] {
        let keys = self.states.keys.filter { $0.originator == originator }
        let texts = keys.sorted { $0.reference < $1.reference }.compactMap { key -> String? in
            guard self.states[key]?.subject != nil else { return nil }
            return "\(key.reference): \(self.grounds(of: self.subject(of: key)))"
        }
        return Array(SHA256.digest(of: Array(texts.joined(separator: "\n").utf8)).bytes.prefix(8))
    }

    /// Whether there is a restriction of what a finding is about that others do not hold.
    func knowsBetter(than others: Findings, about key: Key) -> Bool {
        guard let target = self.states[key]?.subject.flatMap({ Digest($0) }),
            let place = self.places[target]
        else { return false }
        let held = others.states[place.key]?.versions.map(\.number) ?? []
        let restrictions = self.states[place.key]?.versions.filter { $0.operation == .restrict }
        return restrictions?.contains { !held.contains($0.number) } == true
            || self.knowsBetter(than: others, about: place.key)
    }

    /// Whether there are versions of what a finding is about, or of what that is about in turn, that
    /// others do not hold.
    func knowsMore(than others: Findings, about key: Key) -> Bool {
        guard let target = self.states[key]?.subject.flatMap({ Digest($0) }),
            let place = self.places[target]
        else { return false }
        let held = others.states[place.key]?.versions.map(\.number) ?? []
        let isMore = self.states[place.key]?.versions.contains { !held.contains($0.number) }
        return isMore == true || self.knowsMore(than: others, about: place.key)
    }

    private func grounds(of subject: FindingSubject) -> String {
        switch subject {
        case .itself: "itself"
        case .unknown: "unknown"
        case .finding(let state, let version, let about):
            "\(version) of \(state.versions.map(\.number)), \(self.grounds(of: about))"
        }
    }
}

extension RecordFacts {
    /// Whether the originator's node ever hands the record to a mirror: notices are, and what is
    /// not under originator control.
    var isMirrored: Bool { self.operation.isNotice || !self.marking.orcon }
}
