import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import MerkleLog

/// Decides whether a batch may be logged.
///
/// Checks come in the order of what they cost and of what an impostor could make the node do:
/// who submits for whom, signature, hashes, then the records.
struct SubmissionChecker: Sendable {
    /// How long before the node's clock a batch may have been signed, in seconds.
    static let maximumAge: Int64 = 24 * 3_600
    /// How far the signer's clock may be ahead of the node's, in seconds.
    static let maximumSkew: Int64 = 5 * 60

    let organisation: String
    let log: LogIdentity
    let judge: RecordJudge
    let now: @Sendable () -> Int64

    /// Checks a batch.
    ///
    /// - Throws: ``ExchangeError``, with all findings when the batch breaks rules.
    func check(_ request: SubmitRequest, from peer: Peer) throws -> Submission {
        guard peer.roles.contains(.submitter), peer.organisation == self.organisation else {
            throw ExchangeError(
                code: .notPermitted,
                message: "\(peer.identity.spiffeID) may not submit to the node of "
                    + "\(self.organisation): it needs role submitter of that organisation")
        }
        let batch = try self.verifiedBatch(of: request)
        let hashed = Batch(records: request.records)
        try self.check(hashed, against: batch)
        let facts = try self.check(hashed)
        return Submission(
            attestation: try request.attestation.encoded(), batchRoot: hashed.root,
            leafHashes: hashed.leafHashes, records: hashed.records, facts: facts)
    }

    private func verifiedBatch(of request: SubmitRequest) throws -> AttestedBatch {
        let verified: AttestationVerifier.Verified
        do {
            verified = try self.judge.verifySignature(of: request.attestation)
            try self.judge.requireGood(verified.batch, at: nil)
        } catch {
            throw ExchangeError.invalid("attestation", .attestation, error.message, cause: error)
        }
        try self.requireOtherThanLogKey(verified.batch.keyID)
        guard verified.batch.originator == self.organisation else {
            throw ExchangeError(
                code: .notPermitted,
                message: "the batch is of \(verified.batch.originator), this node takes only "
                    + "batches of \(self.organisation)")
        }
        do { try self.judge.requireRole(of: verified) } catch {
            throw ExchangeError(code: .notPermitted, message: error.message, cause: error)
        }
        return verified.batch
    }

    /// One key must not both say what is true and what was logged.
    private func requireOtherThanLogKey(_ keyID: Digest) throws {
        let logKeys = [self.log.key].compactMap { $0 } + self.log.formerKeys.map(\.key)
        guard !logKeys.contains(where: { $0.publicKey.keyID == keyID }) else {
            throw ExchangeError.invalid(
                "attestation.attested_batch.key_id", .attestation,
                "this key signs the log's checkpoints; sign batches with another")
        }
    }

    /// Compares what was signed with what came.
    private func check(_ batch: Batch, against attested: AttestedBatch) throws {
        guard attested.logOrigin == self.log.origin else {
            throw ExchangeError.invalid(
                "attestation.attested_batch.log_origin", .attestation,
                "the batch is meant for log \(attested.logOrigin), this is \(self.log.origin)")
        }
        guard attested.size == batch.records.count else {
            throw ExchangeError.invalid(
                "attestation.attested_batch.size", .attestation,
                "\(attested.size) records are attested, \(batch.records.count) came")
        }
        guard attested.batchRoot == batch.root else {
            throw ExchangeError.invalid(
                "attestation.attested_batch.batch_root", .attestation,
                "the root of the records that came is \(batch.root.hexadecimal); send them byte "
                    + "for byte as signed, in the order signed")
        }
        let age = self.now() - attested.signedAt.firstSecond
        guard (-Self.maximumSkew...Self.maximumAge).contains(age) else {
            throw ExchangeError.invalid(
                "attestation.attested_batch.signed_at", .attestation,
                "signed \(age) seconds before this node's clock, allowed are -\(Self.maximumSkew) "
                    + "to \(Self.maximumAge); check the clock or sign again")
        }
    }

    /// Checks the records, and that they may stand in one batch.
    private func check(_ batch: Batch) throws -> [RecordFacts] {
        var rules = BatchRules(originator: self.organisation)
        for (position, record) in batch.records.enumerated() {
            rules.add(record, id: batch.leafHashes[position], at: position)
            if rules.findings.count >= ExchangeError.maximumFindings { break }
        }
        guard rules.findings.isEmpty else {
            throw ExchangeError(
                code: .invalidSubmission,
                message: "\(rules.findings.count) findings; nothing was logged",
                findings: rules.findings)
        }
        return rules.facts
    }
}

extension ExchangeError {
    static func invalid(
        _ field: String, _ rule: Finding.Rule, _ hint: String, cause: (any Error)? = nil
    ) -> ExchangeError {
        ExchangeError(
            code: .invalidSubmission, message: "\(field): \(hint)",
            findings: [Finding(field: field, rule: rule, value: "", hint: hint)], cause: cause)
    }
}
