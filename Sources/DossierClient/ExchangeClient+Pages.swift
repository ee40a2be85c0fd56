import DossierAPI
import DossierCore
import DossierCrypto
import MerkleLog

/// What became of verifying an attestation.
typealias Judgement = Result<AttestationVerifier.Verified, VerificationError>

/// The attestations of a page, and what became of verifying each for the page's log.
struct PageJudgements {
    /// Origin of the log: a batch that was signed for it counts in no other.
    var logOrigin = ""
    /// What became of each.
    var batches: [Attestation: Judgement] = [:]
}

// MARK: - Pages

extension ExchangeClient {
    /// The records of a page. Each is in the log; those whose attestation checks are verified.
    ///
    /// - Parameter judged: the attestations of the page before, and of this one afterwards: those
    ///   of a large batch come again and again.
    func records(
        of page: ListResponse, knowing known: KnownLogs, _ judged: inout PageJudgements
    ) throws -> [Result<VerifiedRecord, RefusedRecord>] {
        let attestations = page.attestations
        for record in page.records {
            guard attestations.indices.contains(record.attestationIndex) else {
                throw ExchangeError(
                    code: .badRequest, message: "a record comes without its attestation")
            }
        }
        guard self.configuration.verification == .full else {
            return try page.records.map {
                .success(
                    try VerifiedRecord(
                        unverified: $0, attestations[$0.attestationIndex],
                        from: (page.logOrigin, page.contact)))
            }
        }
        let tracker = try self.logs.tracker(of: page.logOrigin)
        let checkpoint = try tracker.accept(page.checkpoint, knowing: known[page.logOrigin])
        let before = judged.logOrigin == page.logOrigin ? judged.batches : [:]
        judged = PageJudgements(logOrigin: page.logOrigin)
        for attestation in attestations {
            judged.batches[attestation] =
                before[attestation] ?? self.judgement(on: attestation, in: tracker)
        }
        let judgements = attestations.compactMap { judged.batches[$0] }
        let records = page.records.map { logged in
            let index = logged.attestationIndex
            return self.record(
                logged, attestations[index], judgements[index], from: (tracker, page.contact))
        }
        try Self.verify(page.ranges, of: records, in: checkpoint.head)
        return records
    }

    private func judgement(
        on attestation: Attestation, in tracker: CheckpointTracker
    ) -> Judgement {
        do throws(VerificationError) {
            return .success(try self.attested(attestation, in: tracker))
        } catch {
            return .failure(error)
        }
    }

    private func record(
        _ logged: LoggedRecord, _ attestation: Attestation, _ judgement: Judgement,
        from place: (log: CheckpointTracker, contact: DirectContact)
    ) -> Result<VerifiedRecord, RefusedRecord> {
        do throws(VerificationError) {
            return .success(
                try self.verify(logged, judgement.get(), attestation, from: place))
        } catch {
            return .failure(
                RefusedRecord(
                    id: RecordID(ofEncoded: logged.record), leafIndex: logged.leafIndex,
                    reason: error))
        }
    }

    /// Verifies that the ranges prove the records, all of them and nothing else.
    private static func verify(
        _ ranges: [ProvenRange], of records: [Result<VerifiedRecord, RefusedRecord>],
        in head: TreeHead
    ) throws(VerificationError) {
        do throws(VerificationError) {
            var rest = records.map(\.leaf)[...]
            for range in ranges {
                let proven = rest.prefix(range.count)
                rest = rest.dropFirst(range.count)
                let indexes = proven.enumerated().allSatisfy { offset, leaf in
                    leaf.index == range.firstIndex &+ UInt64(offset)
                }
                guard proven.count == range.count, indexes else {
                    throw VerificationError(
                        code: .wrongIndex, message: "the page proves other leaves than it has")
                }
                try Tree.verifyRange(
                    proven.map(\.hash), from: range.firstIndex, in: head, proof: range.proof)
            }
            guard rest.isEmpty else {
                throw VerificationError(
                    code: .wrongProof,
                    message: "the page has \(rest.count) records without proof")
            }
        } catch {
            // A record that is not the one signed is why: that says more.
            for case .failure(let refused) in records { throw refused.reason }
            throw error
        }
    }

    /// Verifies an attestation, for a log.
    ///
    /// What is in another node's log is mirrored for that node's organisation alone: a batch of
    /// anybody else has no business there.
    func attested(
        _ attestation: Attestation, in tracker: CheckpointTracker
    ) throws(VerificationError) -> AttestationVerifier.Verified {
        let judge = self.configuration.judge
        let attested = try judge.verify(attestation)
        try judge.requireOrigin(attested.batch.logOrigin, is: tracker.log)
        let originator = attested.batch.originator
        if tracker.isMirrored, try judge.log(of: originator) != tracker.log {
            throw VerificationError(
                code: .wrongSigner,
                message: "batch of \(originator) is in log \(tracker.log.origin), which is another "
                    + "organisation's")
        }
        return attested
    }

    /// Verifies a record against the attestation of its batch.
    func verify(
        _ logged: LoggedRecord, _ attested: AttestationVerifier.Verified,
        _ attestation: Attestation, from place: (log: CheckpointTracker, contact: DirectContact)
    ) throws(VerificationError) -> VerifiedRecord {
        let id = try self.configuration.judge.verify(
            logged.record, position: logged.positionInBatch,
            path: try logged.pathToBatchRoot, in: attested, at: logged.leafIndex)
        return VerifiedRecord(
            id: id, bytes: logged.record, attested: attested.batch, attestation: attestation,
            logOrigin: place.log.log.origin, leafIndex: logged.leafIndex,
            withheldReason: logged.withheldReason, standing: logged.standing,
            contact: place.contact)
    }
}

extension Result<VerifiedRecord, RefusedRecord> {
    /// The record's leaf.
    fileprivate var leaf: (hash: Digest, index: UInt64) {
        switch self {
        case .success(let record): (record.id.digest, record.leafIndex)
        case .failure(let record): (record.id.digest, record.leafIndex)
        }
    }
}

extension VerifiedRecord {
    /// A record of a client that verifies nothing.
    init(
        unverified logged: LoggedRecord, _ attestation: Attestation,
        from place: (logOrigin: String, contact: DirectContact)
    ) throws {
        self.init(
            id: RecordID(ofEncoded: logged.record), bytes: logged.record,
            attested: try AttestedBatch(decoding: attestation.attestedBatch),
            attestation: attestation, logOrigin: place.logOrigin, leafIndex: logged.leafIndex,
            withheldReason: logged.withheldReason, standing: logged.standing,
            contact: place.contact)
    }
}
