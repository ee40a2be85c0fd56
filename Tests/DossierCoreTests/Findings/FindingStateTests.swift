import DossierCore
import Testing

@Suite("The state of a finding")
struct FindingStateTests {
    private typealias Version = FindingState.Version

    @Test(
        "it is the same in whatever order versions arrive, and however often",
        arguments: Histories.first, 1...4)
    func order(first: Operation, length: Int) {
        var faults: [String] = []
        for history in Histories.all(of: length, from: first) {
            let expected = Histories.parts(of: history).map { FindingState($0) }
            self.arrive(history, [], FindingState(), expected, &faults)
        }
        #expect(faults.prefix(5) == [])
    }

    /// Goes on with every order in which what is missing of a history can arrive.
    private func arrive(
        _ history: [Version], _ order: [Int], _ state: FindingState, _ expected: [FindingState],
        _ faults: inout [String]
    ) {
        let subset = order.reduce(0) { $0 | 1 << $1 }
        var again = state
        if let first = order.first { again.take(history[first]) }
        if state != expected[subset] || again != state {
            faults.append("\(Histories.text(history)), arrived: \(order)")
        }
        for index in history.indices where subset >> index & 1 == 0 {
            var next = state
            next.take(history[index])
            self.arrive(history, order + [index], next, expected, &faults)
        }
    }

    @Test(
        "what is held is kept, in ascending order, and found by its number",
        arguments: Histories.first, 1...4)
    func held(first: Operation, length: Int) {
        for history in Histories.all(of: length, from: first, lists: [["us"]]) {
            for part in Histories.parts(of: history) {
                let state = FindingState(part.reversed())
                #expect(state.versions == part)
                for version in history {
                    let isHeld = part.contains(version)
                    #expect(state.version(version.number) == (isHeld ? version : nil))
                }
                #expect(state.isWithdrawn == part.contains { $0.operation == .withdraw })
            }
        }
    }

    @Test(
        "each version has its standing, whatever is missing",
        arguments: Histories.first, 1...4)
    func standing(first: Operation, length: Int) {
        for history in Histories.all(of: length, from: first, lists: [["us"]]) {
            for part in Histories.parts(of: history) {
                let state = FindingState(part)
                let oracle = LifeOracle(held: part)
                for version in part {
                    #expect(
                        state.standing(of: version.number) == oracle.standing(version),
                        "\(Histories.text(part)), version \(version.number)")
                }
                let current = part.filter { state.standing(of: $0.number) == .current }
                #expect(current.count <= 1, "\(Histories.text(part))")
            }
        }
    }

    @Test(
        "of the versions that may be given out, one answers for the finding",
        arguments: Histories.first, 1...4)
    func answer(first: Operation, length: Int) {
        for history in Histories.all(of: length, from: first, lists: [["us"]]) {
            for part in Histories.parts(of: history) {
                let state = FindingState(part)
                for given in Histories.parts(of: part) {
                    #expect(
                        state.keeping(Set(given.map(\.number))).answer
                            == LifeOracle(held: given).answer(among: given),
                        "\(Histories.text(part)), given \(given.map(\.number))")
                }
            }
        }
    }

    @Test("a withdrawn finding is answered by its withdrawal, and shows nothing as current")
    func withdrawn() {
        let state = FindingState([
            Version(1, .assert, ["us"]), Version(2, .restrict, ["us"]), Version(3, .amend, ["us"]),
            Version(4, .withdraw, []),
        ])
        #expect(state.answer?.number == 4)
        #expect(
            (1...4).map { state.standing(of: $0) } == [.withdrawn, .notice, .withdrawn, .notice])
    }

    @Test(
        "the version before answers whoever an amendment leaves out, the notice whoever is removed")
    func answersToFewer() {
        let amended = FindingState([Version(1, .assert, ["us", "jp"]), Version(2, .amend, ["us"])])
        #expect(amended.keeping([1]).answer?.number == 1)
        let restricted = FindingState([
            Version(1, .assert, ["us", "jp"]), Version(2, .restrict, ["us"]),
        ])
        #expect(restricted.answer?.number == 1)
        #expect(restricted.keeping([2]).answer?.number == 2)
        #expect(restricted.keeping([]).answer == nil)
    }

    @Test("what it is about is the first version's target, once that is held")
    func subject() {
        let operations: [Operation] = [.annotate, .corroborate, .dispute, .endorse]
        for operation in operations {
            let first = Version(1, operation, ["us"])
            let second = Version(2, .amend, ["us"])
            for state in [FindingState([first]), FindingState([second, first])] {
                #expect(state.subject == Version.target)
                #expect(!state.isSubjectUnknown)
            }
            #expect(FindingState([second]).subject == nil)
            #expect(FindingState([second]).isSubjectUnknown)
        }
        let asserted = FindingState([Version(1, .assert, []), Version(2, .amend, [])])
        #expect(asserted.subject == nil)
        #expect(!asserted.isSubjectUnknown)
    }

    @Test("a finding of which nothing is held has no answer")
    func nothing() {
        let state = FindingState()
        #expect(state.versions == [])
        #expect(state.answer == nil)
        #expect(state.subject == nil)
        #expect(state.isSubjectUnknown)
        #expect(!state.isWithdrawn)
    }

    @Test(
        "notices are restrictions and withdrawals, and four operations are about another's record")
    func operations() {
        let all = (-1...9).map { Operation(rawValue: $0) }
        #expect(all.filter(\.isNotice) == [.restrict, .withdraw])
        #expect(all.filter(\.isAboutAnother) == [.annotate, .corroborate, .dispute, .endorse])
    }
}
