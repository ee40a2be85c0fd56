import DossierCore
import DossierTestSupport
import Testing

@Suite("The release of what is about another's record")
struct SubjectReleaseTests {
    private typealias Version = FindingState.Version

    private static let organisations = ["kr", "us", "jp", "de"]
    private let members: Members

    init() throws {
        self.members = try TestMembers(Self.organisations).members
    }

    private func decide(
        _ version: Version, in state: FindingState, about subject: FindingSubject, to peer: String,
        from node: String = "kr"
    ) -> ReleaseDecision {
        ReleaseDecision.decide(
            on: version, in: state, about: subject, to: peer, from: node, members: self.members)
    }

    /// Who gets an annotation of de that is its finding's only version.
    private func readers(
        _ list: [String], about subject: FindingSubject, from node: String = "kr"
    ) -> [String] {
        let version = Version(1, .annotate, list, by: "de")
        return Self.organisations.filter { peer in
            self.decide(version, in: FindingState([version]), about: subject, to: peer, from: node)
                == .released
        }
    }

    @Test("it goes to its own list, as far as its target or what followed goes there")
    func intersection() {
        var faults: [String] = []
        let own: [[String]] = Histories.lists.flatMap { [$0, $0 + ["kr"]] }
        for history in (1...3).flatMap({ Histories.all(of: $0, from: .assert) }) {
            let oracle = LifeOracle(held: history)
            for number in UInt32(1)...4 {
                let later = history.filter { $0.number >= number && LifeOracle.hasContent($0) }
                var reached = later.reduce(into: Set<String>()) { $0.formUnion(oracle.named($1)) }
                // The target's originator has its own record.
                if !later.isEmpty { reached.insert("kr") }
                let subject = FindingSubject.finding(
                    FindingState(history), version: number, about: .itself)
                for list in own {
                    let expected = reached.intersection(list).union(["de"])
                    if Set(self.readers(list, about: subject)) != expected {
                        faults.append("\(list) on \(number) of \(Histories.text(history))")
                    }
                }
            }
        }
        #expect(faults.prefix(5) == [])
    }

    @Test("what is not named, and what its target keeps from it, are told apart")
    func reasons() {
        let target = Version(1, .assert, ["us"])
        let subject = FindingSubject.finding(FindingState([target]), version: 1, about: .itself)
        let version = Version(1, .annotate, ["us", "jp"], by: "de")
        let state = FindingState([version])
        #expect(self.decide(version, in: state, about: subject, to: "us") == .released)
        #expect(
            self.decide(version, in: state, about: subject, to: "jp")
                == .withheld(.subjectNotReleased))
        #expect(
            self.decide(version, in: state, about: subject, to: "kr") == .withheld(.notReleasable))
        #expect(self.decide(version, in: state, about: subject, to: "xx") == .withheld(.notMember))
        #expect(self.decide(version, in: state, about: subject, to: "de") == .released)
    }

    @Test("a notice of the target's finding opens nothing")
    func targetNotices() {
        let target = FindingState([
            Version(1, .assert, ["us", "jp"]), Version(2, .restrict, ["us"]),
            Version(3, .withdraw, ["us", "jp"]),
        ])
        let notice = target.versions[1]
        #expect(self.decide(notice, in: target, about: .itself, to: "jp") == .released)
        for (number, expected) in [(1, ["us", "de"]), (2, ["de"]), (3, ["de"])] {
            let subject = FindingSubject.finding(
                target, version: UInt32(number), about: .itself)
            #expect(self.readers(["us", "jp"], about: subject) == expected)
        }
    }

    @Test("a version before the target does not count")
    func earlierVersions() {
        let target = FindingState([Version(1, .assert, ["us", "jp"]), Version(2, .amend, ["us"])])
        let first = FindingSubject.finding(target, version: 1, about: .itself)
        let second = FindingSubject.finding(target, version: 2, about: .itself)
        #expect(self.readers(["us", "jp"], about: first) == ["us", "jp", "de"])
        #expect(self.readers(["us", "jp"], about: second) == ["us", "de"])
    }

    @Test("without its target it stays with the node's own people")
    func unknownSubject() {
        for node in Self.organisations {
            let expected = Self.organisations.filter { peer in
                peer == "de" || peer == node && ["us", "jp"].contains(peer)
            }
            #expect(self.readers(["us", "jp"], about: .unknown, from: node) == expected)
        }
        let version = Version(1, .annotate, ["us"], by: "de")
        #expect(
            self.decide(version, in: FindingState([version]), about: .unknown, to: "us")
                == .withheld(.subjectUnknown))
    }

    @Test("an annotation on an annotation goes where all of them go")
    func nested() {
        let target = FindingSubject.finding(
            FindingState([Version(1, .assert, ["us", "de"])]), version: 1, about: .itself)
        let middle = FindingState([Version(1, .annotate, ["us", "jp", "de"], by: "jp")])
        #expect(
            self.readers(
                ["us", "jp", "kr"], about: .finding(middle, version: 1, about: target))
                == ["us", "jp", "de"])
        #expect(
            self.readers(
                ["us", "jp", "kr"], about: .finding(middle, version: 1, about: .unknown))
                == ["jp", "de"])
        #expect(
            self.readers(
                ["us", "jp"], about: .finding(middle, version: 1, about: .unknown), from: "us")
                == ["us", "jp", "de"])
    }

    @Test("who is removed from the target loses it, and has it again with a wider amendment")
    func restrictedTarget() {
        var target = FindingState([Version(1, .assert, ["us", "jp"])])
        var subject: FindingSubject { .finding(target, version: 1, about: .itself) }
        #expect(self.readers(["us", "jp"], about: subject) == ["us", "jp", "de"])
        target.take(Version(2, .restrict, ["us"]))
        #expect(self.readers(["us", "jp"], about: subject) == ["us", "de"])
        target.take(Version(3, .amend, ["us", "jp"]))
        #expect(self.readers(["us", "jp"], about: subject) == ["us", "jp", "de"])
        #expect(self.readers(["jp"], about: subject) == ["jp", "de"])
    }

    @Test("its own notices go where it went, as long as its target goes there")
    func ownNotices() {
        let state = FindingState([
            Version(1, .annotate, ["us", "jp"], by: "de"), Version(2, .restrict, ["us"], by: "de"),
        ])
        let target = FindingState([Version(1, .assert, ["us", "jp"])])
        let narrow = FindingState([Version(1, .assert, ["us"])])
        let (first, notice) = (state.versions[0], state.versions[1])
        let subject = FindingSubject.finding(target, version: 1, about: .itself)
        #expect(
            self.decide(first, in: state, about: subject, to: "jp") == .withheld(.notReleasable))
        #expect(self.decide(notice, in: state, about: subject, to: "jp") == .released)
        #expect(
            self.decide(
                notice, in: state, about: .finding(narrow, version: 1, about: .itself), to: "jp")
                == .withheld(.subjectNotReleased))
    }

    @Test("under ORCON the target opens nothing at another's node")
    func originatorControlledTarget() {
        let terms = ReleaseTerms(
            originator: "kr", releasability: ["us"], isOriginatorControlled: true,
            isUnderstood: true)
        let subject = FindingSubject.finding(
            FindingState([Version(1, .assert, terms)]), version: 1, about: .itself)
        #expect(self.readers(["us"], about: subject, from: "kr") == ["us", "de"])
        #expect(self.readers(["us"], about: subject, from: "de") == ["de"])
        #expect(self.readers(["us"], about: subject, from: "us") == ["de"])
    }

    @Test("a target that is not understood opens nothing")
    func targetNotUnderstood() {
        let terms = ReleaseTerms(
            originator: "kr", releasability: ["us"], isOriginatorControlled: false,
            isUnderstood: false)
        let subject = FindingSubject.finding(
            FindingState([Version(1, .assert, terms)]), version: 1, about: .itself)
        #expect(self.readers(["us", "kr"], about: subject) == ["kr", "de"])
    }

    @Test("what a checked record's header says becomes the version")
    func facts() {
        let facts = RecordFacts(
            originator: "kr", version: 3, operation: .restrict, targetRecordID: Version.target,
            marking: MarkingFacts(orcon: true, releasability: ["us"]),
            hasUnknownInHeaderOrMarking: true)
        let id = RecordID(ofEncoded: [1])
        let version = Version(recordID: id, facts: facts)
        #expect(version.number == 3)
        #expect(version.recordID == id.digest)
        #expect(version.operation == .restrict)
        #expect(version.targetRecordID == Version.target)
        #expect(
            version.terms
                == ReleaseTerms(
                    originator: "kr", releasability: ["us"], isOriginatorControlled: true,
                    isUnderstood: false))
        #expect(ReleaseTerms(RecordFacts()).isUnderstood)
    }

    @Test("a notice that another node gave to this one is for its people, whatever it rests on")
    func noticeOfUnheldVersion() {
        // Version 1 named us, and is under originator control: no mirror has it.
        let held = FindingState([Version(2, .restrict, ["jp"]), Version(3, .restrict, ["de"])])
        let (first, second) = (held.versions[0], held.versions[1])
        #expect(self.decide(first, in: held, about: .unknown, to: "us", from: "us") == .released)
        #expect(self.decide(second, in: held, about: .unknown, to: "us", from: "us") == .released)
        // What another node's people are given, their node was given.
        #expect(
            self.decide(first, in: held, about: .unknown, to: "us", from: "kr")
                == .withheld(.notReleasable))
        // Also one that names the reader, whatever a later one says: an earlier version did too.
        #expect(self.decide(first, in: held, about: .unknown, to: "jp", from: "jp") == .released)
        #expect(
            self.decide(first, in: held, about: .unknown, to: "jp", from: "kr")
                == .withheld(.notReleasable))
        let amended = FindingState([Version(2, .amend, ["jp"])])
        #expect(
            self.decide(amended.versions[0], in: amended, about: .unknown, to: "us", from: "us")
                == .withheld(.notReleasable))
    }
}
