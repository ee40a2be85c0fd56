import DossierCore
import DossierCrypto
import MerkleLog

/// Reads records, with what proves them, from the frames they were appended in.
///
/// Nothing is handed out that was not compared with a hash: the leaf hashes of a frame with the
/// batch root that the catalog has, each record with its leaf hash.
final class BatchReader: Sendable {
    // Holds any attestation, and the whole head of all but large batches.
    private static let firstReadBytes = 96 << 10
    // With more wanted than one record of this many, a frame is read whole.
    private static let sparseness = 4
    private static let readBytes = 1 << 20

    private let log: any LogStorage
    private let cache = BatchCache()

    /// Creates a reader of a log.
    init(_ log: any LogStorage) { self.log = log }

    /// Rows of one frame, its batch if that was read lately, and how many bytes of the frame's body
    /// are read at first.
    private struct Group {
        var rows: ArraySlice<CatalogRow>
        var frame: FrameLocation
        var batch: OpenBatch?
        var byteCount: Int
    }

    /// Reads the records of rows, in their order. It costs least in the order of the log.
    func read(_ rows: [CatalogRow]) async throws(StoreError) -> [StoredRecord] {
        var records: [StoredRecord] = []
        records.reserveCapacity(rows.count)
        let groups = self.groups(of: rows)
        var start = 0
        while start < groups.count {
            let end = Self.end(of: groups, from: start)
            let parts = groups[start..<end].map {
                FramePart(frame: $0.frame, range: 0..<$0.byteCount)
            }
            for (group, bytes) in zip(groups[start..<end], try await self.log.bodies(parts)) {
                let batch = try await self.batch(of: group, bytes)
                try await self.read(group, of: batch, bytes, into: &records)
            }
            start = end
        }
        return records
    }

    private func groups(of rows: [CatalogRow]) -> [Group] {
        var groups: [Group] = []
        var start = 0
        while start < rows.count {
            let frame = rows[start].frame
            let end = rows[start...].firstIndex { $0.frame != frame } ?? rows.count
            let isDense = (end - start) * Self.sparseness >= frame.recordCount
            let batch = self.cache[frame.firstIndex]
            let needed = batch == nil ? Self.firstReadBytes : 0
            groups.append(
                Group(
                    rows: rows[start..<end], frame: frame, batch: batch,
                    byteCount: isDense ? frame.bodyLength : min(frame.bodyLength, needed)))
            start = end
        }
        return groups
    }

    /// The end of the groups that are read at once.
    private static func end(of groups: [Group], from start: Int) -> Int {
        var bytes = 0
        let end = groups[start...].dropFirst().firstIndex { group in
            bytes += group.byteCount
            return bytes + groups[start].byteCount > self.readBytes
        }
        return end ?? groups.count
    }

    /// The batch of a group whose frame's body begins with these bytes.
    private func batch(
        of group: Group, _ start: [UInt8]
    ) async throws(StoreError) -> OpenBatch {
        let frame = group.frame
        if let batch = group.batch { return batch }
        let root = group.rows.first?.batchRoot.digest
        let head = try await self.head(of: frame, start)
        guard let root, let batch = OpenBatch(head, firstIndex: frame.firstIndex, root: root) else {
            throw Self.damaged(frame, "leaf hashes do not make the batch root")
        }
        if batch.batch.size > 1 { self.cache.insert(batch) }
        return batch
    }

    private func read(
        _ group: Group, of batch: OpenBatch, _ start: [UInt8], into records: inout [StoredRecord]
    ) async throws(StoreError) {
        for row in group.rows {
            let range = batch.range(of: row.leafIndex)
            let bytes =
                range.upperBound <= start.count
                ? [UInt8](start[range]) : try await self.bytes(of: group.frame, range)
            guard Tree.leafHash(of: bytes) == row.recordID.digest else {
                throw Self.damaged(
                    group.frame, "record at leaf \(row.leafIndex) does not have its hash")
            }
            let position = batch.position(of: row.leafIndex)
            records.append(
                StoredRecord(
                    bytes: bytes, leafIndex: row.leafIndex, recordID: row.recordID,
                    batch: batch.batch, positionInBatch: position,
                    batchPath: batch.path(of: position)))
        }
    }

    private func bytes(
        of frame: FrameLocation, _ range: Range<Int>
    ) async throws(StoreError) -> [UInt8] {
        try await self.log.bodies([FramePart(frame: frame, range: range)])[0]
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
        let bytes = needed <= start.count ? start : try await self.bytes(of: frame, 0..<needed)
        let head = bytes.withUnsafeBytes { FrameHead(decoding: $0, recordCount: frame.recordCount) }
        guard let head, head.recordRanges.last?.upperBound == frame.bodyLength else {
            throw Self.damaged(frame, "frame contradicts itself")
        }
        return head
    }

    private static func damaged(_ frame: FrameLocation, _ reason: String) -> StoreError {
        StoreError(
            .corrupted,
            "segment \(SegmentFile.name(firstIndex: frame.segment)), "
                + "offset \(frame.offset), leaf \(frame.firstIndex): \(reason)")
    }
}
