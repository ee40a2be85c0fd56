import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

/// A batch of kr's in a small log, with everything that proves it: made in memory, without a node,
/// and with the proofs of the oracle.
struct ProofLog {
    static let origin = TestMembers.logOrigin("kr")

    let originator: ProofOriginator
    let batch: Batch
    let leafIndexes: [UInt64]
    let leaves: [Digest]
    let signer: NoteSigner
    private let oracle: ProofOracle

    /// A log of `size` leaves, in which the records have these indexes; the others are somebody's.
    init(
        size: Int = 13, at leafIndexes: [UInt64] = [4, 5, 6], batch records: [[UInt8]]? = nil,
        by originator: ProofOriginator? = nil, logKey: PrivateKey = TestLogKey.privateKey
    ) throws {
        // Named so that no two are one bit apart.
        let records = try records ?? leafIndexes.map { try TestRecord("P-\($0)-\($0)").encoded }
        self.originator = try originator ?? ProofOriginator()
        self.batch = Batch(records: records)
        self.leafIndexes = leafIndexes
        var leaves = (0..<size).map { Tree.leafHash(of: Array("leaf \($0)".utf8)) }
        for (position, index) in leafIndexes.enumerated() {
            leaves[Int(index)] = self.batch.leafHashes[position]
        }
        self.leaves = leaves
        self.oracle = ProofOracle(leaves)
        self.signer = try NoteSigner(name: Self.origin, privateKey: logKey)
    }

    var size: UInt64 { UInt64(self.leaves.count) }

    /// The log as its readers know it.
    var identity: LogIdentity {
        LogIdentity(origin: Self.origin, key: self.signer.verifierKey)
    }

    var head: TreeHead { TreeHead(size: self.size, root: self.oracle.root(self.leaves.count)) }

    /// The checkpoint, signed by the log's key or another.
    func checkpoint(by signer: NoteSigner? = nil) throws -> [UInt8] {
        try (signer ?? self.signer).sign(self.head).bytes
    }

    func path(_ leafIndex: UInt64) -> [Digest] {
        self.oracle.path(Int(leafIndex), self.leaves.count)
    }

    func range(_ range: Range<UInt64>) -> ProvenRange {
        let leaves = Int(range.lowerBound)..<Int(range.upperBound)
        return ProvenRange(
            firstIndex: range.lowerBound, count: range.count,
            proof: self.oracle.range(leaves, self.leaves.count))
    }

    /// The receipt for the batch.
    func receipt() throws -> KeptReceipt {
        let runs = [BatchRun](leafIndexes: self.leafIndexes)
        return KeptReceipt(
            leafHashes: self.batch.leafHashes, runs: runs,
            ranges: runs.ranges.map { self.range($0) }, checkpoint: try self.checkpoint())
    }

    /// The batch as it is signed.
    func attested(signedAt: Int64 = UnixTime.now) throws -> AttestedBatch {
        AttestedBatch(
            logOrigin: Self.origin, originator: "kr", batchRoot: self.batch.root,
            size: self.batch.records.count,
            signedAt: try #require(Moment(unixSeconds: signedAt)),
            keyID: self.originator.key.publicKey.keyID)
    }

    /// The proof of the record at a position of the batch.
    func proof(
        at position: Int = 1, changing change: (inout AttestedBatch) -> Void = { _ in }
    ) throws -> RecordProof {
        var attested = try self.attested()
        change(&attested)
        let leafIndex = self.leafIndexes[position]
        return RecordProof(
            record: self.batch.records[position],
            attestation: try Attestation(
                signing: attested, with: self.originator.key,
                certificates: self.originator.certificates),
            positionInBatch: position,
            batchPath: ProofOracle(self.batch.leafHashes).path(
                position, self.batch.records.count),
            inclusion: TlogProof(
                leafIndex: leafIndex, path: self.path(leafIndex),
                checkpoint: try self.checkpoint()))
    }

    /// A reader who knows the log's key and the originator's anchor.
    ///
    /// - Parameter changes: texts of the members file and what stands there instead.
    func judge(_ changes: (old: String, new: String)...) throws -> RecordJudge {
        var file = TestMembers(["kr", "us"]).json.replacing(
            try TestLogKey.signer(of: Self.origin).verifierKey.text,
            with: self.signer.verifierKey.text)
        for change in changes {
            try #require(file.contains(change.old))
            file = file.replacing(change.old, with: change.new, maxReplacements: 1)
        }
        return RecordJudge(
            members: try Members(json: Array(file.utf8)), anchors: self.originator.pki.anchors)
    }
}

/// An analyst of kr: key, certificates, and the PKI that issued them.
struct ProofOriginator {
    let pki: TestPKI
    let key: PrivateKey
    let certificates: [Certificate]

    /// An analyst whose certificate kr's CA issued, valid for a year unless told otherwise.
    init(_ algorithm: KeyAlgorithm = .ecdsaP256, validUntil end: Int64? = nil) throws {
        self.pki = try TestPKI(organisations: ["kr", "us"], algorithm: algorithm)
        var profile = try self.pki.profile("kr", .person, "analyst")
        if let end { profile.notAfter = end }
        let analyst = try self.pki.issue(profile, by: "kr")
        self.key = analyst.privateKey
        self.certificates = [analyst.certificate]
    }

    /// An analyst whose certificate an intermediate below kr's CA issued.
    init(belowIntermediate algorithm: KeyAlgorithm) throws {
        self.pki = try TestPKI(organisations: ["kr", "us"], algorithm: algorithm)
        let intermediateKey = try PrivateKey.generate(algorithm)
        let intermediate = try CertificateAuthority(
            certificate: self.pki.authority(of: "kr").issue(
                .authority(
                    organisation: "kr", commonName: "Intermediate", maximumIntermediates: 0),
                for: intermediateKey.publicKey),
            privateKey: intermediateKey)
        self.key = try PrivateKey.generate(algorithm)
        let certificate = try intermediate.issue(
            self.pki.profile("kr", .person, "analyst"), for: self.key.publicKey)
        self.certificates = [certificate, intermediate.certificate]
    }
}

/// Expects a verification to fail, with this code if one is given.
func expectRefusal(
    _ code: VerificationError.Code? = nil, _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record(comment ?? "accepted", sourceLocation: sourceLocation)
    } catch let error as VerificationError {
        // Asked first: an expectation costs more than a verification.
        guard let code, code != error.code else { return }
        Issue.record(
            "\(comment?.rawValue ?? ""): \(error.debugDescription)", sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}
