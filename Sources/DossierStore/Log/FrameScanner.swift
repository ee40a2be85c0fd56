/// Reads the frames of a segment one after the other, and checks each.
struct FrameScanner {
    /// What comes next in the segment.
    enum Step {
        /// A frame that checks, and where it begins.
        case frame(FrameHeader, offset: Int)
        /// The end.
        case end
        /// Something that does not check; the scanner stays before it.
        case damage(String)
    }

    private var window: FileWindow
    private let salt: UInt64
    private let end: Int
    /// Where the next frame begins.
    private(set) var offset: Int
    /// The leaf index that the next frame must begin with.
    private(set) var nextIndex: UInt64

    /// Creates a scanner of the frames in `range` of a segment's file.
    init(_ segment: SegmentFile, range: Range<Int>, nextIndex: UInt64) {
        self.window = FileWindow(segment.file)
        self.salt = segment.salt
        self.offset = range.lowerBound
        self.end = range.upperBound
        self.nextIndex = nextIndex
    }

    /// Checks the next frame and steps over it.
    mutating func next() throws(FileError) -> Step {
        guard self.offset < self.end else { return .end }
        guard let header = try self.header(at: self.offset) else {
            return .damage("frame header does not check")
        }
        guard header.firstIndex == self.nextIndex else {
            return .damage("frame begins at leaf \(header.firstIndex), expected \(self.nextIndex)")
        }
        guard self.offset + header.frameLength <= self.end else {
            return .damage("frame has \(header.frameLength) bytes, \(self.end - self.offset) left")
        }
        let checksum = try self.window.withBytes(
            at: self.offset + FrameHeader.byteCount, count: header.bodyLength, CRC32C.checksum(of:))
        guard checksum == header.bodyChecksum else {
            return .damage("frame body has checksum \(checksum), expected \(header.bodyChecksum)")
        }
        defer {
            self.offset += header.frameLength
            self.nextIndex = header.endIndex
        }
        return .frame(header, offset: self.offset)
    }

    /// The body of a frame that `next` returned.
    mutating func body(of header: FrameHeader, at offset: Int) throws(FileError) -> [UInt8] {
        try self.window.withBytes(
            at: offset + FrameHeader.byteCount, count: header.bodyLength
        ) { [UInt8]($0) }
    }

    /// Whether some frame behind the damage says that the damaged place had been durable.
    mutating func laterFrameShowsDurability() throws(FileError) -> Bool {
        let damaged = self.nextIndex
        var start = self.offset
        while start + FrameHeader.byteCount <= self.end {
            let salt = self.salt
            let count = min(FileWindow.stride, self.end - start)
            let found = try self.window.withBytes(at: start, count: count) { bytes in
                (0...max(0, bytes.count - FrameHeader.byteCount)).contains { offset in
                    let candidate = UnsafeRawBufferPointer(rebasing: bytes[offset...])
                    guard let header = FrameHeader(decoding: candidate, salt: salt) else {
                        return false
                    }
                    return header.durableSize > damaged
                }
            }
            if found { return true }
            start += count - FrameHeader.byteCount + 1
        }
        return false
    }

    private mutating func header(at offset: Int) throws(FileError) -> FrameHeader? {
        let salt = self.salt
        return try self.window.withBytes(at: offset, count: FrameHeader.byteCount) {
            FrameHeader(decoding: $0, salt: salt)
        }
    }
}
