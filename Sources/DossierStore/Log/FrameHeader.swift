/// What stands before each frame of a segment, in 40 bytes:
///
///     0  "DSFR"                            20  durable size, 8 bytes
///     4  format version, 4 bytes           28  length of the body, 4 bytes
///     8  log size before, 8 bytes          32  CRC-32C of the body, 4 bytes
///    16  records in the frame, 4 bytes     36  CRC-32C of salt and bytes 0 to 35, 4 bytes
///
/// Numbers are little-endian. The durable size says how much of the log was known to be durable
/// when the frame was written: where a frame does not check, but a later one says that it had been
/// durable, the damage is corruption and no torn tail. The salt is the segment's, so that bytes
/// inside a record cannot pass for a header.
struct FrameHeader: Hashable {
    /// The number of bytes a header takes.
    static let byteCount = 40
    /// The version of the format that is written.
    static let formatVersion: UInt32 = 1
    /// The most bytes that a body may have: a batch's limit with its hashes, and ample room.
    static let maximumBodyBytes = 1 << 27

    private static let magic: UInt32 = 0x5246_5344  // "DSFR"

    /// Size of the log before the frame, which is the leaf index of its first record.
    var firstIndex: UInt64
    /// Number of records that the frame appends.
    var recordCount: Int
    /// Size of the log that was durable when the frame was written.
    var durableSize: UInt64
    /// Length of the body in bytes.
    var bodyLength: Int
    /// Checksum of the body.
    var bodyChecksum: UInt32

    /// Length of header and body together.
    var frameLength: Int { Self.byteCount + self.bodyLength }

    /// Size of the log after the frame.
    var endIndex: UInt64 { self.firstIndex + UInt64(self.recordCount) }

    /// The header's bytes in a segment with this salt.
    func encoded(salt: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: Self.formatVersion)
        bytes.append(littleEndian: self.firstIndex)
        bytes.append(littleEndian: UInt32(self.recordCount))
        bytes.append(littleEndian: self.durableSize)
        bytes.append(littleEndian: UInt32(self.bodyLength))
        bytes.append(littleEndian: self.bodyChecksum)
        bytes.append(littleEndian: bytes.withUnsafeBytes { Self.checksum(of: $0, salt: salt) })
        return bytes
    }

    private static func checksum(of bytes: UnsafeRawBufferPointer, salt: UInt64) -> UInt32 {
        var checksum = CRC32C()
        withUnsafeBytes(of: salt.littleEndian) { checksum.update($0) }
        checksum.update(bytes)
        return checksum.value
    }
}

extension FrameHeader {
    /// Reads a header; nil if the bytes are none.
    init?(decoding bytes: UnsafeRawBufferPointer, salt: UInt64) {
        guard bytes.count >= Self.byteCount else { return nil }
        let checked = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.byteCount - 4))
        var reader = ByteReader(bytes)
        guard reader.next() == Self.magic, reader.next() == Self.formatVersion,
            let firstIndex = reader.next(UInt64.self), let recordCount = reader.next(UInt32.self),
            let durableSize = reader.next(UInt64.self), let bodyLength = reader.next(UInt32.self),
            let bodyChecksum = reader.next(UInt32.self),
            reader.next() == Self.checksum(of: checked, salt: salt),
            recordCount > 0, bodyLength <= Self.maximumBodyBytes
        else { return nil }
        self.init(
            firstIndex: firstIndex, recordCount: Int(recordCount), durableSize: durableSize,
            bodyLength: Int(bodyLength), bodyChecksum: bodyChecksum)
    }
}
