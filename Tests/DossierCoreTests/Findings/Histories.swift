import DossierCore
import DossierCrypto

/// Findings of up to four versions: what they do, and whom they name.
enum Histories {
    typealias Version = FindingState.Version

    static let organisations = ["us", "jp"]
    /// Every subset of the organisations.
    static let lists: [[String]] = [[], ["us"], ["jp"], ["us", "jp"]]
    /// What a finding begins with, and what may follow.
    static let first: [Operation] = [.assert, .annotate]
    static let later: [Operation] = [.amend, .restrict, .withdraw]

    /// Every history of a length that begins with an operation, with every choice of lists.
    ///
    /// Of the longest that begin an annotation, with and without one organisation: what a finding
    /// begins with changes nothing about whom its versions name.
    /// Some are against the rules: something follows a withdrawal. A node that lies may hand them
    /// out, so what is made of them must not depend on their order either.
    static func all(
        of length: Int, from first: Operation, lists: [[String]]? = nil
    ) -> [[Version]] {
        let isLongest = length == 4 && first == .annotate
        let lists = lists ?? (isLongest ? Array(Self.lists.prefix(2)) : Self.lists)
        var histories: [[Version]] = [[]]
        for number in 1...length {
            var versions: [Version] = []
            for operation in number == 1 ? [first] : Self.later {
                versions += lists.map { Version(UInt32(number), operation, $0) }
            }
            histories = histories.flatMap { history in versions.map { history + [$0] } }
        }
        return histories
    }

    /// Every part of a history, the empty one too, in order.
    static func parts(of history: [Version]) -> [[Version]] {
        (0..<(1 << history.count)).map { subset in
            history.indices.filter { subset >> $0 & 1 == 1 }.map { history[$0] }
        }
    }

    /// A history in words, for what a test reports.
    static func text(_ versions: [Version]) -> String {
        versions.map { version in
            let list = version.terms.releasability.joined(separator: ",")
            return "\(version.number): \(version.operation.rawValue) [\(list)]"
        }.joined(separator: "; ")
    }
}

/// What `record.proto` says of the life of a finding, of the versions that are held.
struct LifeOracle {
    var held: [FindingState.Version]

    /// "A record is released to each organisation that its releasability names and every restriction
    /// at or after it names too; and a restriction or withdrawal also to everybody whom any version
    /// before it named."
    func named(_ version: FindingState.Version) -> Set<String> {
        var organisations = Set(version.terms.releasability)
        for other in self.held where other.operation == .restrict {
            if other.number >= version.number {
                organisations.formIntersection(other.terms.releasability)
            }
        }
        if [.restrict, .withdraw].contains(version.operation) {
            for other in self.held where other.number < version.number {
                organisations.formUnion(other.terms.releasability)
            }
        }
        return organisations
    }

    /// Whether a version has content.
    static func hasContent(_ version: FindingState.Version) -> Bool {
        version.operation != .restrict && version.operation != .withdraw
    }

    private var isWithdrawn: Bool { self.held.map(\.operation).contains(.withdraw) }

    /// "Amend replaces the version before it in default answers." "All versions leave default
    /// answers" with a withdrawal.
    func standing(_ version: FindingState.Version) -> FindingStanding {
        guard Self.hasContent(version) else { return .notice }
        guard !self.isWithdrawn else { return .withdrawn }
        let newest = self.held.filter(Self.hasContent).map(\.number).max()
        return newest == version.number ? .current : .superseded
    }

    /// `FindingSelector`: "the newest version with content that is released to the peer, or of a
    /// finding that was withdrawn, or restricted so that nothing else is left, the record that says
    /// so."
    func answer(among given: [FindingState.Version]) -> FindingState.Version? {
        if self.isWithdrawn {
            return given.filter { $0.operation == .withdraw }.max { $0.number < $1.number }
        }
        let contents = given.filter(Self.hasContent)
        let notices = given.filter { !Self.hasContent($0) }
        return [contents, notices].first { !$0.isEmpty }?.max { $0.number < $1.number }
    }
}

extension FindingState {
    /// The state after versions that came in this order.
    init(_ versions: [Version]) {
        self.init()
        for version in versions { self.take(version) }
    }
}

extension FindingState.Version {
    /// The originator of histories.
    static let originator = "kr"
    /// What every version that is no assertion refers to.
    static let target = [UInt8](repeating: 9, count: 32)

    init(_ number: UInt32, _ operation: Operation, _ terms: ReleaseTerms) {
        self.init(
            number: number, recordID: SHA256.digest(of: [UInt8(truncatingIfNeeded: number)]),
            operation: operation, terms: terms,
            targetRecordID: operation == .assert ? [] : Self.target)
    }

    init(
        _ number: UInt32, _ operation: Operation, _ list: [String],
        by originator: String = Self.originator
    ) {
        self.init(
            number, operation,
            ReleaseTerms(
                originator: originator, releasability: list, isOriginatorControlled: false,
                isUnderstood: true))
    }
}
