import DossierCore
import DossierCrypto
import MerkleLog

/// Reads records, with what proves them, from the frames they were appended in.
///
/// Nothing is handed out that was not compared with a hash: the leaf hashes of a frame with the
/// batch root that the catalog has, each record with its leaf hash.
struct BatchReader {
    // Holds any attestation, and the whole head of all but large batches.
    private static let firstReadBytes = 96 << 10
    // With more wanted than one record of this many, a frame is read whole.
    private static let sparseness = 4

    private let log: any LogStorage

    /// Creates a reader of a log.
    init(_ log: any LogStorage) { self.log = log }

    /// Reads the records of rows, in their order. Rows of one frame that follow each other cost
    /// one read.
    func read(_ rows: [CatalogRow]) async throws(StoreError) -> [StoredRecord] {
        var records: [StoredRecord] = []
        records.reserveCapacity(rows.count)
        var start = 0
        while start < rows.count {
            let frame = rows[start].frame
            let end = rows[start...].firstIndex { $0.frame != frame } ?? rows.count
            try await self.read(rows[start..<end], of: frame, into: &records)
            start = end
        }
        return records
    }

    private func read(
        _ rows: ArraySlice<CatalogRow>, of frame: FrameLocation, into records: inout [StoredRecord]
    ) async throws(StoreError) {
        let isDense = rows.count * Self.sparseness >= frame.recordCount
        let start = try await self.log.body(
            of: frame, range: 0..<(isDense ? frame.bodyLength : Self.firstBytes(of: frame)))
        let head = try await self.head(of: frame, start)
        let tree = BatchTree(head.leafHashes)
        guard let root = rows.first?.batchRoot.digest, tree.root == root else {
            throw Self.damaged(frame, "leaf hashes do not make the batch root")
        }
        let batch = StoredBatch(
            firstIndex: frame.firstIndex, attestation: head.attestation, root: root,
            size: head.leafHashes.count)
        for row in rows {
            let ordinal = Int(row.leafIndex - frame.firstIndex)
            let position = head.appended[ordinal]
            let range = head.recordRanges[ordinal]
            let bytes =
                range.upperBound <= start.count
                ? [UInt8](start[range]) : try await self.log.body(of: frame, range: range)
            guard Tree.leafHash(of: bytes) == row.recordID.digest else {
                throw Self.damaged(frame, "record at leaf \(row.leafIndex) does not have its hash")
            }
            records.append(
                StoredRecord(
                    bytes: bytes, leafIndex: row.leafIndex, recordID: row.recordID, batch: batch,
                    positionInBatch: position, batchPath: tree.inclusionPath(for: position)))
        }
    }

    private static func firstBytes(of frame: FrameLocation) -> Int {
        min(frame.bodyLength, self.firstReadBytes)
    }

    /// The head of a frame whose body begins with these bytes.
    private func head(
        of frame: FrameLocation, _ start: [UInt8]
    ) async throws(StoreError) -> FrameHead {
        let needed = start.withUnsafeBytes {
            FrameHead.byteCount(ofBody: $0, recordCount: frame.recordCount)
        }
        guard let needed, needed <= frame.bodyLength else {
            throw Self.damaged(frame, "frame has no head")
        }
        let bytes =
            needed <= start.count ? start : try await self.log.body(of: frame, range: 0..<needed)
        let head = bytes.withUnsafeBytes { FrameHead(decoding: $0, recordCount: frame.recordCount) }
        guard let head, head.recordRanges.last?.upperBound == frame.bodyLength else {
            throw Self.damaged(frame, "frame contradicts itself")
        }
        return head
    }

    private static func damaged(_ frame: FrameLocation, _ reason: String) -> StoreError {
        StoreError(
            .corrupted,
            "segment \(frame.segment), offset \(frame.offset), "
                + "leaf \(frame.firstIndex): \(reason)")
    }
}
