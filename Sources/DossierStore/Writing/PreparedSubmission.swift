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
    /// For each record what the catalog takes in.
    let entries: [CatalogEntry]
    /// The frame that appends all records.
    let wholeFrame: Frame

    /// Prepares a submission.
    init(_ submission: Submission) {
        self.submission = submission
        self.versions = submission.facts.map(FindingVersion.init)
        self.versionDigests = self.versions.map(\.digest)
        self.entries = zip(submission.leafHashes, submission.facts).map {
            CatalogEntry(recordID: $0, facts: $1)
        }
        self.wholeFrame = Frame(
            attestation: submission.attestation, leafHashes: submission.leafHashes,
            records: submission.records, appended: submission.records.indices)
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
            entries: isWhole ? self.entries : positions.map { self.entries[$0] })
    }
}
