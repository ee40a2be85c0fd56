import DossierCrypto
import Synchronization

/// The file in which the filter of known records waits for the next start, which without it would
/// have to read the whole catalog. It may be old, or missing: it says itself up to which record it
/// is complete. Numbers are little-endian:
///
///     0  "DSKF"                             16  record id of the last record below, 32 bytes
///     4  format version, 4 bytes            48  CRC-32C of everything but these 4 bytes
///     8  size of the log, 8 bytes           52  the filter
final class FilterFile: Sendable {
    /// A filter, and up to where it is complete.
    struct Content: Sendable {
        /// Size of the log whose records are all in the filter.
        var logSize: UInt64
        /// Record id of the last of them.
        var lastRecordID: Digest
        /// The filter.
        var filter: BloomFilter
    }

    /// The file's name in the store's directory.
    static let name = "known-records"

    private static let magic: UInt32 = 0x464B_5344  // "DSKF"
    private static let formatVersion: UInt32 = 1
    private static let checksumOffset = 48
    private static let filterOffset = 52

    private let directory: String
    private let fileSystem: any FileSystem
    // One write at a time: all go through the same unfinished file.
    private let writing = Mutex(())

    /// Creates the file's keeper.
    init(directory: String, fileSystem: any FileSystem) {
        self.directory = directory
        self.fileSystem = fileSystem
    }

    /// Writes the file, whole or not at all.
    func write(_ content: Content) throws(FileError) {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: Self.formatVersion)
        bytes.append(littleEndian: content.logSize)
        content.lastRecordID.withUnsafeBytes { bytes.append(contentsOf: $0) }
        let filter = content.filter.encoded
        bytes.append(littleEndian: Self.checksum(head: bytes, filter: filter))
        try self.writing.withLock { _ throws(FileError) in
            let unfinished = self.path + SegmentFile.unfinishedSuffix
            let file = try self.fileSystem.open(unfinished, .create)
            try file.truncate(to: 0)
            try file.write(bytes, at: 0)
            try file.write(filter, at: Self.filterOffset)
            // Before it has its name, so that a power cut leaves the file of before or this one.
            try file.synchronize()
            try self.fileSystem.rename(unfinished, to: self.path)
        }
    }

    /// Reads the file; nil if there is none, or it does not check.
    func read() throws(FileError) -> Content? {
        guard try self.fileSystem.entries(of: self.directory).contains(Self.name) else {
            return nil
        }
        let file = try self.fileSystem.open(self.path, .read)
        let bytes = try file.read(count: try file.size(), at: 0)
        return bytes.withUnsafeBytes(Self.content(decoding:))
    }

    private var path: String { "\(self.directory)/\(Self.name)" }

    private static func content(decoding bytes: UnsafeRawBufferPointer) -> Content? {
        var reader = ByteReader(bytes)
        guard reader.next() == self.magic, reader.next() == self.formatVersion,
            let logSize = reader.next(UInt64.self),
            let lastRecordID = reader.slice(count: Digest.byteCount).flatMap({ Digest($0) }),
            let checksum = reader.next(UInt32.self)
        else { return nil }
        let head = UnsafeRawBufferPointer(rebasing: bytes.prefix(self.checksumOffset))
        let rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(self.filterOffset))
        guard self.checksum(head: head, filter: rest) == checksum,
            let filter = BloomFilter(decoding: rest)
        else { return nil }
        return Content(logSize: logSize, lastRecordID: lastRecordID, filter: filter)
    }

    private static func checksum(head: [UInt8], filter: [UInt8]) -> UInt32 {
        head.withUnsafeBytes { head in
            filter.withUnsafeBytes { self.checksum(head: head, filter: $0) }
        }
    }

    private static func checksum(
        head: UnsafeRawBufferPointer, filter: UnsafeRawBufferPointer
    ) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(head)
        checksum.update(filter)
        return checksum.value
    }
}
