/// Reads little-endian numbers and byte ranges from a buffer, and notes where it would have run
/// over the end instead of trapping.
struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// Where the next read begins.
    private(set) var offset: Int

    /// Creates a reader at an offset.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// The next number; nil at the end.
    mutating func next<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type = Number.self
    ) -> Number? {
        guard let range = self.range(count: MemoryLayout<Number>.size) else { return nil }
        return Number(
            littleEndian: self.bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: type))
    }

    /// The range of the next bytes; nil if there are not that many.
    mutating func range(count: Int) -> Range<Int>? {
        guard count >= 0, count <= self.bytes.count - self.offset else { return nil }
        let start = self.offset
        self.offset += count
        return start..<self.offset
    }

    /// The next bytes; nil if there are not that many.
    mutating func slice(count: Int) -> UnsafeRawBufferPointer? {
        self.range(count: count).map { UnsafeRawBufferPointer(rebasing: self.bytes[$0]) }
    }
}

extension [UInt8] {
    /// Appends a number, little-endian.
    mutating func append(littleEndian number: some FixedWidthInteger & BitwiseCopyable) {
        Swift.withUnsafeBytes(of: number.littleEndian) { self.append(contentsOf: $0) }
    }
}
