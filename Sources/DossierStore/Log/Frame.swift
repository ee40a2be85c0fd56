import DossierCrypto

/// One appended batch, ready to be written: the body of a frame and its checksum.
///
/// A body, numbers little-endian and of 4 bytes:
///
///     length of the attestation, the attestation
///     size of the batch, the leaf hash of each of its records (32 bytes)
///     a bit for each record of the batch, lowest first: whether this frame appends it
///     for each appended record its length
///     the appended records, one after the other
///
/// All leaf hashes are kept, also of records that the log held before: the batch's root, which is
/// what its originator signed, can be rebuilt from the frame alone.
struct Frame: Sendable {
    /// The bytes after the header.
    let body: [UInt8]
    /// Their checksum.
    let bodyChecksum: UInt32
    /// Number of records that the frame appends.
    let recordCount: Int

    /// A body that came from the log, verified.
    init(body: [UInt8], bodyChecksum: UInt32, recordCount: Int) {
        self.body = body
        self.bodyChecksum = bodyChecksum
        self.recordCount = recordCount
    }

    /// Encodes a batch, of whose records those at `appended` (ascending) go into the log.
    init(
        attestation: [UInt8], leafHashes: [Digest], records: [[UInt8]],
        appended: some Collection<Int>
    ) {
        var bitmap = [UInt8](repeating: 0, count: (leafHashes.count + 7) / 8)
        var recordBytes = 0
        for position in appended {
            bitmap[position / 8] |= 1 << (position % 8)
            recordBytes += records[position].count
        }
        var body: [UInt8] = []
        body.reserveCapacity(
            8 + attestation.count + leafHashes.count * Digest.byteCount + bitmap.count
                + appended.count * 4 + recordBytes)
        body.append(littleEndian: UInt32(attestation.count))
        body.append(contentsOf: attestation)
        body.append(littleEndian: UInt32(leafHashes.count))
        for hash in leafHashes { hash.withUnsafeBytes { body.append(contentsOf: $0) } }
        body.append(contentsOf: bitmap)
        for position in appended { body.append(littleEndian: UInt32(records[position].count)) }
        for position in appended { body.append(contentsOf: records[position]) }
        self.init(
            body: body, bodyChecksum: body.withUnsafeBytes(CRC32C.checksum(of:)),
            recordCount: appended.count)
    }
}
