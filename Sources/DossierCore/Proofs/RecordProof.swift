public import DossierCrypto
public import MerkleLog

/// Everything that shows who said something and that it was logged: a record, the attestation of
/// its batch, its place in it, and its inclusion in the log. The file form stands in
/// `Protos/dossier/v1/log.proto`.
public struct RecordProof: Hashable, Sendable {
    /// The record, exactly as signed.
    public let record: [UInt8]
    /// The attestation of its batch; its certificates are exactly the path up to the anchor.
    public let attestation: Attestation
    /// Zero-based position in the batch.
    public let positionInBatch: Int
    /// Sibling hashes up to the batch root, lowest first.
    public let batchPath: [Digest]
    /// That the record is in the log.
    public let inclusion: TlogProof

    /// A proof from its parts, unverified.
    public init(
        record: [UInt8], attestation: Attestation, positionInBatch: Int, batchPath: [Digest],
        inclusion: TlogProof
    ) {
        self.record = record
        self.attestation = attestation
        self.positionInBatch = positionInBatch
        self.batchPath = batchPath
        self.inclusion = inclusion
    }

    /// What a proof shows.
    public struct Shown: Sendable {
        /// Record id.
        public let recordID: RecordID
        /// What the originator signed, and when.
        public let batch: AttestedBatch
        /// Who signed it.
        public let signer: PeerIdentity
        /// The checkpoint of the log that has the record.
        public let checkpoint: Checkpoint
        /// Leaf index in it.
        public let leafIndex: UInt64
    }

    /// Verifies the proof with what the reader trusts: the members' anchors, logs and roles.
    ///
    /// - Throws: ``MerkleLog/VerificationError``, naming the part that does not hold.
    public func verify(with judge: RecordJudge) throws(VerificationError) -> Shown {
        let attested = try judge.verify(self.attestation)
        guard self.attestation.certificates == attested.path else {
            throw VerificationError(
                code: .ambiguousForm,
                message: "the proof has certificates that are not on the path to the anchor")
        }
        let id = try judge.verify(
            self.record, position: self.positionInBatch, path: self.batchPath, in: attested,
            at: self.inclusion.leafIndex)
        let log = try judge.log(of: attested.batch.originator)
        try judge.requireOrigin(attested.batch.logOrigin, is: log)
        let signed = try log.verify(self.inclusion, of: id.digest)
        return Shown(
            recordID: id, batch: attested.batch, signer: attested.signer,
            checkpoint: signed.checkpoint, leafIndex: self.inclusion.leafIndex)
    }
}
