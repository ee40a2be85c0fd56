import DossierCrypto

/// A segment's file, open. It begins with a header of 32 bytes, numbers little-endian:
///
///     0  "DSSG"                                       16  salt, 8 bytes
///     4  format version, 4 bytes                      24  zero, 4 bytes
///     8  log size before the segment, 8 bytes         28  CRC-32C of bytes 0 to 27, 4 bytes
///
/// and is named by the log size before it: twenty digits and ".segment". Segments are made whole
/// under another name first, so the header of one that has its name is durable.
struct SegmentFile: Sendable {
    /// The number of bytes before the first frame.
    static let headerByteCount = 32
    /// How the name of a segment in the making ends.
    static let unfinishedSuffix = ".new"

    private static let suffix = ".segment"
    private static let saltOffset = 16
    private static let magic: UInt32 = 0x4753_5344  // "DSSG"

    /// The file.
    let file: any File
    /// Size of the log before the segment.
    let firstIndex: UInt64
    /// What the checksums of the segment's frame headers begin with. Random, and not given to
    /// anybody.
    let salt: UInt64

    /// The name of the segment that begins at this log size.
    static func name(firstIndex: UInt64) -> String {
        let digits = String(firstIndex)
        return String(repeating: "0", count: 20 - digits.count) + digits + self.suffix
    }

    /// The log size in a segment's name; nil if the name is not a segment's.
    static func firstIndex(ofName name: String) -> UInt64? {
        guard name.hasSuffix(self.suffix),
            let firstIndex = UInt64(name.dropLast(self.suffix.count)),
            self.name(firstIndex: firstIndex) == name
        else { return nil }
        return firstIndex
    }

    /// Opens a segment; nil if its header does not check or names another log size.
    static func open(
        _ path: String, firstIndex: UInt64, mode: FileMode, in fileSystem: any FileSystem
    ) throws(FileError) -> SegmentFile? {
        let file = try fileSystem.open(path, mode)
        let bytes = try file.read(count: self.headerByteCount, at: 0)
        let salt = bytes.withUnsafeBytes { self.salt(inHeader: $0, firstIndex: firstIndex) }
        return salt.map { SegmentFile(file: file, firstIndex: firstIndex, salt: $0) }
    }

    /// Opens a segment whose header does not check, for whoever looks for more damage: perhaps the
    /// salt is good.
    static func openDamaged(
        _ path: String, firstIndex: UInt64, in fileSystem: any FileSystem
    ) throws(FileError) -> SegmentFile {
        let file = try fileSystem.open(path, .read)
        let bytes = try file.read(count: self.headerByteCount, at: 0)
        let salt = bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            _ = reader.range(count: self.saltOffset)
            return reader.next(UInt64.self)
        }
        return SegmentFile(file: file, firstIndex: firstIndex, salt: salt ?? 0)
    }

    /// Makes an empty segment under any name; nothing of it is durable yet.
    static func create(
        _ path: String, firstIndex: UInt64, in fileSystem: any FileSystem
    ) throws(FileError) -> SegmentFile {
        let file = try fileSystem.open(path, .create)
        try file.truncate(to: 0)
        let salt = SecureRandom.bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
        try file.write(self.header(firstIndex: firstIndex, salt: salt), at: 0)
        return SegmentFile(file: file, firstIndex: firstIndex, salt: salt)
    }

    private static func header(firstIndex: UInt64, salt: UInt64) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: self.magic)
        bytes.append(littleEndian: FrameHeader.formatVersion)
        bytes.append(littleEndian: firstIndex)
        bytes.append(littleEndian: salt)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: bytes.withUnsafeBytes(CRC32C.checksum(of:)))
        return bytes
    }

    private static func salt(inHeader bytes: UnsafeRawBufferPointer, firstIndex: UInt64) -> UInt64?
    {
        var reader = ByteReader(bytes)
        guard reader.next() == self.magic, reader.next() == FrameHeader.formatVersion,
            reader.next() == firstIndex, let salt = reader.next(UInt64.self),
            reader.next() == UInt32(0),
            reader.next() == CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: bytes.prefix(28)))
        else { return nil }
        return salt
    }
}
