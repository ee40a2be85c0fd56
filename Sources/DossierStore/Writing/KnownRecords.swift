import DossierCore
import DossierCrypto

/// Which records and finding versions the log holds, as far as the writer can say by itself.
///
/// What the catalog may not have yet is in dictionaries; everything is in a Bloom filter. So a new
/// record is known to be new without a look-up, and only one that may be known is looked for in
/// the catalog, off the writer; its answer, complete up to a size of the log, comes back here.
struct KnownRecords {
    /// What the log would do with a submission.
    enum Admission {
        /// It holds all records, or would append those at `appended`, ascending.
        case admitted(leafIndexes: [UInt64], appended: [Int])
        /// Another record stands under the version of one of them.
        case conflict(StoreError.Conflict)
        /// One of them does not follow the version before it.
        case outOfOrder(StoreError.Disorder)
        /// The catalog has to say whether it has the records at these positions.
        case unsure([Int])
    }

    /// What has been appended since some size of the log, and may be in the catalog or not.
    private struct Generation {
        var start: UInt64
        var leafIndexes: [Digest: UInt64] = [:]
        var versions: [Digest: StandingVersion] = [:]
    }

    // About as many records as the catalog takes in at once.
    private static let generationRecords: UInt64 = 20_000

    /// Everything, of which the filter may hold more than is in the log.
    private(set) var filter: BloomFilter
    // In order of the log; the last takes what is new.
    private var generations: [Generation]

    /// Begins at a size of the log. What lies below and is not in `filter` must be noted with
    /// `noteCataloged`.
    init(logSize: UInt64, filter: BloomFilter = BloomFilter()) {
        self.generations = [Generation(start: logSize)]
        self.filter = filter
    }

    /// Notes a record that is in the catalog.
    mutating func noteCataloged(recordID: Digest, version: Digest) {
        self.filter.insert(recordID)
        self.filter.insert(version)
    }

    /// Forgets the details of what is in the catalog by now, and begins a new generation if the
    /// last is large.
    mutating func advance(logSize: UInt64, catalogSize: UInt64) {
        if logSize - (self.generations.last?.start ?? 0) >= Self.generationRecords {
            self.generations.append(Generation(start: logSize))
        }
        while self.generations.count > 1, self.generations[1].start <= catalogSize {
            self.generations.removeFirst()
        }
    }

    /// Decides on a submission whose new records would begin at a leaf index, and notes them.
    ///
    /// If the log then fails to append them they have to be forgotten with `forget`.
    mutating func admit(
        _ submission: PreparedSubmission, at firstIndex: UInt64, _ answers: CatalogAnswers
    ) -> Admission {
        let verdicts = (0..<submission.count).map { self.verdict(on: $0, of: submission, answers) }
        guard !verdicts.contains(.unsure) else {
            // All are asked for again, since an answer is good only as of its time.
            return .unsure(verdicts.indices.filter { verdicts[$0].restsOnCatalog })
        }
        var leafIndexes: [UInt64] = []
        leafIndexes.reserveCapacity(submission.count)
        var appended: [Int] = []
        for (position, verdict) in verdicts.enumerated() {
            let next = firstIndex + UInt64(appended.count)
            switch self.note(position, of: submission, verdict, at: next) {
            case .known(let leafIndex, _): leafIndexes.append(leafIndex)
            case .new:
                leafIndexes.append(next)
                appended.append(position)
            case .conflict(let standing):
                self.forget(appended, of: submission)
                return .conflict(.init(position: position, standing: standing))
            case .outOfOrder(let disorder):
                self.forget(appended, of: submission)
                return .outOfOrder(disorder)
            case .unsure, .absent: preconditionFailure("a verdict is settled before it is noted")
            }
        }
        return .admitted(leafIndexes: leafIndexes, appended: appended)
    }

    /// Takes back what `admit` noted. The filter keeps it, which costs a look-up at most.
    mutating func forget(_ appended: [Int], of submission: PreparedSubmission) {
        let last = self.generations.count - 1
        for position in appended {
            self.generations[last].leafIndexes[submission.submission.leafHashes[position]] = nil
            self.generations[last].versions[submission.versionDigests[position]] = nil
        }
    }

    private enum Verdict: Equatable {
        case known(UInt64, byCatalog: Bool)
        case conflict(Digest)
        case outOfOrder(StoreError.Disorder)
        case new
        // As new, by the catalog's word.
        case absent
        case unsure

        var restsOnCatalog: Bool {
            switch self {
            case .known(_, let byCatalog): byCatalog
            case .absent, .unsure: true
            case .new, .conflict, .outOfOrder: false
            }
        }
    }

    private func verdict(
        on position: Int, of submission: PreparedSubmission, _ answers: CatalogAnswers
    ) -> Verdict {
        let verdict = self.verdictOnRecord(at: position, of: submission, answers)
        guard verdict == .new || verdict == .absent,
            let predecessor = submission.predecessors[position]
        else { return verdict }
        if let before = predecessor.positionInBatch {
            // It is in the log by the time this one is, or neither is.
            let standing = submission.standing(at: before)
            return submission.disorder(of: position, after: standing).map { .outOfOrder($0) }
                ?? verdict
        }
        guard self.filter.mayContain(predecessor.digest) else {
            return .outOfOrder(submission.disorder(of: position, .missing))
        }
        if let standing = self.standing(predecessor.digest) {
            return submission.disorder(of: position, after: standing).map { .outOfOrder($0) }
                ?? verdict
        }
        switch answers.predecessors[position] {
        case .some(.some(let standing)):
            return submission.disorder(of: position, after: standing).map { .outOfOrder($0) }
                ?? .absent
        case .some(.none) where self.isComplete(answers):
            return .outOfOrder(submission.disorder(of: position, .missing))
        case .some(.none), .none: return .unsure
        }
    }

    /// What stands under a version, as far as the generations tell.
    private func standing(_ version: Digest) -> StandingVersion? {
        for generation in self.generations {
            if let standing = generation.versions[version] { return standing }
        }
        return nil
    }

    /// That something is absent is good only if the generations go on where the answer ended.
    private func isComplete(_ answers: CatalogAnswers) -> Bool {
        answers.size >= (self.generations.first?.start ?? 0)
    }

    private func verdictOnRecord(
        at position: Int, of submission: PreparedSubmission, _ answers: CatalogAnswers
    ) -> Verdict {
        let recordID = submission.submission.leafHashes[position]
        let version = submission.versionDigests[position]
        guard self.filter.mayContain(recordID) || self.filter.mayContain(version) else {
            return .new
        }
        for generation in self.generations {
            if let leafIndex = generation.leafIndexes[recordID] {
                return .known(leafIndex, byCatalog: false)
            }
            if let standing = generation.versions[version] {
                return .conflict(standing.recordID)
            }
        }
        // What stands stays.
        switch answers.byPosition[position] {
        case .standing(let leafIndex): return .known(leafIndex, byCatalog: true)
        case .conflict(let standing): return .conflict(standing)
        case .absent where self.isComplete(answers): return .absent
        case .absent, nil: return .unsure
        }
    }

    /// Notes a record that is new, unless an earlier one of its batch stands in its way.
    private mutating func note(
        _ position: Int, of submission: PreparedSubmission, _ verdict: Verdict, at index: UInt64
    ) -> Verdict {
        guard verdict == .new || verdict == .absent else { return verdict }
        let recordID = submission.submission.leafHashes[position]
        let version = submission.versionDigests[position]
        let last = self.generations.count - 1
        if let leafIndex = self.generations[last].leafIndexes[recordID] {
            return .known(leafIndex, byCatalog: false)
        }
        if let standing = self.generations[last].versions[version] {
            return .conflict(standing.recordID)
        }
        self.generations[last].versions[version] = submission.standing(at: position)
        self.generations[last].leafIndexes[recordID] = index
        self.filter.insert(recordID)
        self.filter.insert(version)
        return .new
    }
}

extension PreparedSubmission {
    /// A record as it stands under its version.
    fileprivate func standing(at position: Int) -> StandingVersion {
        StandingVersion(
            recordID: self.submission.leafHashes[position],
            isWithdrawal: self.submission.facts[position].operation == .withdraw)
    }

    /// Why a record does not follow what stands under the version before it; nil if it does.
    fileprivate func disorder(
        of position: Int, after standing: StandingVersion
    ) -> StoreError.Disorder? {
        if standing.isWithdrawal { return self.disorder(of: position, .withdrawn) }
        let target = self.submission.facts[position].targetRecordID
        guard !standing.recordID.withUnsafeBytes({ $0.elementsEqual(target) }) else { return nil }
        return self.disorder(of: position, .otherTarget(standing.recordID))
    }

    fileprivate func disorder(
        of position: Int, _ reason: StoreError.Disorder.Reason
    ) -> StoreError.Disorder {
        StoreError.Disorder(
            position: position, version: self.versions[position].version,
            reference: self.versions[position].reference, reason: reason)
    }
}

/// What the catalog said of records of a submission.
struct CatalogAnswers: Sendable {
    /// What it said of one record.
    enum Answer: Hashable, Sendable {
        /// The log holds it.
        case standing(UInt64)
        /// The log holds another under its version.
        case conflict(Digest)
        /// The log holds neither.
        case absent
    }

    /// Size of the log up to which the answers are complete.
    var size: UInt64
    /// The answers, by position in the batch.
    var byPosition: [Int: Answer]
    /// What stands under the version before a record's, by position in the batch; nil for nothing.
    var predecessors: [Int: StandingVersion?] = [:]

    /// Nothing was asked.
    static let none = CatalogAnswers(size: 0, byPosition: [:])
}
