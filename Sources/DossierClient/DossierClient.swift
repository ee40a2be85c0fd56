// DossierClient: what a program that submits or retrieves records calls.
//
// `ExchangeClient` is a connection to one organisation's node, with typed calls that verify what
// they return. `RecordDraft` makes a record ready to be signed, `SubmissionPlan` sorts records
// into batches of one releasability and signs them. `MirrorMessages` is what a mirror is made from;
// whoever makes it verifies them. The room leaves out files, profiles and terminals: those are the
// command line's.

public import DossierAPI
public import DossierCore
public import DossierCrypto
public import MerkleLog

/// Whom a client speaks for, and the key it proves it with.
public struct Credentials: Sendable {
    /// The certificate chain, without the trust anchor, end-entity certificate first.
    public let chain: [Certificate]
    /// The chain in PEM.
    public let chainPEM: [UInt8]
    /// The private key.
    public let key: PrivateKey
    /// The private key in PEM.
    let keyPEM: [UInt8]
    /// Who that is.
    public let identity: PeerIdentity

    /// Credentials of a member.
    ///
    /// - Parameters:
    ///   - chainPEM: certificate chain in PEM.
    ///   - key: the private key of its first certificate.
    ///   - trustDomain: the members' trust domain.
    /// - Throws: ``DossierCrypto/CryptoError`` when the certificate carries no identity of the
    ///   trust domain, or the key is another certificate's.
    public init(chainPEM: [UInt8], key: PrivateKey, trustDomain: String) throws {
        let chain = try Certificate.chain(pem: chainPEM)
        self.chain = chain
        self.chainPEM = chainPEM
        self.key = key
        self.keyPEM = try key.pem()
        self.identity = try chain[0].peerIdentity(trustDomain: trustDomain)
        guard try chain[0].publicKey == key.publicKey else {
            throw CryptoError(
                code: .keyMismatch, message: "the private key is not that of the certificate")
        }
    }
}

/// A record that was verified: the exact bytes its originator signed, and what they say.
public struct VerifiedRecord: Sendable {
    /// Record id.
    public let id: RecordID
    /// The exact bytes that the originator signed.
    public let bytes: [UInt8]
    /// Who signed it, and when.
    public let attested: AttestedBatch
    /// The attestation of its batch.
    public let attestation: Attestation
    /// Origin of the log it came from.
    public let logOrigin: String
    /// Leaf index in that log.
    public let leafIndex: UInt64
    /// To the originator itself: why nobody else is given the record; empty if others are.
    public let withheldReason: String
    /// What the record is within its finding, as far as the node that answered holds it.
    public let standing: Standing
    /// When the node that answered last heard of the log from the log's own node. It is that node's
    /// word.
    public let contact: DirectContact
}

/// A record that is in the log, and that is nobody's word: its attestation does not check.
public struct RefusedRecord: Error {
    /// Record id.
    public let id: RecordID
    /// Leaf index in the log.
    public let leafIndex: UInt64
    /// Why it does not check.
    public let reason: VerificationError
}
