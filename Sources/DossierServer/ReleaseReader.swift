import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore

/// Decides for one peer organisation what of the node's logs it may have, and what each record is
/// within its finding as far as the peer may know of it.
///
/// It is made anew for each answer: what it has read of findings is good only for a moment.
struct ReleaseReader {
    /// So long may a chain of findings about findings be; what is further from its beginning is
    /// withheld from others (record.proto).
    static let maximumDepth = 32
    /// How long mirrors' catalogs are waited for where an answer can do without them.
    static let mirrorPatience = Duration.milliseconds(200)

    let holdings: Holdings
    let members: Members
    /// Organisation id of the node.
    let organisation: String
    /// Organisation id of the peer.
    let peer: String
    private var findings: [FindingName: Finding] = [:]
    private var judged: [FindingName: JudgedFinding] = [:]
    // Origins of mirrors that were behind, or failed: they are not waited for again.
    private var late: Set<String> = []

    init(_ holdings: Holdings, _ members: Members, at organisation: String, for peer: String) {
        self.holdings = holdings
        self.members = members
        self.organisation = organisation
        self.peer = peer
    }

    private struct FindingName: Hashable {
        var originator: String
        var reference: String

        init(_ facts: RecordFacts) {
            self.originator = facts.originator
            self.reference = facts.reference
        }
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
        /// To the originator: why nobody else is given the record; nil if others are.
        var withheldReason: WithheldReason?

        var isReleased: Bool { self.decision == .released }
    }

    /// Decides on a record that one of the logs has.
    ///
    /// Throws what reading its finding failed with, `catalogBehind` at the deadline; what is about
    /// another's finding that cannot be read is about one that is not held.
    mutating func judge(
        _ row: CatalogRow, in holding: Holdings.Holding,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(StoreError) -> Judgement {
        let version = row.version
        guard row.hasOtherVersions || row.facts.operation.isAboutAnother else {
            var state = FindingState()
            state.take(version)
            let isOriginators = version.terms.originator == self.peer
            return Judgement(
                decision: self.decide(on: version.terms),
                standing: .current, known: state,
                withheldReason: isOriginators ? version.terms.withheldFromAll : nil)
        }
        let name = FindingName(row.facts)
        if let judged = self.judged[name], judged.holds(version.number) {
            return judged[version]
        }
        let finding = try await self.finding(
            of: row, in: holding, depth: Self.maximumDepth, until: deadline)
        let judged = JudgedFinding(
            finding ?? Finding(state: FindingState(), subject: .unknown), self)
        self.judged[name] = judged
        return judged[version]
    }

    /// Decides on a record that speaks for itself.
    func decide(on terms: ReleaseTerms) -> ReleaseDecision {
        ReleaseDecision.decide(
            on: terms, to: self.peer, from: self.organisation, members: self.members)
    }

    // MARK: - Findings

    /// The finding of a record, with what it is about, at most so many findings away; nil if it is
    /// further.
    private mutating func finding(
        of row: CatalogRow, in holding: Holdings.Holding, depth: Int,
        until deadline: ContinuousClock.Instant?
    ) async throws(StoreError) -> Finding? {
        let name = FindingName(row.facts)
        if let finding = self.findings[name] { return finding }
        var state = try await holding.held.finding(
            originator: name.originator, reference: name.reference, until: deadline)
        state.take(row.version)
        var finding = Finding(state: state, subject: .itself)
        if state.isSubjectUnknown {
            finding.subject = .unknown
        } else if let target = state.subject {
            guard depth > 0 else { return nil }
            switch try await self.target(target, depth: depth - 1) {
            case .held(let subject): finding.subject = subject
            case .tooFar where depth == Self.maximumDepth, .notHeld:
                // Whether it is too far away is another question when it is asked for itself.
                finding.subject = .unknown
            case .tooFar: return nil
            }
        }
        self.findings[name] = finding
        return finding
    }

    /// What became of looking for the record that a finding is about.
    private enum Target {
        case held(FindingSubject)
        case notHeld
        case tooFar
    }

    private mutating func target(
        _ target: [UInt8], depth: Int
    ) async throws(StoreError) -> Target {
        guard let id = Digest(target), let (row, holding) = try await self.record(id) else {
            return .notHeld
        }
        do throws(StoreError) {
            let its = try await self.finding(
                of: row, in: holding, depth: depth, until: self.deadline(for: holding))
            guard let its else { return .tooFar }
            // What is about a record that is no version is about nothing that is held.
            guard its.state.holds(row.version) else { return .notHeld }
            return .held(
                .finding(its.state, version: row.facts.version, about: its.subject))
        } catch {
            try self.goOn(without: holding, error)
            return .notHeld
        }
    }

    private mutating func record(
        _ id: Digest
    ) async throws(StoreError) -> (CatalogRow, Holdings.Holding)? {
        for holding in self.holdings.all {
            do throws(StoreError) {
                let rows = try await holding.held.find(
                    recordIDPrefix: id.hexadecimal, limit: 1, until: self.deadline(for: holding))
                if let row = rows.first { return (row, holding) }
            } catch {
                try self.goOn(without: holding, error)
            }
        }
        return nil
    }

    // MARK: - Mirrors that are late

    /// How long a log is waited for: the node's own until it is there.
    private func deadline(for holding: Holdings.Holding) -> ContinuousClock.Instant? {
        guard !holding.isOwn else { return nil }
        return self.late.contains(holding.origin) ? .now : .now + Self.mirrorPatience
    }

    /// Goes on without a mirror that is behind, or fails: what it has is not known then.
    private mutating func goOn(
        without holding: Holdings.Holding, _ error: StoreError
    ) throws(StoreError) {
        guard holding.canBeMissing(error) else { throw error }
        self.late.insert(holding.origin)
    }
}

extension Holdings.Holding {
    /// Whether an answer may go on without the log, which failed: one of others that the node
    /// mirrors.
    func canBeMissing(_ error: StoreError) -> Bool { !self.isOwn && error.code != .cancelled }
}

extension ReleaseReader {
    /// What was decided on all versions of a finding.
    private struct JudgedFinding {
        private let state: FindingState
        private let decisions: [UInt32: ReleaseDecision]
        private let standings: [UInt32: FindingStanding]
        private let known: FindingState
        // To the originator, those that nobody else is given, and why.
        private let withheld: [UInt32: WithheldReason]

        init(_ finding: Finding, _ reader: ReleaseReader) {
            let state = finding.state
            let numbers = state.versions.map(\.number)
            func decide(for peer: String) -> [ReleaseDecision] {
                ReleaseDecision.decideAll(
                    in: state, about: finding.subject, to: peer, from: reader.organisation,
                    members: reader.members)
            }
            let decisions = decide(for: reader.peer)
            self.state = state
            self.decisions = Dictionary(
                zip(numbers, decisions), uniquingKeysWith: { first, _ in first })
            self.known = state.keeping(
                Set(zip(numbers, decisions).filter { $0.1 == .released }.map(\.0)))
            self.standings = Dictionary(
                zip(self.known.versions.map(\.number), self.known.standings),
                uniquingKeysWith: { first, _ in first })
            guard state.versions.first?.terms.originator == reader.peer else {
                self.withheld = [:]
                return
            }
            let named = Set(state.versions.flatMap(\.terms.releasability)).subtracting([
                reader.peer
            ]).sorted()
            var withheld = Dictionary(
                numbers.map { ($0, WithheldReason.notReleasable) },
                uniquingKeysWith: { first, _ in first })
            for organisation in named {
                for (number, decision) in zip(numbers, decide(for: organisation)) {
                    switch decision {
                    case .released: withheld[number] = nil
                    case .withheld(let reason):
                        // What keeps back even those who are named says more than that others are not.
                        if withheld[number] != nil, reason != .notReleasable, reason != .notMember {
                            withheld[number] = reason
                        }
                    }
                }
            }
            for version in state.versions where !version.terms.isUnderstood {
                withheld[version.number] = .notUnderstood
            }
            self.withheld = withheld
        }

        func holds(_ number: UInt32) -> Bool { self.decisions[number] != nil }

        subscript(version: FindingState.Version) -> Judgement {
            let number = version.number
            guard self.state.holds(version) || !self.holds(number) else {
                return Judgement(
                    decision: .withheld(.otherRecordStands), standing: .unspecified,
                    known: self.known)
            }
            return Judgement(
                decision: self.decisions[number] ?? .withheld(.subjectUnknown),
                standing: self.standings[number].map { Standing($0) } ?? .unspecified,
                known: self.known, withheldReason: self.withheld[number])
        }
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
