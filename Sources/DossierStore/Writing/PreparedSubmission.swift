import DossierCore
import DossierCrypto

/// A submission with everything made that does not depend on where in the log it goes, so that the
/// writer has little left to do. Made on the caller's thread.
final class PreparedSubmission: Sendable {
    /// What was submitted.
    let submission: Submission
    /// For each record the version that it is.
    let versions: [FindingVersion]
    /// Their digests.
    let versionDigests: [Digest]
    /// For each record that is not a first version, the one before it.
    let predecessors: [Int: Predecessor]
    /// For each record what the catalog takes in.
    let entries: [CatalogEntry]
    /// The frame that appends all records.
    let wholeFrame: Frame

    /// The version that a record must follow.
    struct Predecessor: Hashable {
        /// The version.
        var version: FindingVersion
        /// Its digest.
        var digest: Digest
        /// Position of the earlier record of the batch that is that version; nil if none is.
        var positionInBatch: Int?
    }

    /// Prepares a submission.
    init(_ submission: Submission) {
        self.submission = submission
        self.versions = submission.facts.map(FindingVersion.init)
        self.versionDigests = self.versions.map(\.digest)
        self.entries = zip(submission.leafHashes, submission.facts).enumerated().map {
            CatalogEntry(recordID: $1.0, offset: $0, facts: $1.1)
        }
        self.predecessors = Self.predecessors(of: self.versions, self.versionDigests)
        self.wholeFrame = Frame(
            attestation: submission.attestation, leafHashes: submission.leafHashes,
            records: submission.records, appended: submission.records.indices)
    }

    private static func predecessors(
        of versions: [FindingVersion], _ digests: [Digest]
    ) -> [Int: Predecessor] {
        guard versions.contains(where: { $0.version > 1 }) else { return [:] }
        var predecessors: [Int: Predecessor] = [:]
        var before: [Digest: Int] = [:]
        for (position, version) in versions.enumerated() {
            defer { before[digests[position]] = position }
            guard version.version > 1 else { continue }
            var predecessor = version
            predecessor.version -= 1
            let digest = predecessor.digest
            predecessors[position] = Predecessor(
                version: predecessor, digest: digest, positionInBatch: before[digest])
        }
        return predecessors
    }

    /// The number of records.
    var count: Int { self.submission.records.count }

    /// The frame that appends the records at these positions, ascending.
    func frame(appending positions: [Int]) -> Frame {
        if positions.count == self.count { return self.wholeFrame }
        return Frame(
            attestation: self.submission.attestation, leafHashes: self.submission.leafHashes,
            records: self.submission.records, appended: positions)
    }

    /// What the catalog takes in of a frame that appended the records at these positions.
    func catalogFrame(appending positions: [Int], at location: FrameLocation) -> CatalogFrame {
        let isWhole = positions.count == self.count
        return CatalogFrame(
            location: location, batchRoot: self.submission.batchRoot, batchSize: self.count,
            entries: isWhole ? self.entries : self.entries(at: positions),
            lastLeaf: self.submission.leafHashes[positions[positions.count - 1]])
    }

    private func entries(at positions: [Int]) -> [CatalogEntry] {
        positions.enumerated().map { offset, position in
            var entry = self.entries[position]
            entry.offset = offset
            return entry
        }
    }
}
