import DossierCore
import DossierTestSupport
import Testing

@Suite("The release decision")
struct ReleaseDecisionTests {
    private static let organisations = ["kr", "us", "jp", "de"]
    private static let stranger = "xx"
    private let members: Members

    init() throws {
        self.members = try TestMembers(Self.organisations).members
    }

    /// One question put to the decision.
    private struct Question: CustomStringConvertible {
        var terms: ReleaseTerms
        var peer: String
        var node: String

        var description: String {
            let list = self.terms.releasability.joined(separator: ",")
            return
                "\(self.terms.originator) → [\(list)], orcon \(self.terms.isOriginatorControlled), "
                + "understood \(self.terms.isUnderstood), asked by \(self.peer) at \(self.node)"
        }
    }

    /// Every originator, list, flag, peer and node.
    private static let questions: [Question] = {
        let named = Self.organisations + [Self.stranger]
        var questions: [Question] = []
        for originator in Self.organisations {
            for subset in 0..<(1 << named.count) {
                let list = named.indices.filter { subset >> $0 & 1 == 1 }.map { named[$0] }
                for flags in 0..<4 {
                    let terms = ReleaseTerms(
                        originator: originator, releasability: list,
                        isOriginatorControlled: flags & 1 == 1, isUnderstood: flags & 2 == 2)
                    for peer in named {
                        questions += Self.organisations.map {
                            Question(terms: terms, peer: peer, node: $0)
                        }
                    }
                }
            }
        }
        return questions
    }()

    /// The answer for a finding that was asserted and has no other version.
    private func decide(_ question: Question) -> ReleaseDecision {
        let version = FindingState.Version(1, .assert, question.terms)
        return ReleaseDecision.decide(
            on: version, in: FindingState([version]), about: .itself, to: question.peer,
            from: question.node, members: self.members)
    }

    /// A row of the table: what an originator kr says of its record, who asks where, the answer.
    private struct Row {
        var list: [String] = []
        var orcon = false
        var isUnderstood = true
        var peer: String
        var node = "kr"
        var answer: ReleaseDecision
    }

    @Test("each case has its answer and its reason")
    func table() {
        let rows = [
            Row(peer: "kr", answer: .released),
            Row(peer: "us", answer: .withheld(.notReleasable)),
            Row(peer: "xx", answer: .withheld(.notMember)),
            Row(list: ["us"], peer: "us", answer: .released),
            Row(list: ["us"], peer: "jp", answer: .withheld(.notReleasable)),
            Row(list: ["us"], peer: "us", node: "jp", answer: .released),
            Row(list: ["xx"], peer: "xx", answer: .withheld(.notMember)),
            Row(list: ["us"], orcon: true, peer: "us", answer: .released),
            Row(
                list: ["us"], orcon: true, peer: "us", node: "us",
                answer: .withheld(.originatorControlled)),
            Row(
                list: ["us"], orcon: true, peer: "us", node: "jp",
                answer: .withheld(.originatorControlled)),
            Row(list: ["us"], orcon: true, peer: "kr", node: "jp", answer: .released),
            Row(
                list: ["us"], isUnderstood: false, peer: "us", answer: .withheld(.notUnderstood)),
            Row(list: ["us"], isUnderstood: false, peer: "kr", answer: .released),
            Row(
                orcon: true, isUnderstood: false, peer: "us", node: "us",
                answer: .withheld(.notUnderstood)),
        ]
        for row in rows {
            let question = Question(
                terms: ReleaseTerms(
                    originator: "kr", releasability: row.list, isOriginatorControlled: row.orcon,
                    isUnderstood: row.isUnderstood), peer: row.peer, node: row.node)
            #expect(self.decide(question) == row.answer, "\(question)")
        }
    }

    @Test("what a record says alone decides as it does for a finding of one version")
    func alone() {
        for question in Self.questions {
            let alone = ReleaseDecision.decide(
                on: question.terms, to: question.peer, from: question.node, members: self.members)
            #expect(alone == self.decide(question), "\(question)")
        }
    }

    @Test("an empty list is nobody but the originator")
    func emptyList() {
        for question in Self.questions where question.terms.releasability.isEmpty {
            let isReleased = self.decide(question) == .released
            #expect(isReleased == (question.peer == question.terms.originator), "\(question)")
        }
    }

    @Test("whoever is not named and not the originator gets nothing, whatever the rest says")
    func notNamed() {
        for question in Self.questions
        where question.peer != question.terms.originator
            && !question.terms.releasability.contains(question.peer)
        {
            #expect(self.decide(question) != .released, "\(question)")
        }
    }

    @Test("who does not take part gets nothing, also when named")
    func strangers() {
        for question in Self.questions where question.peer == Self.stranger {
            #expect(self.decide(question) == .withheld(.notMember), "\(question)")
        }
    }

    @Test("the originator gets its own record from every node")
    func originators() {
        for question in Self.questions where question.peer == question.terms.originator {
            #expect(self.decide(question) == .released, "\(question)")
        }
    }

    @Test("what is not understood is released to nobody but the originator")
    func notUnderstood() {
        for question in Self.questions
        where !question.terms.isUnderstood && question.peer != question.terms.originator {
            #expect(self.decide(question) != .released, "\(question)")
        }
    }

    @Test("under ORCON nobody but the originator gets the record from another's node")
    func originatorControlled() {
        for question in Self.questions
        where question.terms.isOriginatorControlled && question.node != question.terms.originator
            && question.peer != question.terms.originator
        {
            #expect(self.decide(question) != .released, "\(question)")
        }
    }

    @Test("who is named gets the record, if nothing stands against it")
    func named() {
        for question in Self.questions
        where question.terms.isUnderstood && question.peer != Self.stranger
            && question.terms.releasability.contains(question.peer)
            && (!question.terms.isOriginatorControlled
                || question.node == question.terms.originator)
        {
            #expect(self.decide(question) == .released, "\(question)")
        }
    }

    @Test("the originator is told that nobody gets its record exactly when nobody does")
    func withheldFromAll() {
        for question in Self.questions
        where question.node == question.terms.originator
            && !question.terms.releasability.contains(Self.stranger)
        {
            let others = Self.organisations.filter { $0 != question.terms.originator }
            let isReleased = others.contains { peer in
                var asked = question
                asked.peer = peer
                return self.decide(asked) == .released
            }
            #expect((question.terms.withheldFromAll == nil) == isReleased, "\(question)")
        }
    }
}
