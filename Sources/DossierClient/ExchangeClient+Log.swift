import DossierAPI
import DossierCore
import DossierCrypto
import GRPCWire
public import MerkleLog

// MARK: - The log

extension ExchangeClient {
    /// Asks for the newest checkpoint of the node's own log and verifies it.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``, ``MerkleLog/VerificationError``.
    public func checkpoint() async throws -> SignedCheckpoint {
        let tracker = self.logs.own
        let known = tracker.newest
        let request = GetCheckpointRequest(
            knownSize: known?.head.size ?? 0, logOrigin: tracker.requestedOrigin)
        let answer = try await self.call(knowing: known) {
            try await self.grpc.unary(
                LogMethods.getCheckpoint, request.encoded(), timeout: self.configuration.timeout)
        }
        return try tracker.accept(
            GetCheckpointResponse(decoding: answer).checkpoint, knowing: known)
    }

    /// The newest checkpoint of each log that any answer showed or that was known before, once all
    /// that were shown are proven to be one history. They are what the next client should know.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``, ``MerkleLog/VerificationError`` with code
    ///   `splitView`.
    public func settledCheckpoints() async throws -> [SignedCheckpoint] {
        let trackers = self.logs.all
        for tracker in trackers { try await self.settle(tracker) }
        return trackers.compactMap(\.newest)
    }

    /// The newest checkpoint of each log that was shown or known before, of those logs whose
    /// checkpoints are proven to be one history already. Nothing is asked of the node.
    public var provenCheckpoints: [SignedCheckpoint] { self.logs.all.compactMap(\.proven) }

    /// Has the node prove all that waits to be proven of a log.
    private func settle(_ tracker: CheckpointTracker) async throws {
        var pairs = tracker.takePairs()
        // Whatever fails, what is not proven remains to be.
        defer { tracker.putBack(pairs) }
        while let pair = pairs.last {
            try await self.prove(pair, of: tracker)
            pairs.removeLast()
        }
    }

    /// Has the node prove that the larger of two checkpoints goes on from the smaller.
    private func prove(
        _ pair: CheckpointTracker.Pair, of tracker: CheckpointTracker
    ) async throws {
        let (smaller, larger) = (pair.smaller.head, pair.larger.head)
        let request = GetConsistencyProofRequest(
            firstSize: smaller.size, secondSize: larger.size, logOrigin: tracker.requestedOrigin)
        let answer = try await self.call(knowing: pair.larger) {
            try await self.grpc.unary(
                LogMethods.getConsistencyProof, request.encoded(),
                timeout: self.configuration.timeout)
        }
        let proof = try HashList.consistencyProof(decoding: answer)
        do throws(VerificationError) {
            try Tree.verifyConsistency(from: smaller, to: larger, proof: proof)
        } catch {
            throw CheckpointTracker.evidence(error, pair.smaller, pair.larger)
        }
    }

    /// What is known before a call that asks for records of some originators, or of all; pairs that
    /// wait are proven first if there are many.
    func known(of originators: [String] = []) async throws -> KnownLogs {
        try await self.settleWhatIsFull()
        return self.logs.known(first: originators)
    }

    /// Has pairs proven of each log of which many wait.
    func settleWhatIsFull() async throws {
        for tracker in self.logs.all where tracker.isFull { try await self.settle(tracker) }
    }
}

extension CheckpointTracker {
    /// The log's origin as requests name it: empty for that of the node itself.
    fileprivate var requestedOrigin: String { self.isMirrored ? self.log.origin : "" }
}
