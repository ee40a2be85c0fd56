import DossierAPI
import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog

/// A log in memory: signed batches, their leaves, and the checkpoint of all of them.
final class MemoryLog {
    struct Leaf {
        var record: [UInt8]
        var hash: Digest
        var facts: RecordFacts
        var batch: Int
        var position: Int
    }

    struct SignedBatch {
        var attestation: Attestation
        var hashes: [Digest]
        /// Which of its records the batch added to the log.
        var added: [Bool]
        /// The leaves that it added.
        var leaves: Range<Int>

        /// As a follower is sent it.
        func followed(_ certificates: [UInt32]) -> FollowedBatch {
            let isWhole = self.added.allSatisfy { $0 }
            var bits = [UInt8](repeating: 0, count: (self.added.count + 7) / 8)
            for (position, isAdded) in self.added.enumerated() where isAdded {
                bits[position / 8] |= 1 << (position % 8)
            }
            return FollowedBatch(
                attestedBatch: self.attestation.attestedBatch,
                signature: self.attestation.signature, certificateNumbers: certificates,
                knownHashes: zip(self.hashes, self.added).filter { !$1 }.map(\.0),
                added: isWhole ? [] : bits)
        }
    }

    let organisation: String
    private(set) var leaves: [Leaf] = []
    private(set) var batches: [SignedBatch] = []
    private(set) var edge = TreeEdge()
    private(set) var checkpoint: SignedCheckpoint
    private var places: [Digest: Int] = [:]

    init(of organisation: String) throws {
        self.organisation = organisation
        self.checkpoint = try World.shared.checkpoint(.empty, of: organisation)
    }

    var size: UInt64 { self.edge.size }
    var hashes: [Digest] { self.leaves.map(\.hash) }

    /// Signs records as one batch, and logs those that are not logged yet.
    ///
    /// A batch of which nothing is new is not logged. Throws for a record that breaks a rule,
    /// unless nothing is to be checked.
    func submit(_ records: [[UInt8]], checking isChecked: Bool = true) throws {
        let hashes = records.map { Tree.leafHash(of: $0) }
        let added = hashes.map { self.places[$0] == nil }
        guard added.contains(true) else { return }
        let first = self.leaves.count
        for (position, record) in records.enumerated() where added[position] {
            let checked = RecordCheck.check(record)
            guard checked.findings.isEmpty || !isChecked else {
                throw TestSupportError("a record for the log is wrong: \(checked.findings)")
            }
            self.places[hashes[position]] = self.leaves.count
            self.edge.append(hashes[position])
            self.leaves.append(
                Leaf(
                    record: record, hash: hashes[position], facts: checked.facts,
                    batch: self.batches.count, position: position))
        }
        self.batches.append(
            SignedBatch(
                attestation: try World.shared.attest(hashes, by: self.organisation),
                hashes: hashes, added: added, leaves: first..<self.leaves.count))
        self.checkpoint = try World.shared.checkpoint(self.edge.head, of: self.organisation)
    }

    /// The first leaves' tree.
    func head(_ size: UInt64) -> TreeHead {
        TreeHead(size: size, root: Tree.root(of: Array(self.hashes.prefix(Int(size)))))
    }

    /// The proof that the tree of all leaves, or of some, goes on from that of the first.
    func consistency(from size: UInt64, to end: UInt64? = nil) throws -> [Digest] {
        let plan = try ProofPlan.consistency(from: size, to: end ?? self.size)
        return plan.proof(
            from: plan.subtrees.map { subtree in
                let range = Int(subtree.leaves.lowerBound)..<Int(subtree.leaves.upperBound)
                return Tree.root(of: self.leaves[range].map(\.hash))
            })
    }

    /// The newest checkpoint, or another, proven to a follower who then has so many leaves.
    func proven(
        _ checkpoint: SignedCheckpoint? = nil, from size: UInt64
    ) throws -> ProvenCheckpoint {
        let checkpoint = checkpoint ?? self.checkpoint
        return ProvenCheckpoint(
            checkpoint: checkpoint.bytes,
            consistencyProof: try self.consistency(from: size, to: checkpoint.head.size))
    }

    /// A leaf as a Fetch answers it.
    func logged(_ index: Int, attestation: Int) throws -> LoggedRecord {
        let leaf = self.leaves[index]
        let path = try ProvenLeaves(ofWholeTree: self.batches[leaf.batch].hashes)
            .inclusionPath(of: UInt64(leaf.position))
        return LoggedRecord(
            record: leaf.record, leafIndex: UInt64(index), positionInBatch: leaf.position,
            batchPath: path.flatMap(\.bytes), attestationIndex: attestation)
    }
}
