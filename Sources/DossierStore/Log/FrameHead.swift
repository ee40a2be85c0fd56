import DossierCrypto
import MerkleLog

/// What a frame says of its batch, all but the records' bytes.
struct FrameHead: Sendable {
    /// The attestation, as submitted.
    let attestation: [UInt8]
    /// The leaf hash of each record of the batch.
    let leafHashes: [Digest]
    /// Which of the batch's records the frame appended, ascending.
    let appended: [Int]
    /// For each appended record, where it lies in the frame's body.
    let recordRanges: [Range<Int>]

    /// Reads the head of a body. The bytes may end before the records do.
    ///
    /// nil if they end before the head does, or contradict themselves.
    init?(decoding body: UnsafeRawBufferPointer, recordCount: Int) {
        var reader = ByteReader(body)
        guard let attestationLength = reader.next(UInt32.self),
            let attestation = reader.slice(count: Int(attestationLength)),
            let batchSize = reader.next(UInt32.self),
            let hashes = reader.slice(count: Int(batchSize) * Digest.byteCount),
            let bitmap = reader.slice(count: (Int(batchSize) + 7) / 8)
        else { return nil }
        let appended = (0..<Int(batchSize)).filter { bitmap[$0 / 8] >> ($0 % 8) & 1 == 1 }
        guard appended.count == recordCount,
            let ranges = Self.recordRanges(&reader, count: recordCount)
        else { return nil }
        self.attestation = [UInt8](attestation)
        self.leafHashes = (0..<Int(batchSize)).compactMap {
            Digest(hashes[$0 * Digest.byteCount..<($0 + 1) * Digest.byteCount])
        }
        self.appended = appended
        self.recordRanges = ranges
    }

    /// How many bytes the head of a body has that begins with these bytes; nil if they end before
    /// they say so.
    static func byteCount(ofBody start: UnsafeRawBufferPointer, recordCount: Int) -> Int? {
        var reader = ByteReader(start)
        guard let attestationLength = reader.next(UInt32.self),
            reader.range(count: Int(attestationLength)) != nil,
            let batchSize = reader.next(UInt32.self)
        else { return nil }
        let hashes = Int(batchSize) * Digest.byteCount
        return reader.offset + hashes + (Int(batchSize) + 7) / 8 + recordCount * 4
    }

    /// The hashes of the leaves that a frame with this body appends.
    ///
    /// Throws `corrupted` for a body that contradicts itself.
    static func appendedLeaves(
        of body: [UInt8], recordCount: Int
    ) throws(StoreError) -> [Digest] {
        let head = body.withUnsafeBytes { FrameHead(decoding: $0, recordCount: recordCount) }
        guard let head else { throw StoreError(.corrupted, "a frame contradicts itself") }
        return head.appended.map { head.leafHashes[$0] }
    }

    /// The hash of the last leaf that a frame with this head appends; the batch root of one that
    /// appends none, which nothing writes.
    var lastLeaf: Digest {
        self.appended.last.map { self.leafHashes[$0] } ?? Tree.root(of: self.leafHashes)
    }

    private static func recordRanges(_ reader: inout ByteReader, count: Int) -> [Range<Int>]? {
        var lengths: [Int] = []
        lengths.reserveCapacity(count)
        for _ in 0..<count {
            guard let length = reader.next(UInt32.self) else { return nil }
            lengths.append(Int(length))
        }
        var start = reader.offset
        return lengths.map { length in
            defer { start += length }
            return start..<start + length
        }
    }
}
