import DossierCore
import DossierCrypto
import Testing

@Suite("To whom the versions of a finding are released")
struct FindingReleaseTests {
    private typealias Version = FindingState.Version

    /// The organisations that a held version is released to.
    private func named(_ version: Version, in state: FindingState) -> Set<String> {
        Set(Histories.organisations.filter { state.isNamed($0, for: version) })
    }

    @Test(
        "each version is released as the rules say, whatever is missing",
        arguments: Histories.first, 1...4)
    func oracle(first: Operation, length: Int) {
        var faults: [String] = []
        for history in Histories.all(of: length, from: first) {
            for part in Histories.parts(of: history) {
                let state = FindingState(part)
                let oracle = LifeOracle(held: part)
                for version in part where self.named(version, in: state) != oracle.named(version) {
                    faults.append("\(Histories.text(part)), version \(version.number)")
                }
            }
        }
        #expect(faults.prefix(5) == [])
    }

    @Test("another record under the number of one that is held is released to nobody")
    func otherRecord() {
        let version = Version(2, .amend, ["us", "jp"])
        var other = Version(2, .amend, ["us"])
        other.recordID = SHA256.digest(of: [0xFF])
        var state = FindingState([Version(1, .assert, ["us", "jp"]), version])
        state.take(other)
        #expect(state.holds(version) && !state.holds(other))
        #expect(self.named(version, in: state) == ["us", "jp"])
        #expect(self.named(other, in: state) == [])
        #expect(state.versions.map(\.recordID).last == version.recordID)
    }

    @Test(
        "nothing that arrives releases content of other versions to anybody new",
        arguments: Histories.first, 1...4)
    func monotonic(first: Operation, length: Int) {
        var faults: [String] = []
        for history in Histories.all(of: length, from: first) {
            for part in Histories.parts(of: history) {
                let before = FindingState(part)
                for arriving in history where !part.contains(arriving) {
                    var after = before
                    after.take(arriving)
                    for version in part {
                        // A notice also goes to whom an earlier version named, which may come late.
                        let isExempt =
                            !LifeOracle.hasContent(version) && arriving.number < version.number
                        let isWider = !self.named(version, in: after)
                            .isSubset(of: self.named(version, in: before))
                        if isWider && !isExempt {
                            faults.append(
                                "\(Histories.text(part)), then \(Histories.text([arriving])), "
                                    + "version \(version.number)")
                        }
                    }
                }
            }
        }
        #expect(faults.prefix(5) == [])
    }

    @Test(
        "only a version with content, and only to whom it names, releases content to somebody new",
        arguments: Histories.first, 1...4)
    func onlyAmendments(first: Operation, length: Int) {
        var faults: [String] = []
        for history in Histories.all(of: length, from: first) {
            for part in Histories.parts(of: history) {
                let before = self.readers(of: part)
                for arriving in history where !part.contains(arriving) {
                    let new = self.readers(of: part + [arriving]).subtracting(before)
                    let allowed =
                        LifeOracle.hasContent(arriving) ? arriving.terms.releasability : []
                    if !new.isSubset(of: allowed) {
                        faults.append(
                            "\(Histories.text(part)), then \(Histories.text([arriving]))")
                    }
                }
            }
        }
        #expect(faults.prefix(5) == [])
    }

    /// Who reads any content of a finding.
    private func readers(of versions: [Version]) -> Set<String> {
        let state = FindingState(versions)
        return versions.filter(LifeOracle.hasContent)
            .reduce(into: []) { $0.formUnion(self.named($1, in: state)) }
    }

    @Test(
        "whoever was named before gets the notices, and whom they remove gets nothing else",
        arguments: Histories.first, 1...4)
    func notices(first: Operation, length: Int) {
        var faults: [String] = []
        for history in Histories.all(of: length, from: first) {
            for part in Histories.parts(of: history) {
                let state = FindingState(part)
                for notice in part where notice.operation.isNotice {
                    let readers = self.named(notice, in: state)
                    for earlier in part where earlier.number < notice.number {
                        let isTold = readers.isSuperset(of: earlier.terms.releasability)
                        let isRemoved =
                            notice.operation == .withdraw || earlier.operation.isNotice
                            || self.named(earlier, in: state)
                                .isSubset(of: notice.terms.releasability)
                        if !isTold || !isRemoved {
                            faults.append("\(Histories.text(part)), notice \(notice.number)")
                        }
                    }
                }
            }
        }
        #expect(faults.prefix(5) == [])
    }

    /// A finding, and who reads each of its versions.
    private struct Row: CustomTestStringConvertible {
        var testDescription: String
        var versions: [Version]
        var readers: [Set<String>]

        init(_ description: String, _ versions: [Version], _ readers: [Set<String>]) {
            self.testDescription = description
            self.versions = versions
            self.readers = readers
        }
    }

    private static let rows = [
        Row("asserted", [Version(1, .assert, ["us"])], [["us"]]),
        Row(
            "a narrower amendment leaves the version before as it was",
            [Version(1, .assert, ["us", "jp"]), Version(2, .amend, ["us"])],
            [["us", "jp"], ["us"]]),
        Row(
            "a wider amendment releases itself alone",
            [Version(1, .assert, ["us"]), Version(2, .amend, ["us", "jp"])],
            [["us"], ["us", "jp"]]),
        Row(
            "a restriction acts on all before it and tells whom it removes",
            [
                Version(1, .assert, ["us", "jp"]), Version(2, .amend, ["jp"]),
                Version(3, .restrict, ["us"]),
            ], [["us"], [], ["us", "jp"]]),
        Row(
            "a restriction releases nothing to whom it names anew, but itself",
            [Version(1, .assert, ["us"]), Version(2, .restrict, ["us", "jp"])],
            [["us"], ["us", "jp"]]),
        Row(
            "an amendment after a restriction is free of it",
            [
                Version(1, .assert, ["us", "jp"]), Version(2, .restrict, ["us"]),
                Version(3, .amend, ["us", "jp"]),
            ], [["us"], ["us", "jp"], ["us", "jp"]]),
        Row(
            "a restriction acts before its predecessors are held",
            [Version(1, .assert, ["us", "jp"]), Version(4, .restrict, [])],
            [[], ["us", "jp"]]),
        Row(
            "a later restriction takes a notice from whom only that notice had named",
            [
                Version(1, .assert, ["us"]), Version(2, .restrict, ["us", "jp"]),
                Version(3, .restrict, ["us"]),
            ], [["us"], ["us"], ["us", "jp"]]),
        Row(
            "a withdrawal that names nobody is told to all who had a version",
            [
                Version(1, .assert, ["us"]), Version(2, .amend, ["jp"]),
                Version(3, .withdraw, []),
            ], [["us"], ["jp"], ["us", "jp"]]),
    ]

    @Test("each case has its readers", arguments: Self.rows)
    private func table(_ row: Row) {
        let state = FindingState(row.versions)
        #expect(row.versions.map { self.named($0, in: state) } == row.readers)
    }

    @Test("who is named by nobody is not named")
    func strangers() {
        for history in Histories.all(of: 3, from: .assert) {
            let state = FindingState(history)
            #expect(!history.contains { state.isNamed("xx", for: $0) })
            #expect(!history.contains { state.isNamed("", for: $0) })
        }
    }
}
