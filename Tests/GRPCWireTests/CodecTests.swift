import Testing

@testable import GRPCWire

@Suite("Base64")
struct Base64Tests {
    // RFC 4648, section 10.
    @Test(
        "the vectors of RFC 4648 encode without padding and decode with and without",
        arguments: zip(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"],
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]))
    func vectors(text: String, encoded: String) {
        let bytes = Array(text.utf8)
        let unpadded = Array(encoded.utf8.filter { $0 != UInt8(ascii: "=") })
        #expect(Base64.encode(bytes) == unpadded)
        #expect(Base64.decode(unpadded) == bytes)
        #expect(Base64.decode(Array(encoded.utf8)) == bytes)
    }

    @Test("every byte value survives at every offset")
    func roundTrip() {
        for offset in 0..<4 {
            let bytes = [UInt8](repeating: 0, count: offset) + (0...255)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }

    @Test(
        "what is not Base64 is refused",
        arguments: ["a", "abcde", "ab!d", "ab d", "====", "a===", "ab=", "=abc", "ab=c", "Zg-_"])
    func malformed(text: String) {
        #expect(Base64.decode(Array(text.utf8)) == nil)
    }
}

@Suite("Percent encoding")
struct PercentEncodingTests {
    @Test(
        "control characters, percent and what is not ASCII are escaped",
        arguments: zip(
            ["plain text ~", "50%", "a\nb", "ü", "\u{7f}"],
            ["plain text ~", "50%25", "a%0Ab", "%C3%BC", "%7F"]))
    func encoding(text: String, encoded: String) {
        #expect(PercentEncoding.encode(text) == Array(encoded.utf8))
        #expect(PercentEncoding.decode(Array(encoded.utf8)[...]) == text)
    }

    @Test(
        "broken escapes stand as they are", arguments: ["%", "%4", "%zz", "a%", "%%"])
    func broken(text: String) {
        #expect(PercentEncoding.decode(Array(text.utf8)[...]) == text)
    }

    @Test("lower-case digits are read")
    func lowerCase() {
        #expect(PercentEncoding.decode(Array("%c3%bc".utf8)[...]) == "ü")
    }
}

@Suite("Timeout")
struct TimeoutTests {
    @Test(
        "each unit is read",
        arguments: zip(
            ["1n", "2u", "3m", "4S", "5M", "6H", "0S", "00000001S"],
            [
                1, 2000, 3_000_000, 4_000_000_000, 300_000_000_000, 21_600_000_000_000, 0,
                1_000_000_000,
            ]))
    func units(text: String, nanoseconds: Int64) {
        #expect(Timeout.parse(Array(text.utf8)[...]) == nanoseconds)
    }

    @Test("the longest timeout is as long as can be told")
    func longest() {
        #expect(Timeout.parse(Array("99999999H".utf8)[...]) == .max)
    }

    @Test(
        "what is no timeout is refused",
        arguments: ["", "S", "1", "123456789S", "-1S", "1.5S", "1s", "1 S", "+1S", " 1S", "1SS"])
    func malformed(text: String) {
        #expect(Timeout.parse(Array(text.utf8)[...]) == nil)
    }

    @Test(
        "a time is written in the finest unit that fits, never shorter than it is",
        arguments: zip(
            [0, 1, 99_999_999, 100_000_000, 100_000_001, 5_000_000_000, .max],
            ["0n", "1n", "99999999n", "100000u", "100001u", "5000000u", "2562048H"]))
    func format(nanoseconds: Int64, text: String) {
        #expect(Timeout.format(nanoseconds: nanoseconds) == text)
    }
}

@Suite("Metadata")
struct MetadataTests {
    @Test("values of one name keep their order, text and bytes apart")
    func order() throws {
        var metadata = Metadata()
        try metadata.append("a", "1")
        try metadata.append("b", "2")
        try metadata.append("a", "3")
        try metadata.append("x-bin", bytes: [0, 255])
        #expect(metadata.values(of: "a") == [.text("1"), .text("3")])
        #expect(metadata["a"] == "1")
        #expect(metadata["x-bin"] == nil)
        #expect(metadata[bytes: "x-bin"] == [0, 255])
        #expect(metadata["c"] == nil)
    }

    @Test(
        "names that cannot be sent are refused",
        arguments: [
            "", "Upper", "sp ace", ":path", "grpc-status", "content-type", "te", "ü", "x-bin",
        ])
    func badNames(name: String) {
        var metadata = Metadata()
        #expect(throws: GRPCError(.invalidMetadata, "")) { try metadata.append(name, "value") }
        #expect(metadata.isEmpty)
    }

    @Test("text that is not printable ASCII is refused", arguments: ["a\n", "\u{7f}", "ü", "\0"])
    func badText(text: String) {
        var metadata = Metadata()
        #expect(throws: GRPCError(.invalidMetadata, "")) { try metadata.append("name", text) }
    }

    @Test("bytes need a name that ends in -bin")
    func bytesName() {
        var metadata = Metadata()
        #expect(throws: GRPCError(.invalidMetadata, "")) {
            try metadata.append("name", bytes: [1])
        }
    }
}
