import DossierCore
import DossierCrypto
import MerkleLog

/// Opens the log's tree and holds it against what was signed before.
///
/// Two checkpoints are known: the one beside the log, and the one that is kept outside of the
/// directory, the guard. The log must go on from both. If it does not, somebody may hold a receipt
/// for leaves that are gone or different: then nothing is signed any more, and only a new log
/// (`dossier log recover`) goes on. A snapshot of the whole machine takes the guard along, and can
/// only be noticed by those who have seen a newer checkpoint: clients and peers.
struct TreeOpening {
    /// How the tree was opened.
    enum Outcome {
        /// It grows with the log.
        case open(LogTree)
        /// Nothing is signed any more, and why; what was published and still checks is served.
        case refused(StoreError, PublishedTree?)
    }

    private let log: SegmentLog
    private var parts: TreeParts
    private let size: UInt64

    private init(_ log: SegmentLog, _ parts: TreeParts) {
        self.log = log
        self.parts = parts
        self.size = log.size
    }

    /// Opens the tree of a log that was brought into order, or is damaged.
    static func run(
        _ log: SegmentLog, _ configuration: StoreConfiguration, _ policy: CheckpointPolicy,
        readers: ThreadExecutor
    ) async throws(StoreError) -> Outcome {
        let parts: TreeParts
        do throws(FileError) {
            parts = try TreeParts(configuration, policy, readers: readers)
        } catch {
            throw StoreError(error)
        }
        var opening = TreeOpening(log, parts)
        if let refusal = await log.standingRefusal { return opening.refused(refusal) }
        do throws(StoreError) {
            return .open(try await opening.open())
        } catch  where error.code == .rolledBack || error.code == .corrupted {
            return opening.refused(error)
        }
    }

    private mutating func open() async throws(StoreError) -> LogTree {
        let checkpoints = try self.checkpoints()
        let restoring = HashRestoring(log: self.log, hashFile: self.parts.hashFile)
        try await restoring.restore(durable: self.parts.hashMarker.position.size)
        if !self.fits(checkpoints) {
            // Perhaps the hashes are damaged, perhaps the log is another: the log's frames tell.
            try await restoring.write(from: 0)
        }
        for checkpoint in checkpoints { try self.check(checkpoint) }
        let newest: SignedCheckpoint
        if let last = checkpoints.last { newest = last } else { newest = try self.first() }
        var tree = LogTree(
            self.parts, edge: try self.parts.hashFile.edge(ofSize: self.size), checkpoint: newest)
        // What was durable but not signed yet when the process ended.
        _ = try tree.publish()
        do throws(FileError) { try tree.synchronize() } catch { throw StoreError(error) }
        return tree
    }

    // MARK: - Checkpoints

    /// The checkpoints that the log must go on from, the newest last; none for a log that begins.
    ///
    /// The guard decides. What is kept beside the log is older or the same: one that does not check
    /// any more, or is missing, takes nothing from what the guard says.
    private func checkpoints() throws(StoreError) -> [SignedCheckpoint] {
        let beside = self.parts.own.checkpoint
        switch self.parts.guardian.content {
        case .checkpoint(let guarded):
            return [beside, guarded].compactMap { $0 }.sorted { $0.head.size < $1.head.size }
        case .damaged(let error):
            throw StoreError(
                .rolledBack, "no checkpoint of the guard verifies: \(error.message)", cause: error)
        case .nothing:
            guard max(self.size, beside?.head.size ?? 0) == 0 else {
                throw StoreError(
                    .rolledBack,
                    "the guard has no checkpoint of a log that is not empty: put the guard "
                        + "directory back that belongs to the log, or open a new log with "
                        + "`dossier log recover`")
            }
            return []
        }
    }

    private func fits(_ checkpoints: [SignedCheckpoint]) -> Bool {
        checkpoints.allSatisfy { checkpoint in
            checkpoint.head.size > self.size
                || (try? self.parts.hashFile.edge(ofSize: checkpoint.head.size))?.head
                    == checkpoint.head
        }
    }

    private func check(_ checkpoint: SignedCheckpoint) throws(StoreError) {
        guard checkpoint.head.size <= self.size else {
            throw StoreError(
                .rolledBack,
                "the log has \(self.size) leaves, but \(checkpoint.head.size) were signed: the data "
                    + "are older than what others hold receipts for. Put the newest data back, or "
                    + "open a new log with `dossier log recover`")
        }
        guard try self.parts.hashFile.edge(ofSize: checkpoint.head.size).head == checkpoint.head
        else {
            throw StoreError(
                .rolledBack,
                "the first \(checkpoint.head.size) leaves of the log are not those that were signed"
            )
        }
    }

    /// Signs the checkpoint of the empty log, before anything can be submitted.
    private mutating func first() throws(StoreError) -> SignedCheckpoint {
        do {
            let checkpoint = try self.parts.signer.sign(TreeHead.empty)
            try self.parts.guardian.write(checkpoint)
            try self.parts.guardian.synchronize()
            try self.parts.own.write(checkpoint)
            try self.parts.own.synchronize()
            return checkpoint
        } catch let error as FileError {
            throw StoreError(error)
        } catch {
            throw StoreError(.storageFailed, "the checkpoint could not be signed", cause: error)
        }
    }

    // MARK: - Refusal

    /// Serves what was published beside the log, if the hashes still lead to it.
    private func refused(_ refusal: StoreError) -> Outcome {
        guard let checkpoint = self.parts.own.checkpoint,
            let edge = try? self.parts.hashFile.edge(ofSize: checkpoint.head.size),
            edge.head == checkpoint.head, checkpoint.head.size <= self.size
        else { return .refused(refusal, nil) }
        return .refused(
            refusal, self.parts.published(by: checkpoint, HashReader(self.parts.hashFile)))
    }
}
