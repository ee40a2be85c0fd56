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
        for pair in self.tracker.takePairs() {
            let proof = try await self.consistencyProof(
                from: pair.smaller.head.size, to: pair.larger.head.size)
            do throws(VerificationError) {
                try Tree.verifyConsistency(
                    from: pair.smaller.head, to: pair.larger.head, proof: proof)
            } catch {
                throw CheckpointTracker.evidence(error, pair.smaller, pair.larger)
            }
        }
        return self.tracker.newest
    }

    private func consistencyProof(from first: UInt64, to second: UInt64) async throws -> [Digest] {
        let answer = try await self.call(knowing: nil) {
            try await self.grpc.unary(
                LogMethods.getConsistencyProof,
                GetConsistencyProofRequest(firstSize: first, secondSize: second).encoded(),
                timeout: self.configuration.timeout)
        }
        return try HashList.consistencyProof(decoding: answer)
    }

    /// What is known before a call; pairs that wait are proven first if there are many.
    func known() async throws -> SignedCheckpoint? {
        if self.tracker.isFull { return try await self.settledCheckpoint() }
        return self.tracker.newest
    }
}
