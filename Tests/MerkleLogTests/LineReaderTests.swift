import DossierCrypto
import MerkleLog
import Testing

@Suite("Strict text")
struct LineReaderTests {
    @Test("base64 of every length up to 70 is read back, and in one spelling only")
    func base64() {
        for count in 0...70 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            let text = StrictBase64.encode(bytes)
            #expect(StrictBase64.decode(text) == bytes)
            for changed in ["\(text)=", "\(text)A", "=\(text)", "\(text)\n", " \(text)"] {
                #expect(StrictBase64.decode(changed) == nil)
            }
            if text.hasSuffix("=") { #expect(StrictBase64.decode(String(text.dropLast())) == nil) }
        }
    }

    @Test(
        "the vectors of RFC 4648, section 10, come out",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func vectors(plain: String, encoded: String) {
        #expect(StrictBase64.encode(Array(plain.utf8)) == encoded)
        #expect(StrictBase64.decode(encoded) == Array(plain.utf8))
    }

    @Test("bits left over, foreign alphabets and padding inside are refused")
    func malformedBase64() {
        for text in ["Zh==", "Zm9=", "Z", "Zg", "Zg=", "Zg===", "Z===", "====", "Zg==Zg==", "-_-_"]
        {
            #expect(StrictBase64.decode(text) == nil, "\(text)")
        }
    }

    @Test("lines are read in order with their values")
    func values() throws {
        let digest = Tree.emptyRoot
        let note = "o\n0\nr\n\n\u{2014} n s\n"
        let text = """
            title/v1
            batch 2 \(digest.base64)
            run 0 17 5
            \(digest.base64)
            \(digest.base64)
            run 1 2 3
            data AQID

            \(note)more

            """
        var reader = LineReader(Array(text.utf8), of: "test")
        try reader.require("title/v1")
        let batch = try reader.fields(2, after: "batch")
        #expect(try reader.number(batch[0]) == 2)
        #expect(try reader.digest(batch[1]) == digest)
        #expect(try reader.fields(3, after: "run").map { try reader.number($0) } == [0, 17, 5])
        #expect(try reader.digests(until: "run ") == [digest, digest])
        #expect(try reader.fields(3, after: "run") == ["1", "2", "3"])
        #expect(try reader.bytes(after: "data") == [1, 2, 3])
        #expect(reader.isAtEmptyLine)
        try reader.require("")
        #expect(try reader.bareNote() == Array(note.utf8))
        expectRefusal(.ambiguousForm) { try reader.requireEnd() }
        #expect(reader.isNext("more"))
        #expect(try reader.line() == "more")
        try reader.requireEnd()
        #expect(reader.isAtEnd)
        expectRefusal(.ambiguousForm) { _ = try reader.line() }
    }

    @Test("an error names the line")
    func lineNumbers() throws {
        var reader = LineReader(Array("a\nnumber 07\n".utf8), of: "test")
        try reader.require("a")
        do {
            _ = try reader.number(after: "number")
            Issue.record("accepted")
        } catch {
            #expect(error.code == .ambiguousForm)
            #expect(error.message.hasPrefix("line 2 of test "))
        }
    }

    @Test("a letter that only counts as the same is another")
    func lookalikes() {
        for text in ["\u{212A}\n", "K", "K \n", "k\n", "\n", "K\r\n"] {
            var reader = LineReader(Array(text.utf8), of: "test")
            expectRefusal(.ambiguousForm) { try reader.require("K") }
        }
        for keyword in ["\u{212A}", "k", "K ", "", "K\u{301}"] {
            var reader = LineReader(Array("\(keyword) 1\n".utf8), of: "test")
            expectRefusal(.ambiguousForm) { _ = try reader.number(after: "K") }
        }
    }
}
