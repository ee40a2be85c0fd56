import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore

/// Decides for one peer organisation what of the node's logs it may have, and what each record is
/// within its finding as far as the peer may know of it.
///
/// It is made anew for each answer: what it has read of findings is good only for a moment.
struct ReleaseReader {
    /// So long may a chain of findings about findings be; what is beyond is withheld.
    private static let maximumDepth = 8
    // How long a mirror's catalog is waited for.
    private static let mirrorPatience = Duration.milliseconds(200)

    let holdings: Holdings
    let members: Members
    /// Organisation id of the node.
    let organisation: String
    /// Organisation id of the peer.
    let peer: String
    private var findings: [FindingName: Finding] = [:]

    init(_ holdings: Holdings, _ members: Members, at organisation: String, for peer: String) {
        self.holdings = holdings
        self.members = members
        self.organisation = organisation
        self.peer = peer
    }

    private struct FindingName: Hashable {
        var originator: String
        var reference: String
    }

    /// A finding with what it is about.
    private struct Finding {
        var state: FindingState
        var subject: FindingSubject
    }

    /// What was decided on a record.
    struct Judgement {
        var decision: ReleaseDecision
        /// What the record is among the versions that the peer may know of.
        var standing: Standing
        /// Those versions.
        var known: FindingState

        var isReleased: Bool { self.decision == .released }
    }

    /// Decides on a record that one of the logs has.
    mutating func judge(
        _ row: CatalogRow, in holding: Holdings.Holding
    ) async throws(StoreError) -> Judgement {
        let version = row.version
        let finding: Finding
        if !row.hasOtherVersions, !row.facts.operation.isAboutAnother {
            var state = FindingState()
            state.take(version)
            finding = Finding(state: state, subject: .itself)
        } else {
            finding = try await self.finding(of: row, in: holding, depth: 0)
        }
        let released = finding.state.versions.filter { self.decide($0, finding) == .released }
        let known = finding.state.keeping(Set(released.map(\.number)))
        return Judgement(
            decision: self.decide(version, finding),
            standing: Standing(known.standing(of: version.number)), known: known)
    }

    /// Decides on a record that speaks for itself.
    func decide(on facts: RecordFacts, recordID: Digest) -> ReleaseDecision {
        let version = FindingState.Version(recordID: RecordID(recordID), facts: facts)
        var state = FindingState()
        state.take(version)
        return self.decide(version, Finding(state: state, subject: .itself))
    }

    private func decide(_ version: FindingState.Version, _ finding: Finding) -> ReleaseDecision {
        ReleaseDecision.decide(
            on: version, in: finding.state, about: finding.subject, to: self.peer,
            from: self.organisation, members: self.members)
    }

    private mutating func finding(
        of row: CatalogRow, in holding: Holdings.Holding, depth: Int
    ) async throws(StoreError) -> Finding {
        let name = FindingName(originator: row.facts.originator, reference: row.facts.reference)
        if let finding = self.findings[name] { return finding }
        var state = try await holding.held.finding(
            originator: name.originator, reference: name.reference)
        state.take(row.version)
        let finding = Finding(
            state: state, subject: try await self.subject(of: state, depth: depth))
        self.findings[name] = finding
        return finding
    }

    private mutating func subject(
        of state: FindingState, depth: Int
    ) async throws(StoreError) -> FindingSubject {
        if state.isSubjectUnknown { return .unknown }
        guard let target = state.subject else { return .itself }
        guard depth < Self.maximumDepth, let id = Digest(target),
            let (row, holding) = try await self.record(id)
        else { return .unknown }
        let finding = try await self.finding(of: row, in: holding, depth: depth + 1)
        return .finding(finding.state, version: row.facts.version, about: finding.subject)
    }

    private func record(
        _ id: Digest
    ) async throws(StoreError) -> (CatalogRow, Holdings.Holding)? {
        for holding in self.holdings.all {
            do throws(StoreError) {
                let rows = try await holding.held.find(
                    recordIDPrefix: id.hexadecimal, limit: 1,
                    until: holding.isOwn ? nil : .now + Self.mirrorPatience)
                if let row = rows.first { return (row, holding) }
            } catch  where !holding.isOwn && error.code == .catalogBehind {
                // A mirror that is catching up: what it has not found yet is not known yet.
                continue
            }
        }
        return nil
    }
}

extension Standing {
    fileprivate init(_ standing: FindingStanding) {
        switch standing {
        case .current: self = .current
        case .superseded: self = .superseded
        case .withdrawn: self = .withdrawn
        case .notice: self = .notice
        }
    }
}
