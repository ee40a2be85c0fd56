/// What the log needs of a file system. The tests put one in front of the real one that fails
/// wherever they want.
protocol FileSystem: Sendable {
    /// Creates a directory; one that exists is fine.
    func createDirectory(_ path: String) throws(FileError)

    /// The names in a directory, in no order.
    func entries(of directory: String) throws(FileError) -> [String]

    /// Opens a file.
    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File

    /// Gives a file another name, replacing what had that name.
    func rename(_ path: String, to newPath: String) throws(FileError)

    /// Removes a file.
    func remove(_ path: String) throws(FileError)

    /// Makes durable which names a directory holds.
    func synchronizeDirectory(_ path: String) throws(FileError)
}

/// How a file is opened.
enum FileMode {
    /// For reading; it must exist.
    case read
    /// For reading and writing; it must exist.
    case update
    /// For reading and writing; made if it does not exist.
    case create
}

/// An open file, closed with its last reference. Every call names its offset, so threads may share
/// it.
protocol File: AnyObject, Sendable {
    /// The file's size in bytes.
    func size() throws(FileError) -> Int

    /// Reads bytes at an offset; returns how many, fewer than asked for only at the file's end.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int

    /// Fills a buffer from an offset on if that takes no waiting for a disk; false if it would, or
    /// the file ends before.
    func readWithoutWaiting(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool

    /// Writes all bytes at an offset. After an error any part of them may have been written.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError)

    /// Cuts the file, or fills it up with zeros.
    func truncate(to size: Int) throws(FileError)

    /// Makes durable what was written (fdatasync).
    func synchronize() throws(FileError)

    /// Takes the exclusive lock on the file, held until it is closed; false if another has it.
    func lock() throws(FileError) -> Bool
}

extension File {
    /// Reads `count` bytes at an offset; fewer only at the file's end.
    func read(count: Int, at offset: Int) throws(FileError) -> [UInt8] {
        // An empty array's storage is shared by all threads, and would be written to.
        guard count > 0 else { return [] }
        // The initialiser below rethrows untyped; the error comes out on the side.
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(FileError) {
                initialized = try self.read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
            } catch { failure = error }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes all bytes at an offset. After an error any part of them may have been written.
    func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(FileError) in try self.write(bytes, at: offset) }
        }
        try result.get()
    }
}

/// A system call on a file that failed.
struct FileError: Error, CustomStringConvertible {
    /// The call.
    var call: String
    /// The file.
    var path: String
    /// The system's error number.
    var number: CInt

    var description: String { "\(self.call) of \(self.path): \(SystemError.text(of: self.number))" }
}
