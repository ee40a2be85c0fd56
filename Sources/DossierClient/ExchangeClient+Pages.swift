import DossierAPI
import DossierCore
import DossierCrypto
import MerkleLog

/// What became of verifying an attestation.
typealias Judgement = Result<AttestationVerifier.Verified, VerificationError>

// MARK: - Pages

extension ExchangeClient {
    /// The records of a page. Each is in the log; those whose attestation checks are verified.
    ///
    /// - Parameter batches: the attestations of the page before, and of this one afterwards: those
    ///   of a large batch come again and again.
    func records(
        of page: ListResponse, knowing known: SignedCheckpoint?,
        _ batches: inout [Attestation: Judgement]
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
                        logOrigin: page.logOrigin))
            }
        }
        let checkpoint = try self.tracker.accept(page.checkpoint, knowing: known)
        let before = batches
        batches = [:]
        for attestation in attestations {
            batches[attestation] = before[attestation] ?? self.judgement(on: attestation)
        }
        let judgements = attestations.compactMap { batches[$0] }
        let records = page.records.map { logged in
            let index = logged.attestationIndex
            return self.record(logged, attestations[index], judgements[index])
        }
        try Self.verify(page.ranges, of: records, in: checkpoint.head)
        return records
    }

    private func judgement(on attestation: Attestation) -> Judgement {
        do throws(VerificationError) {
            return .success(try self.attested(attestation))
        } catch {
            return .failure(error)
        }
    }

    private func record(
        _ logged: LoggedRecord, _ attestation: Attestation, _ judgement: Judgement
    ) -> Result<VerifiedRecord, RefusedRecord> {
        do throws(VerificationError) {
            return .success(try self.verify(logged, judgement.get(), attestation))
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

    /// Verifies an attestation, for the log of this node.
    func attested(
        _ attestation: Attestation
    ) throws(VerificationError) -> AttestationVerifier.Verified {
        let judge = self.configuration.judge
        let attested = try judge.verify(attestation)
        try judge.requireOrigin(
            attested.batch.logOrigin, is: self.configuration.organisation.log)
        return attested
    }

    /// Verifies a record against the attestation of its batch.
    func verify(
        _ logged: LoggedRecord, _ attested: AttestationVerifier.Verified,
        _ attestation: Attestation
    ) throws(VerificationError) -> VerifiedRecord {
        let id = try self.configuration.judge.verify(
            logged.record, position: logged.positionInBatch,
            path: try Digest.list(logged.batchPath), in: attested, at: logged.leafIndex)
        return VerifiedRecord(
            id: id, bytes: logged.record, attested: attested.batch, attestation: attestation,
            logOrigin: self.configuration.organisation.logOrigin, leafIndex: logged.leafIndex,
            withheldReason: logged.withheldReason)
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
        unverified logged: LoggedRecord, _ attestation: Attestation, logOrigin: String
    ) throws {
        self.init(
            id: RecordID(ofEncoded: logged.record), bytes: logged.record,
            attested: try AttestedBatch(decoding: attestation.attestedBatch),
            attestation: attestation, logOrigin: logOrigin, leafIndex: logged.leafIndex,
            withheldReason: logged.withheldReason)
    }
}

extension Digest {
    /// Hashes that stand one after the other.
    static func list(_ bytes: [UInt8]) throws(VerificationError) -> [Digest] {
        guard bytes.count.isMultiple(of: Digest.byteCount) else {
            throw VerificationError(
                code: .wrongProof, message: "a path ends within a hash")
        }
        return stride(from: 0, to: bytes.count, by: Digest.byteCount).compactMap {
            Digest(bytes[$0..<$0 + Digest.byteCount])
        }
    }
}
