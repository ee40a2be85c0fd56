/// Reads the fields of one encoded message, one after the other.
///
/// For messages that are trusted or were checked before; it refuses what cannot be read, not what
/// is merely ambiguous.
struct WireReader {
    /// Why a message cannot be read.
    struct Malformed: Error {}

    /// A field as it stands on the wire.
    struct Field {
        var number: UInt32
        var value: Value
    }

    /// A field's value.
    enum Value {
        case varint(UInt64)
        case bytes(UnsafeRawBufferPointer)
        case fixed
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset = 0

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    /// The next field; nil at the end.
    mutating func next() throws(Malformed) -> Field? {
        guard self.offset < self.bytes.count else { return nil }
        let tag = try self.varint()
        guard tag >> 3 != 0, tag >> 3 < 1 << 29 else { throw Malformed() }
        let number = UInt32(truncatingIfNeeded: tag >> 3)
        switch tag & 7 {
        case 0: return Field(number: number, value: .varint(try self.varint()))
        case 1: _ = try self.take(8)
        case 2: return Field(number: number, value: .bytes(try self.take(self.varint())))
        case 5: _ = try self.take(4)
        case _: throw Malformed()
        }
        return Field(number: number, value: .fixed)
    }

    /// Whether all bytes were read.
    var isAtEnd: Bool { self.offset == self.bytes.count }

    /// A varint of at most ten bytes.
    mutating func varint() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, through: 63, by: 7) {
            guard self.offset < self.bytes.count else { throw Malformed() }
            let byte = self.bytes[self.offset]
            self.offset += 1
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw Malformed()
    }

    private mutating func take(_ length: UInt64) throws(Malformed) -> UnsafeRawBufferPointer {
        guard length <= UInt64(self.bytes.count - self.offset) else { throw Malformed() }
        let start = self.offset
        self.offset += Int(length)
        return UnsafeRawBufferPointer(rebasing: self.bytes[start..<self.offset])
    }
}
