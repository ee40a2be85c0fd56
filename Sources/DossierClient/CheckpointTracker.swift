import DossierAPI
import DossierCore
import MerkleLog
import Synchronization

/// Two checkpoints of one log that cannot both be true, each signed by its key: evidence.
public struct CheckpointConflict: Error {
    /// The one that was known, a signed note.
    public let known: [UInt8]
    /// The one that came, a signed note.
    public let shown: [UInt8]

    /// Two checkpoints.
    public init(known: [UInt8], shown: [UInt8]) {
        self.known = known
        self.shown = shown
    }
}

/// The checkpoints that a client has seen of a log. They must be one history.
///
/// Every answer proves that its checkpoint goes on from the one that was known when it was asked
/// for. Answers that cross each other go on from the same one, but not necessarily from each other:
/// such pairs are noted, and proven before anybody builds on the newest.
final class CheckpointTracker: Sendable {
    /// Two checkpoints of which nobody has shown yet that the larger goes on from the smaller.
    struct Pair: Sendable {
        var smaller: SignedCheckpoint
        var larger: SignedCheckpoint
    }

    /// More pairs than this are proven before the next call.
    static let maximumPairs = 64
    // Of so many the signatures are remembered; more than are ever under way.
    private static let maximumSeen = 1_024

    private struct State {
        var newest: SignedCheckpoint?
        // Verified ones by their bytes: each is verified once.
        var seen: [[UInt8]: SignedCheckpoint] = [:]
        var pairs: [Pair] = []

        /// A checkpoint that was seen of another tree with as many leaves.
        func otherTree(than checkpoint: SignedCheckpoint) -> SignedCheckpoint? {
            func isOther(_ seen: SignedCheckpoint) -> Bool {
                seen.head.size == checkpoint.head.size && seen.head != checkpoint.head
            }
            if let newest = self.newest, isOther(newest) { return newest }
            return self.seen.values.first { isOther($0) }
        }
    }

    /// The log.
    let log: LogIdentity
    /// Whether the node that answers mirrors the log, and may be behind what was seen of it.
    let isMirrored: Bool
    private let state: Mutex<State>

    /// Tracks a log of which a checkpoint was seen before, or none.
    init(of log: LogIdentity, isMirrored: Bool, known: SignedCheckpoint?) {
        self.log = log
        self.isMirrored = isMirrored
        self.state = Mutex(State(newest: known))
    }

    /// The newest checkpoint.
    var newest: SignedCheckpoint? { self.state.withLock { $0.newest } }

    /// Whether so many pairs wait that they should be proven now.
    var isFull: Bool { self.state.withLock { $0.pairs.count >= Self.maximumPairs } }

    /// The newest checkpoint, if it is proven to go on from all that were seen before.
    var proven: SignedCheckpoint? {
        self.state.withLock { $0.pairs.isEmpty ? $0.newest : nil }
    }

    /// Takes the pairs that wait to be proven.
    func takePairs() -> [Pair] {
        self.state.withLock { state in
            defer { state.pairs = [] }
            return state.pairs
        }
    }

    /// Puts back pairs that could not be proven: they still have to be.
    func putBack(_ pairs: [Pair]) {
        self.state.withLock { $0.pairs += pairs }
    }

    /// Verifies the checkpoint of an answer to a call that was made knowing another.
    ///
    /// Throws what ``LogIdentity/verify(checkpoint:)`` throws, `olderCheckpoint` unless the log is
    /// mirrored, `splitView`, or `wrongProof`.
    func accept(
        _ proven: ProvenCheckpoint, knowing known: SignedCheckpoint?
    ) throws(VerificationError) -> SignedCheckpoint {
        if let seen = self.state.withLock({ $0.seen[proven.checkpoint] }),
            self.isMirrored || seen.head.size >= known?.head.size ?? 0
        {
            return seen
        }
        let checkpoint = try self.log.verify(checkpoint: proven.checkpoint)
        // What a mirror that is behind shows is signed by the log's key, and it has no proof that
        // leads to the larger tree: nothing more can be asked of it, but that it shows no other tree
        // of that size. Nor does the call have to have said what was known of the log.
        if self.isMirrored, let seen = known ?? self.newest, checkpoint.head.size < seen.head.size {
            try self.remember(checkpoint)
            return checkpoint
        }
        if let known {
            try Self.verify(checkpoint, goesOnFrom: known, proven)
        }
        try self.note(checkpoint, knowing: known)
        return checkpoint
    }

    private static func verify(
        _ checkpoint: SignedCheckpoint, goesOnFrom known: SignedCheckpoint,
        _ proven: ProvenCheckpoint
    ) throws(VerificationError) {
        guard checkpoint.head.size >= known.head.size else {
            throw VerificationError(
                code: .olderCheckpoint,
                message: "the node shows a checkpoint of \(checkpoint.head.size) leaves, "
                    + "\(known.head.size) were seen before",
                cause: CheckpointConflict(known: known.bytes, shown: checkpoint.bytes))
        }
        do throws(VerificationError) {
            try Tree.verifyConsistency(
                from: known.head, to: checkpoint.head, proof: proven.consistencyProof)
        } catch {
            throw self.evidence(error, known, checkpoint)
        }
    }

    /// The same error, with both checkpoints.
    static func evidence(
        _ error: VerificationError, _ known: SignedCheckpoint, _ shown: SignedCheckpoint
    ) -> VerificationError {
        var error = error
        error.cause = CheckpointConflict(known: known.bytes, shown: shown.bytes)
        return error
    }

    /// Remembers that a checkpoint is verified, unless another tree of its size was seen.
    private func remember(_ checkpoint: SignedCheckpoint) throws(VerificationError) {
        let other = self.state.withLock { state -> SignedCheckpoint? in
            if let other = state.otherTree(than: checkpoint) { return other }
            if state.seen.count >= Self.maximumSeen { state.seen = [:] }
            state.seen[checkpoint.bytes] = checkpoint
            return nil
        }
        guard let other else { return }
        throw VerificationError(
            code: .splitView,
            message: "the node has shown two different trees of \(checkpoint.head.size) leaves",
            cause: CheckpointConflict(known: other.bytes, shown: checkpoint.bytes))
    }

    private func note(
        _ checkpoint: SignedCheckpoint, knowing known: SignedCheckpoint?
    ) throws(VerificationError) {
        try self.remember(checkpoint)
        self.state.withLock { state in
            guard let newest = state.newest else {
                state.newest = checkpoint
                return
            }
            if newest.head.size == checkpoint.head.size { return }
            let isNewer = checkpoint.head.size > newest.head.size
            if isNewer { state.newest = checkpoint }
            if newest.head != known?.head {
                state.pairs.append(
                    isNewer
                        ? Pair(smaller: newest, larger: checkpoint)
                        : Pair(smaller: checkpoint, larger: newest))
            }
        }
    }
}
