import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierStore
import MerkleLog

/// Verifies what a peer sends of its log, message by message, before anything of it is kept.
///
/// What it verifies stands in `Protos/dossier/v1/mirror.proto`.
struct FollowVerifier: Sendable {
    /// The most certificates of one stream.
    static let maximumCertificates = 8_192

    /// A message that was verified.
    struct Verified: Sendable {
        /// What may be kept.
        var leaves: MirroredLeaves
        /// Where the follower stands then.
        var position: SyncPosition
        /// How many records came that are not released to this organisation; their hashes are kept.
        var notReleased: Int
    }

    let subject: MirrorSubject
    private var certificates: [[UInt8]] = []
    // The checkpoint that was verified last: in a long catch-up it comes with every message.
    private var lastCheckpoint: SignedCheckpoint?

    init(_ subject: MirrorSubject) { self.subject = subject }

    /// Forgets the certificates of the stream before.
    mutating func beginStream() { self.certificates = [] }

    /// Verifies the message that follows at a position.
    ///
    /// - Parameter isDirect: whether it comes from the log's own node. A relay may be behind what was
    ///   seen of the log; the log's own node may not.
    ///
    /// Throws ``MerkleLog/VerificationError``; of two checkpoints that contradict each other the
    /// cause is a ``DossierClient/CheckpointConflict``.
    mutating func verify(
        _ message: FollowResponse, at position: SyncPosition, isDirect: Bool = true
    ) throws(VerificationError) -> Verified {
        guard message.firstIndex == position.size else {
            throw VerificationError(
                code: .wrongIndex,
                message: "leaves come from \(message.firstIndex) on, expected \(position.size)")
        }
        try self.take(message.certificates)
        let checkpoint = try self.checkpoint(
            message.checkpoint, knowing: position.newest, isDirect: isDirect)
        var runs: [MirroredRun] = []
        var notReleased = 0
        var leafIndex = position.size
        for run in message.runs {
            let verified = try self.verify(run, at: leafIndex, &notReleased)
            leafIndex += UInt64(verified.appended.count)
            runs.append(verified)
        }
        let leaves = runs.lazy.flatMap { run in run.appended.map { run.leafHashes[$0] } }
        var next = position
        do throws(VerificationError) {
            try next.append(leaves)
        } catch {
            // Only leaves that are in the checkpoint's tree show that the log has two histories.
            var edge = position.edge
            for leaf in leaves { edge.append(leaf) }
            try Self.verify(checkpoint, goesOnFrom: edge, message.checkpoint)
            throw Self.evidence(error, next.promises.first, checkpoint)
        }
        try Self.verify(checkpoint, goesOnFrom: next.edge, message.checkpoint)
        next.note(checkpoint)
        return Verified(
            leaves: MirroredLeaves(
                runs: runs, firstIndex: message.firstIndex, checkpoint: checkpoint),
            position: next, notReleased: notReleased)
    }

    private mutating func take(_ certificates: [[UInt8]]) throws(VerificationError) {
        guard self.certificates.count + certificates.count <= Self.maximumCertificates else {
            throw VerificationError(
                code: .ambiguousForm,
                message: "more than \(Self.maximumCertificates) certificates on one stream")
        }
        self.certificates += certificates
    }

    // MARK: - Checkpoints

    private mutating func checkpoint(
        _ proven: ProvenCheckpoint, knowing newest: SignedCheckpoint?, isDirect: Bool
    ) throws(VerificationError) -> SignedCheckpoint {
        let checkpoint: SignedCheckpoint
        if let last = self.lastCheckpoint, last.bytes == proven.checkpoint {
            checkpoint = last
        } else {
            checkpoint = try self.subject.log.verify(checkpoint: proven.checkpoint)
            self.lastCheckpoint = checkpoint
        }
        guard let newest else { return checkpoint }
        if checkpoint.head.size < newest.head.size, isDirect {
            throw VerificationError(
                code: .olderCheckpoint,
                message: "a checkpoint of \(checkpoint.head.size) leaves, \(newest.head.size) were "
                    + "seen before",
                cause: CheckpointConflict(known: newest.bytes, shown: checkpoint.bytes))
        }
        if checkpoint.head.size == newest.head.size, checkpoint.head != newest.head {
            throw VerificationError(
                code: .splitView,
                message: "two different trees of \(checkpoint.head.size) leaves",
                cause: CheckpointConflict(known: newest.bytes, shown: checkpoint.bytes))
        }
        return checkpoint
    }

    private static func verify(
        _ checkpoint: SignedCheckpoint, goesOnFrom edge: TreeEdge, _ proven: ProvenCheckpoint
    ) throws(VerificationError) {
        guard edge.size <= checkpoint.head.size else {
            throw VerificationError(
                code: .wrongIndex,
                message: "\(edge.size) leaves, and a checkpoint of \(checkpoint.head.size)")
        }
        guard edge.size > 0 else {
            guard proven.consistencyProof.isEmpty else {
                throw VerificationError(
                    code: .wrongProof, message: "a consistency proof from no leaves is empty")
            }
            return
        }
        try Tree.verifyConsistency(
            from: edge.head, to: checkpoint.head, proof: proven.consistencyProof)
    }

    /// The same error, with the promise that was broken and the checkpoint that breaks it.
    private static func evidence(
        _ error: VerificationError, _ promise: SignedCheckpoint?, _ shown: SignedCheckpoint
    ) -> VerificationError {
        var error = error
        error.cause = promise.map { CheckpointConflict(known: $0.bytes, shown: shown.bytes) }
        return error
    }

    // MARK: - Runs

    private func verify(
        _ run: LeafRun, at leafIndex: UInt64, _ notReleased: inout Int
    ) throws(VerificationError) -> MirroredRun {
        guard let batch = run.batch else {
            guard run.records.isEmpty, !run.withheldHashes.isEmpty else {
                throw VerificationError(
                    code: .ambiguousForm,
                    message: "a run of \(run.records.count) records without "
                        + "a batch, at leaf \(leafIndex)")
            }
            return MirroredRun(hashes: run.withheldHashes)
        }
        let attestation = try self.attestation(of: batch)
        let (leafHashes, appended) = try Self.leafHashes(of: run, batch, at: leafIndex)
        let attested = try self.subject.verify(attestation, at: leafIndex + UInt64(run.count) - 1)
        guard attested.batch.size == leafHashes.count,
            attested.batch.batchRoot == Tree.root(of: leafHashes)
        else {
            throw VerificationError(
                code: .wrongLeaf,
                message: "the records from leaf \(leafIndex) on are not those that "
                    + "\(attested.batch.originator) signed")
        }
        var records: [[UInt8]] = []
        var facts: [RecordFacts?] = []
        records.reserveCapacity(run.count)
        facts.reserveCapacity(run.count)
        for record in run.records {
            let known = try record.isEmpty ? nil : self.subject.facts(of: record)
            if known == nil, !record.isEmpty { notReleased += 1 }
            records.append(known == nil ? [] : record)
            facts.append(known)
        }
        guard facts.contains(where: { $0 != nil }) else {
            return MirroredRun(hashes: appended.map { leafHashes[$0] })
        }
        return MirroredRun(
            attestation: try attestation.encodedForKeeping(), leafHashes: leafHashes,
            root: attested.batch.batchRoot, appended: appended, records: records, facts: facts)
    }

    private func attestation(of batch: FollowedBatch) throws(VerificationError) -> Attestation {
        var certificates: [[UInt8]] = []
        for number in batch.certificateNumbers {
            guard self.certificates.indices.contains(Int(number)) else {
                throw VerificationError(
                    code: .ambiguousForm, message: "certificate \(number) was never sent")
            }
            certificates.append(self.certificates[Int(number)])
        }
        return Attestation(
            attestedBatch: batch.attestedBatch, signature: batch.signature,
            certificates: certificates)
    }

    /// The leaf hashes of a batch, and which of its records the run added.
    private static func leafHashes(
        of run: LeafRun, _ batch: FollowedBatch, at leafIndex: UInt64
    ) throws(VerificationError) -> (hashes: [Digest], appended: [Int]) {
        let size = run.records.count + batch.knownHashes.count
        let isAdded = { (position: Int) in
            batch.added.isEmpty || batch.added[position / 8] >> (position % 8) & 1 == 1
        }
        guard (1...Batch.maximumRecords).contains(size), !run.records.isEmpty,
            batch.added.isEmpty
                ? batch.knownHashes.isEmpty : batch.added.count == (size + 7) / 8
        else {
            throw VerificationError(
                code: .ambiguousForm, message: "a batch of \(size) records, at leaf \(leafIndex)")
        }
        let appended = (0..<size).filter(isAdded)
        var withheld = run.withheldHashes[...]
        var known = batch.knownHashes[...]
        var records = run.records[...]
        var hashes: [Digest] = []
        hashes.reserveCapacity(size)
        guard appended.count == run.records.count else {
            throw VerificationError(
                code: .ambiguousForm,
                message: "\(appended.count) records added, \(run.records.count) came, at leaf "
                    + "\(leafIndex)")
        }
        for position in 0..<size {
            guard isAdded(position) else {
                hashes += known.prefix(1)
                known = known.dropFirst()
                continue
            }
            if let record = records.popFirst(), !record.isEmpty {
                hashes.append(Tree.leafHash(of: record))
            } else {
                hashes += withheld.prefix(1)
                withheld = withheld.dropFirst()
            }
        }
        guard hashes.count == size, withheld.isEmpty else {
            throw VerificationError(
                code: .ambiguousForm,
                message: "withheld records and their hashes are not as many, at leaf \(leafIndex)")
        }
        return (hashes, appended)
    }
}

extension Attestation {
    /// The wire form, as it is kept beside records.
    func encodedForKeeping() throws(VerificationError) -> [UInt8] {
        do { return try self.encoded() } catch {
            throw VerificationError(
                code: .ambiguousForm, message: "attestation cannot be encoded", cause: error)
        }
    }
}
