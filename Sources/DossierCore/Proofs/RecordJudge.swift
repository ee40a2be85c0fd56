public import DossierCrypto
public import MerkleLog

/// What a reader of records trusts (the members, with their anchors, logs, roles and revocations),
/// and the checks that rest on it.
///
/// Nodes use it on what they take in, clients on what they are given, courts on proof files.
public struct RecordJudge: Sendable {
    /// The members.
    public let members: Members
    /// Their trust anchors.
    public let anchors: TrustAnchors
    private let verifier: AttestationVerifier

    /// A judge who trusts these members and their anchors.
    public init(members: Members, anchors: TrustAnchors) {
        self.members = members
        self.anchors = anchors
        self.verifier = AttestationVerifier(anchors: anchors)
    }

    /// Verifies an attestation: what ``AttestationVerifier`` does, and that the signer had the role
    /// of a submitter when it signed.
    ///
    /// Throws ``MerkleLog/VerificationError``; `wrongSigner` for a signer without the role.
    public func verify(
        _ attestation: Attestation
    ) throws(VerificationError) -> AttestationVerifier.Verified {
        let verified = try self.verifySignature(of: attestation)
        try self.requireRole(of: verified)
        return verified
    }

    /// Verifies an attestation but for the signer's role, as ``AttestationVerifier`` does.
    public func verifySignature(
        of attestation: Attestation
    ) throws(VerificationError) -> AttestationVerifier.Verified {
        try self.verifier.verify(attestation)
    }

    /// Verifies that a signer had the role of a submitter when it signed.
    ///
    /// Throws `wrongSigner`.
    public func requireRole(
        of verified: AttestationVerifier.Verified
    ) throws(VerificationError) {
        let roles = self.members.roles(
            of: verified.signer, at: verified.batch.signedAt.firstSecond)
        guard roles.contains(.submitter) else {
            throw VerificationError(
                code: .wrongSigner,
                message: "\(verified.signer.spiffeID) had no right to sign for "
                    + "\(verified.batch.originator) at \(verified.batch.signedAt): it needs role "
                    + "submitter")
        }
    }

    /// Verifies that a key's signature counts for a leaf, or for one that is logged from now on.
    ///
    /// Throws `revokedKey` unless the leaf was logged before the key was given up.
    public func requireGood(
        _ attested: AttestedBatch, at leafIndex: UInt64?
    ) throws(VerificationError) {
        let revocations = self.members[attested.originator]?.revocations ?? []
        guard let revocation = revocations.first(where: { $0.keyID == attested.keyID }),
            leafIndex ?? .max >= revocation.leafIndex
        else { return }
        let place = leafIndex.map { ", this is leaf \($0)" } ?? ""
        throw VerificationError(
            code: .revokedKey,
            message: "the key that signed was revoked from leaf \(revocation.leafIndex) on\(place)")
    }

    /// Verifies a record against the attestation of its batch, and gives its id.
    ///
    /// Throws `wrongLeaf` when it is not the record at that position of the batch, `wrongIndex` or
    /// `wrongProof` for position and path, `wrongSigner` when it says it is of another originator,
    /// `revokedKey`.
    public func verify(
        _ record: [UInt8], position: Int, path: [Digest],
        in attested: AttestationVerifier.Verified, at leafIndex: UInt64
    ) throws(VerificationError) -> RecordID {
        let id = RecordID(ofEncoded: record)
        let batch = attested.batch
        do throws(VerificationError) {
            try Tree.verifyInclusion(
                leaf: id.digest, index: UInt64(clamping: position), treeSize: UInt64(batch.size),
                path: path, root: batch.batchRoot)
        } catch  where error.code == .wrongRoot {
            throw VerificationError(
                code: .wrongLeaf,
                message: "record \(id) is not the one that \(batch.originator) signed at position "
                    + "\(position) of the batch", cause: error)
        }
        let facts = RecordCheck.check(record).facts
        guard facts.originator == batch.originator else {
            throw VerificationError(
                code: .wrongSigner,
                message: "record \(id) says it is of \(facts.originator.escapedForTerminal), and "
                    + "was signed by \(batch.originator)")
        }
        try self.requireGood(batch, at: leafIndex)
        return id
    }

    /// The log of an originator's node.
    ///
    /// Throws `unknownKey` for an organisation that is no member.
    public func log(of originator: String) throws(VerificationError) -> LogIdentity {
        guard let organisation = self.members[originator] else {
            throw VerificationError(
                code: .unknownKey, message: "\(originator.escapedForTerminal) is no member")
        }
        return organisation.log
    }

    /// Verifies that a batch was signed for a log, or for one that it succeeds.
    ///
    /// Throws `wrongOrigin`.
    public func requireOrigin(
        _ attested: String, is log: LogIdentity
    ) throws(VerificationError) {
        guard log.holdsBatches(signedFor: attested) else {
            throw VerificationError(
                code: .wrongOrigin,
                message: "batch was signed for log \(attested.escapedForTerminal), and comes from "
                    + log.origin)
        }
    }
}
