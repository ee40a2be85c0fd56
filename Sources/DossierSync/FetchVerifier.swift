import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import MerkleLog

/// Verifies records that a peer gives of leaves whose hashes alone are there.
struct FetchVerifier: Sendable {
    let subject: MirrorSubject

    /// Verifies that a message goes on with an answer: with leaves that were asked for, in log
    /// order, none below a leaf. Only their hashes can be looked up.
    ///
    /// Throws `wrongIndex`.
    static func verifyOrder(
        of message: FetchResponse, asked: [Range<UInt64>], from leafIndex: UInt64
    ) throws(VerificationError) {
        var next = leafIndex
        for index in message.records.lazy.map(\.leafIndex) {
            guard index >= next, asked.contains(where: { $0.contains(index) }) else {
                throw VerificationError(
                    code: .wrongIndex,
                    message: "leaf \(index) was not asked for, or answered before")
            }
            next = index + 1
        }
    }

    /// Verifies the records of a message against the hashes of their leaves.
    ///
    /// Throws ``MerkleLog/VerificationError``: `wrongIndex` for a leaf that was not asked for,
    /// `wrongLeaf` for another record than the leaf's, and what verifying an attestation and a batch
    /// path throws.
    func verify(
        _ message: FetchResponse, asked: [Range<UInt64>], leafHashes: [Digest]
    ) throws(VerificationError) -> [LateRecord] {
        var verified: [Int: AttestationVerifier.Verified] = [:]
        var late: [LateRecord] = []
        for (logged, leafHash) in zip(message.records, leafHashes) {
            let index = logged.leafIndex
            guard asked.contains(where: { $0.contains(index) }) else {
                throw VerificationError(
                    code: .wrongIndex, message: "leaf \(index) was not asked for")
            }
            guard RecordID(ofEncoded: logged.record).digest == leafHash else {
                throw VerificationError(
                    code: .wrongLeaf, message: "the record of leaf \(index) is another than logged")
            }
            guard message.attestations.indices.contains(logged.attestationIndex) else {
                throw VerificationError(
                    code: .ambiguousForm, message: "leaf \(index) comes without its attestation")
            }
            let attestation = message.attestations[logged.attestationIndex]
            let attested: AttestationVerifier.Verified
            if let known = verified[logged.attestationIndex] {
                attested = known
            } else {
                attested = try self.subject.verify(attestation, at: index)
                verified[logged.attestationIndex] = attested
            }
            late += try self.record(logged, attested, attestation).map { [$0] } ?? []
        }
        return late
    }

    /// A record with what proves it; nil if it is not released to the reader.
    private func record(
        _ logged: LoggedRecord, _ attested: AttestationVerifier.Verified, _ attestation: Attestation
    ) throws(VerificationError) -> LateRecord? {
        let path = try logged.pathToBatchRoot
        _ = try self.subject.judge.verify(
            logged.record, position: logged.positionInBatch, path: path, in: attested,
            at: logged.leafIndex)
        guard try self.subject.facts(of: logged.record) != nil else { return nil }
        return LateRecord(
            leafIndex: logged.leafIndex, record: logged.record,
            attestation: try attestation.encodedForKeeping(), batchRoot: attested.batch.batchRoot,
            batchSize: attested.batch.size, positionInBatch: logged.positionInBatch,
            batchPath: path)
    }
}
