public import DossierAPI
import DossierCore
import DossierCrypto
import GRPCWire
import MerkleLog

// MARK: - Submitting

extension ExchangeClient {
    /// Submits one request and verifies the receipt.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``, ``MerkleLog/VerificationError``.
    public func submit(_ request: SubmitRequest) async throws -> SubmissionReceipt {
        let known = try await self.known().own
        var request = request
        request.knownSize = known?.head.size ?? 0
        let message = try request.encoded()
        let answer = try await self.call(knowing: known) {
            try await self.grpc.unary(
                Exchange.submit, message, timeout: self.configuration.timeout)
        }
        let leafHashes = request.records.map { Tree.leafHash(of: $0) }
        return try self.verify(
            SubmitResponse(decoding: answer).receipt, for: leafHashes, knowing: known)
    }

    /// A batch of a stream that is without its answer.
    private struct Pending {
        var batch: SubmissionPlan.PlannedBatch
        var known: SignedCheckpoint?
    }

    /// Signs and submits batches over one call, at most ``Exchange/streamWindow`` ahead of the
    /// answers.
    ///
    /// - Parameter onOutcome: called for each batch in order, with its verified receipt or why it
    ///   was refused.
    /// - Throws: ``DossierAPI/ExchangeError`` when the call as a whole fails,
    ///   ``MerkleLog/VerificationError`` for a receipt that does not check. Batches without an
    ///   outcome may or may not have been logged; submitting them again is harmless.
    public func submit(
        _ batches: [SubmissionPlan.PlannedBatch],
        onOutcome: (
            SubmissionPlan.PlannedBatch, Result<SubmissionReceipt, ExchangeError>
        ) throws -> Void
    ) async throws {
        try await self.call(knowing: try await self.known().own) {
            try await self.grpc.bidirectional(Exchange.submitStream) { requests, responses in
                var answers = responses.makeAsyncIterator()
                var pending: [Pending] = []
                for batch in batches {
                    if pending.count == Exchange.streamWindow {
                        try await self.finish(&pending, &answers, onOutcome)
                    }
                    let known = self.logs.own.newest
                    var request = try self.signed(batch)
                    request.knownSize = known?.head.size ?? 0
                    try await requests.write(SubmitStreamRequest(submission: request).encoded())
                    pending.append(Pending(batch: batch, known: known))
                }
                requests.finish()
                while !pending.isEmpty { try await self.finish(&pending, &answers, onOutcome) }
                // The call ends with its status, which comes after the last answer.
                while try await answers.next() != nil {}
            }
        }
    }

    private func signed(_ batch: SubmissionPlan.PlannedBatch) throws -> SubmitRequest {
        guard let moment = Moment(unixSeconds: self.configuration.now()) else {
            throw ExchangeError(code: .failed, message: "the clock is out of range")
        }
        return try batch.signed(
            by: self.configuration.credentials,
            logOrigin: self.configuration.organisation.logOrigin, at: moment)
    }

    private func finish(
        _ pending: inout [Pending], _ answers: inout ResponseStream.Iterator,
        _ onOutcome: (
            SubmissionPlan.PlannedBatch, Result<SubmissionReceipt, ExchangeError>
        ) throws -> Void
    ) async throws {
        guard let answer = try await answers.next() else {
            throw ExchangeError(
                code: .unavailable,
                message: "the node ended the stream with \(pending.count) batches unanswered; "
                    + "submit them again")
        }
        let next = pending.removeFirst()
        switch try SubmitStreamResponse(decoding: answer) {
        case .logged(let receipt):
            let verified = try self.verify(
                receipt, for: next.batch.batch.leafHashes, knowing: next.known)
            try onOutcome(next.batch, .success(verified))
        case .refused(let refusal):
            let error = try Self.refusal(ExchangeError(refusal), knowing: next.known)
            try onOutcome(next.batch, .failure(error))
        }
    }

    /// Verifies a receipt for records with these leaf hashes.
    private func verify(
        _ receipt: Receipt, for leafHashes: [Digest], knowing known: SignedCheckpoint?
    ) throws -> SubmissionReceipt {
        let kept = KeptReceipt(
            leafHashes: leafHashes, runs: receipt.runs, ranges: receipt.ranges,
            checkpoint: receipt.checkpoint.checkpoint)
        if self.configuration.verification == .full {
            let checkpoint = try self.logs.own.accept(receipt.checkpoint, knowing: known)
            _ = try kept.verify(under: checkpoint)
            try Self.check(receipt, kept, checkpoint)
        }
        return SubmissionReceipt(
            kept: kept, appended: receipt.appended, logSize: receipt.logSize)
    }

    /// What a receipt says beside its proofs must agree with them.
    private static func check(
        _ receipt: Receipt, _ kept: KeptReceipt, _ checkpoint: SignedCheckpoint
    ) throws(VerificationError) {
        guard receipt.logOrigin == checkpoint.checkpoint.origin else {
            throw VerificationError(
                code: .wrongOrigin,
                message: "receipt is of log \(receipt.logOrigin.escapedForTerminal), expected "
                    + checkpoint.checkpoint.origin)
        }
        guard receipt.batchRoot == kept.batchRoot else {
            throw VerificationError(code: .wrongLeaf, message: "receipt is for another batch")
        }
        guard receipt.batchSize == kept.leafHashes.count, receipt.logSize == checkpoint.head.size,
            (0...receipt.batchSize).contains(receipt.appended)
        else {
            throw VerificationError(
                code: .sizeMismatch, message: "receipt contradicts what it proves")
        }
    }
}
