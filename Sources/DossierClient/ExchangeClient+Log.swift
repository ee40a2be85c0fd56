import DossierAPI
import DossierCore
import DossierCrypto
import GRPCWire
public import MerkleLog

// MARK: - The log

extension ExchangeClient {
    /// Asks for the newest checkpoint and verifies it.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``, ``MerkleLog/VerificationError``.
    public func checkpoint() async throws -> SignedCheckpoint {
        let known = self.tracker.newest
        let answer = try await self.call(knowing: known) {
            try await self.grpc.unary(
                LogMethods.getCheckpoint,
                GetCheckpointRequest(knownSize: known?.head.size ?? 0).encoded(),
                timeout: self.configuration.timeout)
        }
        return try self.tracker.accept(
            GetCheckpointResponse(decoding: answer).checkpoint, knowing: known)
    }

    /// The newest checkpoint that any answer showed, once all that were shown are proven to be one
    /// history; nil if there was none. It is what the next client should know.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``, ``MerkleLog/VerificationError`` with code
    ///   `splitView`.
    public func settledCheckpoint() async throws -> SignedCheckpoint? {
        var pairs = self.tracker.takePairs()
        // Whatever fails, what is not proven remains to be.
        defer { self.tracker.putBack(pairs) }
        while let pair = pairs.last {
            try await self.prove(pair)
            pairs.removeLast()
        }
        return self.tracker.newest
    }

    /// Has the node prove that the larger of two checkpoints goes on from the smaller.
    private func prove(_ pair: CheckpointTracker.Pair) async throws {
        let (smaller, larger) = (pair.smaller.head, pair.larger.head)
        let answer = try await self.call(knowing: pair.larger) {
            try await self.grpc.unary(
                LogMethods.getConsistencyProof,
                GetConsistencyProofRequest(firstSize: smaller.size, secondSize: larger.size)
                    .encoded(),
                timeout: self.configuration.timeout)
        }
        let proof = try HashList.consistencyProof(decoding: answer)
        do throws(VerificationError) {
            try Tree.verifyConsistency(from: smaller, to: larger, proof: proof)
        } catch {
            throw CheckpointTracker.evidence(error, pair.smaller, pair.larger)
        }
    }

    /// What is known before a call; pairs that wait are proven first if there are many.
    func known() async throws -> SignedCheckpoint? {
        if self.tracker.isFull { return try await self.settledCheckpoint() }
        return self.tracker.newest
    }
}
