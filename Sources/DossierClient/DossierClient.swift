// DossierClient: what a program that submits or retrieves records calls.
//
// `ExchangeClient` is a connection to one organisation's node, with typed calls that verify what
// they return. `RecordDraft` makes a record ready to be signed, `SubmissionPlan` sorts records
// into batches of one releasability and signs them. `MirrorMessages` is what a mirror is made from;
// whoever makes it verifies them. The room leaves out files, profiles and terminals: those are the
// command line's.

public import DossierAPI
public import DossierCore
public import MerkleLog

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
