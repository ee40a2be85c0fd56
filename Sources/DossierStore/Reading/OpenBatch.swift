import DossierCrypto
import MerkleLog
import Synchronization

/// A batch as read from its frame, all but the records: verified against its root.
struct OpenBatch: Sendable {
    /// What the reader of a record is told of its batch.
    let batch: StoredBatch
    /// The tree over its leaf hashes.
    private let tree: ProvenLeaves
    private let head: FrameHead

    /// Takes a frame's head; nil if its leaf hashes do not make the batch root.
    init?(_ head: FrameHead, firstIndex: UInt64, root: Digest) {
        guard !head.leafHashes.isEmpty else { return nil }
        self.tree = ProvenLeaves(ofWholeTree: head.leafHashes)
        guard self.tree.head.root == root else { return nil }
        self.head = head
        self.batch = StoredBatch(
            firstIndex: firstIndex, attestation: head.attestation, root: root,
            size: head.leafHashes.count)
    }

    /// Where the record with a leaf index stands in the batch.
    func position(of leafIndex: UInt64) -> Int {
        self.head.appended[Int(leafIndex - self.batch.firstIndex)]
    }

    /// The sibling hashes from a record, by its position, to the batch root.
    func path(of position: Int) -> [Digest] {
        guard let path = try? self.tree.inclusionPath(of: UInt64(clamping: position)) else {
            preconditionFailure("a frame appends records of its batch")
        }
        return path
    }

    /// Where the record with a leaf index lies in the frame's body.
    func range(of leafIndex: UInt64) -> Range<Int> {
        self.head.recordRanges[Int(leafIndex - self.batch.firstIndex)]
    }
}

/// The batches read last, since whoever asks for one record of a batch often asks for more.
final class BatchCache: Sendable {
    private struct State {
        // The last used at the end.
        var batches: [OpenBatch] = []
        var records = 0
    }

    // About 100 bytes each.
    private static let maximumRecords = 50_000
    private static let maximumBatches = 32

    private let state = Mutex(State())

    /// A batch by the leaf index of the first record it added; nil if it is not kept.
    subscript(firstIndex: UInt64) -> OpenBatch? {
        self.state.withLock { state in
            let index = state.batches.lastIndex { $0.batch.firstIndex == firstIndex }
            guard let index else { return nil }
            let batch = state.batches.remove(at: index)
            state.batches.append(batch)
            return batch
        }
    }

    /// Keeps a batch, and lets those go that were not used for the longest time.
    func insert(_ batch: OpenBatch) {
        self.state.withLock { state in
            guard !state.batches.contains(where: { $0.batch.firstIndex == batch.batch.firstIndex })
            else { return }
            state.batches.append(batch)
            state.records += batch.batch.size
            while state.records > Self.maximumRecords || state.batches.count > Self.maximumBatches {
                state.records -= state.batches.removeFirst().batch.size
            }
        }
    }
}
