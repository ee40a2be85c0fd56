public import DossierCrypto
public import MerkleLog

/// The log's tree at one checkpoint, with what proves from it. It stays good however the log grows.
public struct PublishedTree: Sendable {
    /// The checkpoint.
    public let checkpoint: SignedCheckpoint
    private let recent: RecentHashes
    private let stored: HashReader
    private let readers: ThreadExecutor

    init(
        checkpoint: SignedCheckpoint, recent: RecentHashes, stored: HashReader,
        readers: ThreadExecutor
    ) {
        self.checkpoint = checkpoint
        self.recent = recent
        self.stored = stored
        self.readers = readers
    }

    /// Number of leaves.
    public var size: UInt64 { self.checkpoint.head.size }

    /// Proves that the tree of a size is a prefix of this one; from size 0 the proof is empty.
    ///
    /// Throws `outOfRange` for a size that this tree has not reached, or what reading failed with.
    public func consistencyProof(from size: UInt64) async throws(StoreError) -> [Digest] {
        try await self.consistencyProof(from: size, to: self.size)
    }

    /// Proves that the tree of one size is a prefix of that of another.
    ///
    /// Throws `outOfRange` unless the sizes ascend up to this tree's, or what reading failed with.
    public func consistencyProof(
        from first: UInt64, to second: UInt64
    ) async throws(StoreError) -> [Digest] {
        guard second <= self.size else { throw self.beyond(second) }
        return try await self.proofs([
            try Self.plan { () throws(VerificationError) in
                try ProofPlan.consistency(from: first, to: second)
            }
        ])[0]
    }

    /// Proves that a leaf is in the tree of a size, or in this one.
    ///
    /// Throws `outOfRange` unless the leaf is in it and this tree has reached the size.
    public func inclusionProof(
        of leafIndex: UInt64, in size: UInt64? = nil
    ) async throws(StoreError) -> [Digest] {
        let size = size ?? self.size
        guard size <= self.size else { throw self.beyond(size) }
        return try await self.proofs([
            try Self.plan { () throws(VerificationError) in
                try ProofPlan.inclusion(of: leafIndex, in: size)
            }
        ])[0]
    }

    /// Proves for each of some ranges that its leaves are in this tree.
    ///
    /// Throws `outOfRange` for a range that is empty or not in it.
    public func rangeProofs(_ ranges: [Range<UInt64>]) async throws(StoreError) -> [[Digest]] {
        var plans: [ProofPlan] = []
        for range in ranges {
            plans.append(
                try Self.plan { () throws(VerificationError) in
                    try ProofPlan.range(range, in: self.size)
                })
        }
        return try await self.proofs(plans)
    }

    /// The hashes of the leaves in a range.
    ///
    /// Throws `outOfRange` for a range that is not in this tree.
    public func leafHashes(_ range: Range<UInt64>) async throws(StoreError) -> [Digest] {
        guard range.upperBound <= self.size else { throw self.beyond(range.upperBound) }
        guard let last = range.last else { return [] }
        return try await self.onReader { () throws(StoreError) in
            let first = Subtree(level: 0, index: range.lowerBound).storedIndex
            let end = Subtree(level: 0, index: last).storedIndex + 1
            let stored = try self.stored.read(first..<end)
            return range.map {
                stored[Int(Subtree(level: 0, index: $0).storedIndex - first)]
            }
        }
    }

    // MARK: - Reading

    // More than so many are left to threads that may take their time.
    private static let plansAtOnce = 16

    /// The proofs of some plans: from memory where that has them, or read on threads that may wait
    /// for a disk.
    private func proofs(_ plans: [ProofPlan]) async throws(StoreError) -> [[Digest]] {
        if plans.count <= Self.plansAtOnce {
            let proofs = plans.compactMap { plan in
                let hashes =
                    self.recent.hashes(of: plan.subtrees)
                    ?? self.stored.hashesWithoutWaiting(of: plan.subtrees)
                return hashes.map { plan.proof(from: $0) }
            }
            if proofs.count == plans.count { return proofs }
        }
        return try await self.onReader { () throws(StoreError) in
            var proofs: [[Digest]] = []
            for plan in plans {
                if let hashes = self.recent.hashes(of: plan.subtrees) {
                    proofs.append(plan.proof(from: hashes))
                } else {
                    proofs.append(plan.proof(from: try self.stored.hashes(of: plan.subtrees)))
                }
            }
            return proofs
        }
    }

    private func onReader<Result: Sendable>(
        _ body: @Sendable () throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        // The function below rethrows untyped; the error comes out as a value.
        let result = await withTaskExecutorPreference(self.readers) {
            Swift.Result { () throws(StoreError) in try body() }
        }
        return try result.get()
    }

    private static func plan(
        _ make: () throws(VerificationError) -> ProofPlan
    ) throws(StoreError) -> ProofPlan {
        do throws(VerificationError) { return try make() } catch {
            throw StoreError(.outOfRange, error.message, cause: error)
        }
    }

    private func beyond(_ size: UInt64) -> StoreError {
        StoreError(.outOfRange, "the log has \(self.size) leaves, asked for \(size)")
    }
}
