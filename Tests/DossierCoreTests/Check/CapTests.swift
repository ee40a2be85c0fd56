import Testing

@testable import DossierCore

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Caps")
struct CapTests {
    private let size = 4 << 20

    @Test("a record has at most 262,144 bytes", arguments: [-1, 0, 1])
    func recordSize(over: Int) {
        let record = Specimen.record().encoded
        // An unknown field: two bytes of tag, three of length, and what it holds.
        let filler = RecordCheck.maximumBytes - record.count - 5 + over
        let bytes = record + Wire.delimited(1_000, Array(repeating: 0, count: filler))
        #expect(bytes.count == RecordCheck.maximumBytes + over)
        #expect(RecordCheck.check(bytes).findings.map(\.rule) == (over > 0 ? [.size] : []))
    }

    @Test("a record has at most 16,384 elements", arguments: [-1, 0, 1])
    func elements(over: Int) {
        let record = Specimen.record()
        let used = Self.count(record)
        let more = RecordCheck.maximumElements - used + over
        let bytes = record.encoded + Array(repeatElement([0xf8, 0x01, 0x01], count: more).joined())
        #expect(RecordCheck.check(bytes).findings.map(\.rule) == (over > 0 ? [.elements] : []))
    }

    private static func count(_ tree: WireTree) -> Int {
        tree.fields.reduce(0) { count, field in
            if case .message(let inner) = field.value { return count + 1 + self.count(inner) }
            return count + 1
        }
    }

    @Test(
        "a message has at most as many elements as its type allows",
        arguments: [
            ("SubmitRequest", 16_384), ("ListRequest", 16_384), ("ListResponse", 131_072),
            ("SubmitResponse", 131_072), ("SubmitStreamResponse", 131_072),
        ])
    func messageElements(message: String, cap: Int) {
        let name = "dossier.v1.\(message)"
        let tree = Specimen.message(name)
        for over in [0, 1] {
            let more = cap - Self.count(tree) + over
            let bytes = tree.encoded + Self.repeated(0x78, 0x01, count: more)
            #expect(MessageCheck.rules(name, bytes) == (over > 0 ? [.elements] : []))
        }
    }

    @Test("a message has at most 4,194,304 bytes", arguments: [0, 1])
    func messageSize(over: Int) {
        let bytes = Wire.delimited(1_000, Array(repeating: 0, count: self.size - 6 + over))
        #expect(bytes.count == self.size + over)
        let rules = MessageCheck.rules("dossier.v1.ListRequest", bytes)
        #expect(rules == (over > 0 ? [.size] : []))
    }

    @Test("at most 1,000 findings are reported")
    func findings() {
        let bad = Wire.delimited(1, [])
        let report = Specimen.message("dossier.v1.Report").encoded
        let bytes = report + Array(repeatElement(bad, count: 5_000).joined())
        let findings = MessageCheck.check(message: "dossier.v1.Report", bytes)
        // Beyond 256 titles one finding says so, and each title is still not gone into.
        #expect(findings.count == 256)
        let filter = Array(repeatElement([0x0b] as [UInt8], count: 1).joined())
        #expect(MessageCheck.rules("dossier.v1.Filter", filter) == [.wireType, .group])
        let unknownTags = Array(
            repeatElement([0xf8, 0x81, 0x00, 0x01] as [UInt8], count: 2_000).joined())
        #expect(MessageCheck.check(message: "dossier.v1.Filter", unknownTags).count == 1_000)
    }

    @Test(
        "4 MiB of hostile bytes are refused, or stepped over, in little memory",
        arguments: [
            ("empty submessages", [0x1a, 0x00], Finding.Rule.elements),
            ("empty unknown fields", [0x7a, 0x00], .elements),
            ("numbers", [0x78, 0x01], .elements),
            ("empty tags", [0x00, 0x00], .fieldNumber),
            ("start of groups", [0x7b, 0x7b], .group),
            ("endless varint", [0xff, 0xff], .varint),
        ] as [(String, [UInt8], Finding.Rule)])
    func hostile(name: String, pattern: [UInt8], rule: Finding.Rule) {
        let bytes = Self.repeated(pattern[0], pattern[1], count: self.size / 2)
        let before = Self.peakKilobytes()
        let findings = MessageCheck.check(message: "dossier.v1.ListResponse", bytes)
        #expect(findings.contains { $0.rule == rule })
        #expect(findings.count <= Finding.maximumCount)
        #expect(Self.peakKilobytes() - before < 64 << 10)
    }

    @Test("4 MiB of nesting inside an unknown field are stepped over")
    func nesting() {
        // From the inside out: each level is a tag and the length of all levels within it.
        var reversed: [UInt8] = []
        reversed.reserveCapacity(self.size)
        while reversed.count + 6 < self.size {
            reversed += Wire.varint(UInt64(reversed.count)).reversed() + [0x7a]
        }
        let bytes = Array(reversed.reversed())
        #expect(bytes.count > 4_000_000)
        let before = Self.peakKilobytes()
        #expect(MessageCheck.check(message: "dossier.v1.ListRequest", bytes) == [])
        #expect(Self.peakKilobytes() - before < 64 << 10)
    }

    @Test("no message type contains itself, and depth and scratch space are bounded")
    func depth() {
        // A type that contains itself traps while the schema is compiled.
        #expect(Schema.shared.maximumDepth <= 10)
        #expect(Schema.shared.maximumScratchWords <= 100)
    }

    private static func repeated(_ first: UInt8, _ second: UInt8, count: Int) -> [UInt8] {
        let pair = UInt16(littleEndian: UInt16(first) | UInt16(second) << 8)
        return Array(repeating: pair, count: count).withUnsafeBytes { Array($0) }
    }

    /// The most memory that the process ever held; 0 where the system does not tell.
    private static func peakKilobytes() -> Int {
        #if canImport(Glibc)
            var usage = rusage()
            return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0
                ? Int(usage.ru_maxrss) : 0
        #else
            return 0
        #endif
    }
}
