import DossierCrypto
import MerkleLog

/// Writes the hashes of a log's tree again from the log's frames.
struct HashRestoring {
    private static let maximumReadBytes = 16 << 20

    let log: SegmentLog
    let hashFile: HashFile

    /// Writes the hashes again that may not have been durable when the process ended, those behind
    /// the tree of a size that were.
    func restore(durable: UInt64) async throws(StoreError) {
        guard durable < self.log.size else { return }
        // From the beginning of a segment, which is where frames can be found without a catalog.
        try await self.write(from: self.log.table.segment(holding: durable) ?? 0)
    }

    /// Writes the hashes of all leaves from a segment on.
    func write(from segment: UInt64) async throws(StoreError) {
        let size = self.log.size
        guard size > 0 else { return }
        var location: FrameLocation? = segment == 0 ? nil : .start(ofSegment: segment)
        var edge = segment == 0 ? TreeEdge() : try self.hashFile.edge(ofSize: segment)
        while edge.size < size {
            let frames = try await self.log.frames(
                after: location, maximumBytes: Self.maximumReadBytes)
            guard let last = frames.last else {
                throw StoreError(.corrupted, "log ends at leaf \(edge.size), expected \(size)")
            }
            var hashes: [Digest] = []
            let start = Subtree.storedCount(treeSize: edge.size)
            for frame in frames {
                let leaves = try FrameHead.appendedLeaves(
                    of: frame.body, recordCount: frame.location.recordCount)
                for leaf in leaves { edge.append(leaf, storing: &hashes) }
            }
            do throws(FileError) { try self.hashFile.write(hashes, at: start) } catch {
                throw StoreError(error)
            }
            location = last.location
        }
    }
}
