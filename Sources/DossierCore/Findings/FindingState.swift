public import DossierCrypto

/// What all versions of a finding that are held say together: which of them default answers show,
/// and to whom each is released.
///
/// Versions may come in any order of arrival and more than once; what the state says depends on
/// which there are, never on when they came. Gaps are no error: a mirror holds the versions that
/// were released to it. A restriction or withdrawal acts on every version before it as soon as it
/// is held, whatever is missing between.
public struct FindingState: Hashable, Sendable {
    /// One version of the finding, as far as its life needs it.
    public struct Version: Hashable, Sendable {
        /// Number of the version, from 1.
        public var number: UInt32
        /// Its record id.
        public var recordID: Digest
        /// What it does.
        public var operation: Operation
        /// What its header says of its release.
        public var terms: ReleaseTerms
        /// The record that it refers to, 32 bytes; empty for an assertion.
        public var targetRecordID: [UInt8]

        /// A version.
        public init(
            number: UInt32, recordID: Digest, operation: Operation, terms: ReleaseTerms,
            targetRecordID: [UInt8]
        ) {
            self.number = number
            self.recordID = recordID
            self.operation = operation
            self.terms = terms
            self.targetRecordID = targetRecordID
        }
    }

    /// The versions that are held, ascending.
    public private(set) var versions: [Version] = []

    /// A finding of which nothing is held.
    public init() {}

    /// Takes a version in. One whose number is held already changes nothing. A log has no two records
    /// of one version unless its node broke the rules; then the first is the version, and the other
    /// is none, see ``holds(_:)``.
    public mutating func take(_ version: Version) {
        // They mostly come in order.
        guard self.versions.last.map({ $0.number >= version.number }) ?? false else {
            return self.versions.append(version)
        }
        let index = self.versions.firstIndex { $0.number >= version.number } ?? self.versions.count
        guard index == self.versions.count || self.versions[index].number != version.number else {
            return
        }
        self.versions.insert(version, at: index)
    }

    /// The version with a number; nil if it is not held.
    public func version(_ number: UInt32) -> Version? {
        self.index(of: number).map { self.versions[$0] }
    }

    /// Whether a version is held, and not another record under its number.
    public func holds(_ version: Version) -> Bool {
        self.version(version.number)?.recordID == version.recordID
    }

    /// Whether the finding was withdrawn. No version follows a withdrawal; one that claims to is
    /// not shown either.
    public var isWithdrawn: Bool { self.versions.contains { $0.operation == .withdraw } }

    /// The record that the finding is about, if it is about another's; nil if it is not, or if its
    /// first version is not held.
    public var subject: [UInt8]? {
        guard let first = self.version(1), first.operation.isAboutAnother else { return nil }
        return first.targetRecordID
    }

    /// Whether it is not known if the finding is about another's record: its first version is
    /// missing.
    public var isSubjectUnknown: Bool { self.version(1) == nil }

    /// What a version is within the finding.
    public func standing(of number: UInt32) -> FindingStanding {
        self.index(of: number).map { self.standings[$0] } ?? .superseded
    }

    /// What each version that is held is within the finding, in their order.
    public var standings: [FindingStanding] {
        let isWithdrawn = self.isWithdrawn
        let newest = self.versions.lastIndex { !$0.operation.isNotice }
        return self.versions.enumerated().map { index, version in
            if version.operation.isNotice { return .notice }
            if isWithdrawn { return .withdrawn }
            return index == newest ? .current : .superseded
        }
    }

    /// The finding as it is for somebody who may know of these versions only.
    public func keeping(_ numbers: Set<UInt32>) -> FindingState {
        var kept = FindingState()
        kept.versions = self.versions.filter { numbers.contains($0.number) }
        return kept
    }

    /// The version that answers a question for the finding as a whole: the current one; of a finding
    /// that was withdrawn, or of which only notices are there, the newest notice; nil for nothing.
    public var answer: Version? {
        let newestNotice = self.versions.last { $0.operation.isNotice }
        if self.isWithdrawn {
            return self.versions.last { $0.operation == .withdraw } ?? newestNotice
        }
        return self.versions.last { !$0.operation.isNotice } ?? newestNotice
    }

    /// Whether the originator's words release a version to an organisation.
    ///
    /// This is not yet the whole decision, see ``ReleaseDecision``.
    public func isNamed(_ organisation: String, for version: Version) -> Bool {
        guard self.holds(version), let index = self.index(of: version.number) else { return false }
        return self.isNamed(organisation)[index]
    }

    /// The same for each version that is held, in their order.
    func isNamed(_ organisation: String) -> [Bool] {
        let names = self.versions.map { $0.terms.releasability.contains(organisation) }
        var isNamed = names
        // A restriction counts for itself and all before it.
        var isRemoved = false
        for index in self.versions.indices.reversed() {
            isRemoved = isRemoved || self.versions[index].operation == .restrict && !names[index]
            isNamed[index] = names[index] && !isRemoved
        }
        // Whoever is removed must learn it.
        var wasNamed = false
        for index in self.versions.indices {
            if wasNamed, self.versions[index].operation.isNotice { isNamed[index] = true }
            wasNamed = wasNamed || names[index]
        }
        return isNamed
    }

    /// Where a version stands among those that are held.
    func index(of number: UInt32) -> Int? {
        var low = 0
        var high = self.versions.count
        while low < high {
            let middle = (low + high) / 2
            if self.versions[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < self.versions.count && self.versions[low].number == number ? low : nil
    }
}

/// What a record is within its finding.
public enum FindingStanding: Hashable, Sendable {
    /// What default answers show.
    case current
    /// A later version took its place.
    case superseded
    /// The finding was withdrawn.
    case withdrawn
    /// The record itself restricts or withdraws.
    case notice
}
