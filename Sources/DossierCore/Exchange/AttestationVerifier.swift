public import DossierCrypto
public import MerkleLog

/// Verifies attestations against the members' trust anchors, each chain as of the moment of
/// signing.
public struct AttestationVerifier: Sendable {
    private let anchors: TrustAnchors

    /// A verifier for the members whose anchors are given.
    public init(anchors: TrustAnchors) {
        self.anchors = anchors
    }

    /// What an attestation says, and who signed it.
    public struct Verified: Sendable {
        /// What is signed.
        public let batch: AttestedBatch
        /// Who signed it.
        public let signer: PeerIdentity
        /// The certificates from the signer's up to, and without, the trust anchor, in DER: of those
        /// in the attestation the ones that count.
        public let path: [[UInt8]]
    }

    /// Verifies form, key id, chain as of the moment of signing, organisation and signature.
    ///
    /// It does not look at the records, nor at the clock, nor at roles. Throws
    /// ``MerkleLog/VerificationError``: `ambiguousForm`; `unknownKey` for a certificate that is not
    /// trusted, or not that of the key id; `wrongSigner` for one of another organisation than the
    /// batch; `wrongSignature`.
    public func verify(_ attestation: Attestation) throws(VerificationError) -> Verified {
        let batch = try Self.batch(of: attestation)
        let peer = try self.peer(signing: attestation, at: batch.signedAt.firstSecond)
        guard let key = peer.publicKey else {
            throw VerificationError(
                code: .unknownKey, message: "signing certificate has a key of another kind")
        }
        guard key.keyID == batch.keyID else {
            throw VerificationError(
                code: .unknownKey, message: "key id is not that of the signing certificate")
        }
        guard peer.identity.organisation == batch.originator else {
            throw VerificationError(
                code: .wrongSigner,
                message: "certificate is of organisation \(peer.identity.organisation), "
                    + "the batch of \(batch.originator)")
        }
        do {
            try key.verify(
                signature: attestation.signature,
                of: Attestation.domainSeparator + attestation.attestedBatch)
        } catch {
            throw VerificationError(
                code: .wrongSignature, message: "signature does not fit batch and key",
                cause: error)
        }
        return Verified(batch: batch, signer: peer.identity, path: peer.path)
    }

    private static func batch(
        of attestation: Attestation
    ) throws(VerificationError) -> AttestedBatch {
        guard (1...Attestation.maximumCertificates).contains(attestation.certificates.count) else {
            throw VerificationError(
                code: .ambiguousForm,
                message: "attestation has \(attestation.certificates.count) certificates, "
                    + "expected 1 to \(Attestation.maximumCertificates)")
        }
        do {
            return try AttestedBatch(decoding: attestation.attestedBatch)
        } catch {
            throw VerificationError(
                code: .ambiguousForm, message: (error as? CoreError)?.message ?? "\(error)",
                cause: error)
        }
    }

    private func peer(
        signing attestation: Attestation, at moment: Int64
    ) throws(VerificationError) -> VerifiedPeer {
        do {
            return try self.anchors.verify(
                encodedChain: attestation.certificates, at: moment, usage: .attestation)
        } catch {
            let reason = (error as? CryptoError).map { ": \($0.message)" } ?? ""
            throw VerificationError(
                code: .unknownKey, message: "signing certificate is not trusted\(reason)",
                cause: error)
        }
    }
}
