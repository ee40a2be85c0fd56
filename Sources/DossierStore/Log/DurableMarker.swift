/// The small file that says how much of the log is durable.
///
/// It is written after each synchronisation of a segment, without being synchronised itself but
/// when a segment ends and at closing: it never says more than what is true, and may say less
/// after a power cut. Two slots are written in turn, so that one always checks. A slot, 40 bytes,
/// numbers little-endian:
///
///     0  "DSDM"                              16  log size before the segment, 8 bytes
///     4  format version, 4 bytes             24  offset in the segment's file, 8 bytes
///     8  size of the log, 8 bytes            32  zero, 4 bytes
///                                            36  CRC-32C of bytes 0 to 35, 4 bytes
struct DurableMarker: Sendable {
    /// A place in the log up to which everything is durable.
    struct Position: Hashable, Sendable {
        /// Size of the log.
        var size: UInt64
        /// Segment, by the size of the log before it.
        var segment: UInt64
        /// End of the last durable frame in the segment's file.
        var offset: Int
    }

    /// The file's name in the store's directory.
    static let name = "durable-marker"

    private static let slotBytes = 40
    // Slots lie on pages of their own: a torn write of one leaves the other.
    private static let slotOffsets = [0, 4096]
    private static let magic: UInt32 = 0x4D44_5344  // "DSDM"

    private let file: any File
    // Which slot is written next.
    private var nextSlot = 0
    /// The newest position written.
    private(set) var position: Position

    /// Makes the marker of an empty log, durable but for its name.
    static func create(
        _ path: String, in fileSystem: any FileSystem
    ) throws(FileError) -> DurableMarker {
        let start = Position(size: 0, segment: 0, offset: SegmentFile.headerByteCount)
        var marker = DurableMarker(file: try fileSystem.open(path, .create), position: start)
        for _ in self.slotOffsets { try marker.write(start) }
        try marker.synchronize()
        return marker
    }

    /// Opens the marker; nil if neither slot checks.
    static func open(
        _ path: String, in fileSystem: any FileSystem
    ) throws(FileError) -> DurableMarker? {
        let file = try fileSystem.open(path, .update)
        var newest: DurableMarker?
        for (slot, offset) in self.slotOffsets.enumerated() {
            let bytes = try file.read(count: self.slotBytes, at: offset)
            guard let position = bytes.withUnsafeBytes(self.position(decoding:)) else { continue }
            if let newest, newest.position.size >= position.size { continue }
            newest = DurableMarker(
                file: file, nextSlot: (slot + 1) % self.slotOffsets.count, position: position)
        }
        return newest
    }

    /// What stands in each slot, for whoever looks for damage: where the slot is, and its position,
    /// nil where it does not check.
    static func contents(
        of file: any File
    ) throws(FileError) -> [(offset: Int, position: Position?)] {
        var contents: [(offset: Int, position: Position?)] = []
        for offset in self.slotOffsets {
            let bytes = try file.read(count: self.slotBytes, at: offset)
            contents.append((offset, bytes.withUnsafeBytes(self.position(decoding:))))
        }
        return contents
    }

    /// Writes a position, not yet durable.
    mutating func write(_ position: Position) throws(FileError) {
        let offset = Self.slotOffsets[self.nextSlot]
        try self.file.write(Self.encoded(position), at: offset)
        self.nextSlot = (self.nextSlot + 1) % Self.slotOffsets.count
        self.position = position
    }

    /// Makes the position durable.
    func synchronize() throws(FileError) { try self.file.synchronize() }

    private static func encoded(_ position: Position) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: self.magic)
        bytes.append(littleEndian: FrameHeader.formatVersion)
        bytes.append(littleEndian: position.size)
        bytes.append(littleEndian: position.segment)
        bytes.append(littleEndian: UInt64(position.offset))
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: bytes.withUnsafeBytes(CRC32C.checksum(of:)))
        return bytes
    }

    private static func position(decoding bytes: UnsafeRawBufferPointer) -> Position? {
        var reader = ByteReader(bytes)
        guard reader.next() == self.magic, reader.next() == FrameHeader.formatVersion,
            let size = reader.next(UInt64.self), let segment = reader.next(UInt64.self),
            let offset = reader.next(UInt64.self), reader.next() == UInt32(0),
            reader.next() == CRC32C.checksum(of: UnsafeRawBufferPointer(rebasing: bytes.prefix(36)))
        else { return nil }
        return Position(size: size, segment: segment, offset: Int(clamping: offset))
    }
}

extension DurableMarker {
    private init(file: any File, position: Position) {
        self.init(file: file, nextSlot: 0, position: position)
    }
}
