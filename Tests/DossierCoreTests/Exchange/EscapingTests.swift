import DossierCore
import Testing

@Suite("Text for terminals")
struct EscapingTests {
    @Test("text that does nothing to a terminal stays as it is")
    func harmless() {
        for text in ["", "Theft from Bybit", "바이비트 탈취 사건", "café — “x”", "a\u{300}b", "👩‍👩‍👧"] {
            #expect(text.escapedForTerminal == text)
        }
    }

    @Test("control characters, marks of direction and invisible ones are escaped")
    func hostile() {
        let ranges: [ClosedRange<UInt32>] = [
            0x00...0x1F, 0x7F...0x9F, 0x61C...0x61C, 0x200E...0x200F, 0x2028...0x202E,
            0x2066...0x2069, 0xFEFF...0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE007F,
        ]
        for scalar in ranges.joined().compactMap(Unicode.Scalar.init) {
            let escaped = "a\(Character(scalar))b".escapedForTerminal
            #expect(escaped == "a\\u{\(String(scalar.value, radix: 16))}b")
        }
    }

    @Test("a character hidden in a cluster is escaped too")
    func clusters() {
        #expect("\r\n".escapedForTerminal == "\\u{d}\\u{a}")
        #expect("e\u{301}\u{1B}[2J".escapedForTerminal == "e\u{301}\\u{1b}[2J")
    }
}
