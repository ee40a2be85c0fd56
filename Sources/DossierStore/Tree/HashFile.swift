import DossierCrypto
import MerkleLog

/// The hashes of the log's tree: those of all its perfect subtrees, in the order in which they
/// became complete (see `Subtree`), 32 bytes each and nothing else.
///
/// The file can be made anew from the log at any time, so nothing waits until it is durable. A
/// marker beside it says up to which tree it is: what lies behind is written again at the start.
final class HashFile: Sendable {
    /// The file's name in the store's directory.
    static let name = "tree-hashes"
    /// The marker's name.
    static let markerName = "tree-hashes-durable"

    private let file: any File
    private let path: String

    /// The marker of the hashes; one that does not check is begun again, which only costs time.
    static func marker(
        in directory: String, _ fileSystem: any FileSystem
    ) throws(FileError) -> DurableMarker {
        let path = "\(directory)/\(Self.markerName)"
        if try fileSystem.entries(of: directory).contains(Self.markerName),
            let marker = try DurableMarker.open(path, in: fileSystem)
        {
            return marker
        }
        return try DurableMarker.create(path, in: fileSystem)
    }

    /// Opens the file, or makes it.
    init(in directory: String, _ fileSystem: any FileSystem) throws(FileError) {
        self.path = "\(directory)/\(Self.name)"
        self.file = try fileSystem.open(self.path, .create)
    }

    /// Writes hashes that follow each other, the first at a stored index.
    func write(_ hashes: [Digest], at storedIndex: UInt64) throws(FileError) {
        let result = hashes.withUnsafeBytes { bytes in
            Result { () throws(FileError) in
                try self.file.write(bytes, at: Int(storedIndex) * Digest.byteCount)
            }
        }
        try result.get()
    }

    /// Reads hashes that follow each other; fewer only at the file's end.
    func read(_ range: Range<UInt64>) throws(FileError) -> [Digest] {
        var failure: FileError?
        let hashes = [Digest](unsafeUninitializedCapacity: range.count) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            do throws(FileError) {
                let offset = Int(range.lowerBound) * Digest.byteCount
                count = try self.file.read(into: bytes, at: offset) / Digest.byteCount
            } catch { failure = error }
        }
        if let failure { throw failure }
        return hashes
    }

    /// Reads hashes that follow each other if that takes no waiting for a disk.
    func readWithoutWaiting(_ range: Range<UInt64>) -> [Digest]? {
        var isRead = false
        let hashes = [Digest](unsafeUninitializedCapacity: range.count) { buffer, count in
            isRead = self.file.readWithoutWaiting(
                into: UnsafeMutableRawBufferPointer(buffer),
                at: Int(range.lowerBound) * Digest.byteCount)
            count = isRead ? range.count : 0
        }
        return isRead ? hashes : nil
    }

    /// Reads the hashes of some subtrees.
    ///
    /// Throws `corrupted` when the file ends before one of them.
    func read(_ subtrees: [Subtree]) throws(StoreError) -> [Digest] {
        var hashes: [Digest] = []
        hashes.reserveCapacity(subtrees.count)
        for subtree in subtrees {
            let index = subtree.storedIndex
            do throws(FileError) { hashes += try self.read(index..<index + 1) } catch {
                throw StoreError(error)
            }
        }
        guard hashes.count == subtrees.count else {
            throw StoreError(.corrupted, "\(self.path) ends before a hash that the tree has")
        }
        return hashes
    }

    /// The edge of the tree of a size, as the hashes tell.
    ///
    /// Throws `corrupted` when the file ends before it.
    func edge(ofSize size: UInt64) throws(StoreError) -> TreeEdge {
        let hashes = try self.read(Subtree.edge(ofSize: size))
        guard let edge = TreeEdge(size: size, hashes: hashes) else {
            throw StoreError(.corrupted, "the edge of \(size) leaves has \(hashes.count) hashes")
        }
        return edge
    }

    /// Makes durable what was written.
    func synchronize() throws(FileError) { try self.file.synchronize() }
}
