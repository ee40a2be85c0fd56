/// A file read front to back through one buffer, so that small frames do not cost a call each.
struct FileWindow {
    /// How much is read at once.
    static let stride = 1 << 20

    private let file: any File
    private var buffer: [UInt8] = []
    // Where in the file the buffer begins.
    private var start = 0

    /// Creates a window on a file.
    init(_ file: any File) { self.file = file }

    /// Calls `body` with the bytes at an offset: `count`, or fewer if the file ends before.
    mutating func withBytes<Result>(
        at offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) -> Result
    ) throws(FileError) -> Result {
        if offset < self.start || offset + count > self.start + self.buffer.count {
            self.buffer = try self.file.read(count: max(count, Self.stride), at: offset)
            self.start = offset
        }
        return self.buffer.withUnsafeBytes { bytes in
            let first = min(offset - self.start, bytes.count)
            let end = min(first + count, bytes.count)
            return body(UnsafeRawBufferPointer(rebasing: bytes[first..<end]))
        }
    }
}
