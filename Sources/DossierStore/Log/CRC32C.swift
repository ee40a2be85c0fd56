/// The checksum CRC-32C (Castagnoli; RFC 3720, appendix B.4), eight bytes a step.
///
/// Tables instead of the processor's own instruction: that one needs C and a run-time check for
/// each architecture, and at more than a gigabyte a second this is not what a node waits for.
struct CRC32C {
    // The complement of the checksum so far, as the algorithm keeps it.
    private var register: UInt32 = ~0

    /// The checksum of all bytes added.
    var value: UInt32 { ~self.register }

    /// The checksum of some bytes.
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(bytes)
        return checksum.value
    }

    /// Adds bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        var register = self.register
        Self.tables.withUnsafeBufferPointer { tables in
            var offset = 0
            while offset + 8 <= bytes.count {
                let word = UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                register = Self.step(word ^ UInt64(register), tables)
                offset += 8
            }
            while offset < bytes.count {
                let index = Int(UInt8(truncatingIfNeeded: register) ^ bytes[offset])
                register = register >> 8 ^ tables[index]
                offset += 1
            }
        }
        self.register = register
    }

    /// Divides eight bytes at once: table n knows what a byte does to the remainder when n more
    /// bytes follow it, so the eight contributions are independent of each other.
    @inline(__always)
    private static func step(_ word: UInt64, _ tables: UnsafeBufferPointer<UInt32>) -> UInt32 {
        let low =
            tables[0x700 | Int(word & 0xFF)] ^ tables[0x600 | Int(word >> 8 & 0xFF)]
            ^ tables[0x500 | Int(word >> 16 & 0xFF)] ^ tables[0x400 | Int(word >> 24 & 0xFF)]
        let high =
            tables[0x300 | Int(word >> 32 & 0xFF)] ^ tables[0x200 | Int(word >> 40 & 0xFF)]
            ^ tables[0x100 | Int(word >> 48 & 0xFF)] ^ tables[Int(word >> 56)]
        return low ^ high
    }

    /// Eight tables of 256 remainders, one after the other.
    private static let tables: [UInt32] = {
        let polynomial: UInt32 = 0x82F6_3B78  // bits reversed
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var remainder = UInt32(byte)
            for _ in 0..<8 {
                remainder = remainder >> 1 ^ (remainder & 1 == 1 ? polynomial : 0)
            }
            tables[byte] = remainder
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = before >> 8 ^ tables[Int(before & 0xFF)]
        }
        return tables
    }()
}
