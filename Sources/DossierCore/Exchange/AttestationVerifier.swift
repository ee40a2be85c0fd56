public import DossierCrypto

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
    }

    /// Verifies form, key id, chain as of the moment of signing, organisation and signature.
    ///
    /// It does not look at the records, nor at the clock.
    ///
    /// - Throws: ``CoreError`` with code `malformedAttestation` or `invalidAttestation`, saying
    ///   which part does not hold.
    public func verify(_ attestation: Attestation) throws -> Verified {
        let batch = try AttestedBatch(decoding: attestation.attestedBatch)
        guard (1...Attestation.maximumCertificates).contains(attestation.certificates.count) else {
            throw CoreError(
                code: .malformedAttestation,
                message: "attestation has \(attestation.certificates.count) certificates, "
                    + "expected 1 to \(Attestation.maximumCertificates)")
        }
        let peer = try self.peer(signing: attestation, at: batch.signedAt.firstSecond)
        let key = try peer.certificate.publicKey
        guard key.keyID == batch.keyID else {
            throw CoreError.invalid("key id is not that of the signing certificate")
        }
        guard peer.identity.organisation == batch.originator else {
            throw CoreError.invalid(
                "certificate is of organisation \(peer.identity.organisation), "
                    + "the batch of \(batch.originator)")
        }
        do {
            try key.verify(
                signature: attestation.signature,
                of: Attestation.domainSeparator + attestation.attestedBatch)
        } catch {
            throw CoreError.invalid("signature does not fit batch and key", cause: error)
        }
        return Verified(batch: batch, signer: peer.identity)
    }

    private func peer(signing attestation: Attestation, at moment: Int64) throws -> VerifiedPeer {
        do {
            return try self.anchors.verify(
                encodedChain: attestation.certificates, at: moment, usage: .attestation)
        } catch {
            throw CoreError.invalid("signing certificate is not trusted", cause: error)
        }
    }
}

extension CoreError {
    fileprivate static func invalid(_ message: String, cause: (any Error)? = nil) -> CoreError {
        CoreError(code: .invalidAttestation, message: message, cause: cause)
    }
}
