import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierStore

@Suite("Published trees")
struct PublishedTreeTests {
    @Test("every submission is proven under its checkpoint, new or known, alone or in a group")
    func receipts() async throws {
        try await withTestStore { store, _ in
            let outcomes = try await withThrowingTaskGroup(
                of: (Submission, SubmissionOutcome).self
            ) { group in
                for start in stride(from: 0, to: 200, by: 5) {
                    group.addTask {
                        let batch = Submission.numbered(start..<start + 1 + start % 7)
                        return (batch, try await store.submit(batch))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            var sizes: Set<UInt64> = []
            for (batch, outcome) in outcomes {
                try await self.verify(outcome, of: batch)
                sizes.insert(outcome.logSize)
                try await self.verify(try await store.submit(batch), of: batch)
            }
            // One checkpoint a group, each a prefix of the next.
            let last = try store.publishedTree()
            for size in sizes { #expect(try await last.consistencyProof(from: size).count < 20) }
        }
    }

    /// Verifies that all records of a batch are where the outcome says, in one go each range.
    private func verify(_ outcome: SubmissionOutcome, of batch: Submission) async throws {
        let ranges = outcome.runs.ranges
        let proofs = try await outcome.tree.rangeProofs(ranges)
        let receipt = KeptReceipt(
            leafHashes: batch.leafHashes, runs: outcome.runs,
            ranges: zip(ranges, proofs).map {
                ProvenRange(firstIndex: $0.lowerBound, count: $0.count, proof: $1)
            }, checkpoint: outcome.tree.checkpoint.bytes)
        try receipt.verify(in: .forTests)
    }

    @Test("inclusion, consistency and leaf hashes are those of the tree, read or remembered")
    func proofs() async throws {
        try await withTemporaryDirectory { path in
            let configuration = StoreConfiguration.forTests("\(path)/store", segmentBytes: 4_000)
            var store = try await Store.openForTests(configuration)
            for start in stride(from: 0, to: 60, by: 4) {
                _ = try await store.submit(.numbered(start..<start + 4))
            }
            for _ in 0..<2 {
                try await self.checkProofs(of: try store.publishedTree())
                try await store.close()
                // Nothing is remembered after a start: all is read from the file.
                store = try await Store.openForTests(configuration)
            }
            try await store.close()
        }
    }

    private func checkProofs(of tree: PublishedTree) async throws {
        let leaves = (0..<60).map { TestRecord(reference: "KR-\($0)").recordID }
        #expect(try await tree.leafHashes(0..<60) == leaves)
        #expect(try await tree.leafHashes(13..<14) == [leaves[13]])
        #expect(try await tree.leafHashes(7..<7) == [])
        for size in 1...60 {
            let root = Tree.root(of: Array(leaves.prefix(size)))
            let head = TreeHead(size: UInt64(size), root: root)
            for index in 0..<size {
                try Tree.verifyInclusion(
                    leaf: leaves[index], index: UInt64(index), treeSize: head.size,
                    path: try await tree.inclusionProof(of: UInt64(index), in: head.size),
                    root: root)
            }
            try Tree.verifyConsistency(
                from: head, to: tree.checkpoint.head,
                proof: try await tree.consistencyProof(from: head.size))
        }
    }

    @Test("what the tree has not reached, and ranges without leaves, are out of range")
    func outOfRange() async throws {
        try await withTestStore { store, _ in
            _ = try await store.submit(.numbered(0..<5))
            let tree = try store.publishedTree()
            let outOfRange = StoreError(.outOfRange, "")
            await #expect(throws: outOfRange) { try await tree.inclusionProof(of: 5) }
            await #expect(throws: outOfRange) { try await tree.inclusionProof(of: 0, in: 6) }
            await #expect(throws: outOfRange) { try await tree.inclusionProof(of: 3, in: 3) }
            await #expect(throws: outOfRange) { try await tree.inclusionProof(of: 0, in: 0) }
            await #expect(throws: outOfRange) { try await tree.consistencyProof(from: 6) }
            await #expect(throws: outOfRange) { try await tree.consistencyProof(from: 3, to: 2) }
            await #expect(throws: outOfRange) { try await tree.consistencyProof(from: 0, to: .max) }
            await #expect(throws: outOfRange) { try await tree.rangeProofs([2..<2]) }
            await #expect(throws: outOfRange) { try await tree.rangeProofs([4..<6]) }
            await #expect(throws: outOfRange) { try await tree.leafHashes(4..<6) }
            #expect(try await tree.consistencyProof(from: 0).isEmpty)
        }
    }

    @Test("a batch whose records stand at too many places is refused, and nothing is appended")
    func scattered() async throws {
        try await withTestStore { store, _ in
            let count = 2 * Batch.maximumRanges + 2
            _ = try await store.submit(.numbered(0..<count))
            let every = stride(from: 0, to: count, by: 2).map { TestRecord(reference: "KR-\($0)") }
            await #expect(throws: StoreError(.scattered, "")) {
                _ = try await store.submit(Submission(every + [TestRecord(reference: "NEW")]))
            }
            #expect(store.logSize == UInt64(count))
            let fewer = Submission(Array(every.prefix(Batch.maximumRanges)))
            let outcome = try await store.submit(fewer)
            #expect(outcome.runs.ranges.count == Batch.maximumRanges)
            try await self.verify(outcome, of: fewer)
            // What was refused is not taken for known.
            #expect(
                try await store.submit(Submission([TestRecord(reference: "NEW")])).appended == 1)
        }
    }

    @Test("an older tree proves what it did, however the log grows")
    func older() async throws {
        try await withTestStore { store, _ in
            let first = try await store.submit(.numbered(0..<3))
            for start in 1..<40 {
                _ = try await store.submit(.numbered(start * 10..<start * 10 + 9))
            }
            try await self.verify(first, of: .numbered(0..<3))
            #expect(first.tree.size == 3)
        }
    }
}
