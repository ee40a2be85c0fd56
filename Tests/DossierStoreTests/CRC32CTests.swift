import Testing

@testable import DossierStore

@Suite("CRC-32C")
struct CRC32CTests {
    static let vectors: [(bytes: [UInt8], checksum: UInt32)] = [
        ([UInt8](repeating: 0x00, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        ([UInt8](0...31), 0x46DD_794E),
        ([UInt8]((0...31).reversed()), 0x113F_DB5C),
        ([UInt8]("123456789".utf8), 0xE306_9283),
        ([], 0),
    ]

    @Test("gives the values of RFC 3720, appendix B.4", arguments: vectors)
    func knownValues(bytes: [UInt8], expected: UInt32) {
        #expect(bytes.withUnsafeBytes(CRC32C.checksum(of:)) == expected)
    }

    @Test("does not depend on where the bytes are divided")
    func pieces() {
        let bytes = (0..<100).map { UInt8($0 &* 37 & 0xFF) }
        let whole = bytes.withUnsafeBytes(CRC32C.checksum(of:))
        for cut in 0...bytes.count {
            var checksum = CRC32C()
            bytes[..<cut].withUnsafeBytes { checksum.update($0) }
            bytes[cut...].withUnsafeBytes { checksum.update($0) }
            #expect(checksum.value == whole)
        }
    }
}
