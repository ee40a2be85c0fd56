public import DossierCore
import DossierCrypto
import MerkleLog

/// Whose log is mirrored, for whom, and who judges what comes of it.
public struct MirrorSubject: Sendable {
    /// Organisation id of the peer, which is the originator of all records of its log.
    public let originator: String
    /// Its log.
    public let log: LogIdentity
    /// Organisation id of the mirror's own node.
    public let reader: String
    /// Whom the node trusts.
    public let judge: RecordJudge

    /// A log of a peer, mirrored for a reader.
    public init(originator: String, log: LogIdentity, reader: String, judge: RecordJudge) {
        self.originator = originator
        self.log = log
        self.reader = reader
        self.judge = judge
    }

    /// Verifies an attestation: everything that holds for a reader of records, that it is of the
    /// log's originator and for the log, and that its key counts at a leaf.
    func verify(
        _ attestation: Attestation, at leafIndex: UInt64
    ) throws(VerificationError) -> AttestationVerifier.Verified {
        let attested = try self.judge.verify(attestation)
        guard attested.batch.originator == self.originator else {
            throw VerificationError(
                code: .wrongSigner,
                message: "a batch of \(attested.batch.originator.escapedForTerminal) in the log of "
                    + self.originator)
        }
        try self.judge.requireOrigin(attested.batch.logOrigin, is: self.log)
        try self.judge.requireGood(attested.batch, at: leafIndex)
        return attested
    }

    /// What a record says of itself; nil if it is not released to the reader.
    ///
    /// A record that breaks a rule of its form is kept: its node may know more than this one. But it
    /// counts as not understood, and nobody else is given it. Throws `wrongSigner` for a record that
    /// says it is of another originator.
    func facts(of record: [UInt8]) throws(VerificationError) -> RecordFacts? {
        let facts = RecordCheck.check(record).factsOfMirrored
        guard facts.originator == self.originator else {
            throw VerificationError(
                code: .wrongSigner,
                message: "record \(RecordID(ofEncoded: record)) says it is of "
                    + "\(facts.originator.escapedForTerminal), and comes from the log of "
                    + self.originator)
        }
        // Whoever is removed by a restriction or withdrawal is told, named or not.
        if facts.operation.isNotice { return facts }
        let isNamed = facts.marking.releasability.contains(self.reader)
        return isNamed && !facts.marking.orcon ? facts : nil
    }
}
