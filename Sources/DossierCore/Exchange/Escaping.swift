extension String {
    /// The text on one line, with everything escaped that could act on a terminal: control
    /// characters (C0, C1, ESC), line and paragraph separators, and bidirectional overrides.
    public var escapedForTerminal: String {
        guard self.unicodeScalars.contains(where: \.actsOnTerminal) else { return self }
        return self.unicodeScalars.reduce(into: "") { text, scalar in
            if scalar.actsOnTerminal {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension Unicode.Scalar {
    /// Whether a terminal may do something else than show the character.
    var actsOnTerminal: Bool {
        switch self.value {
        case 0x00...0x1F, 0x7F...0x9F: true  // C0, DEL, C1
        case 0x200E, 0x200F, 0x061C: true  // marks of direction
        case 0x2028...0x202E, 0x2066...0x2069: true  // separators, overrides, isolates
        case 0xFEFF, 0xFFF9...0xFFFB: true  // zero-width and interlinear marks
        case 0xE0000...0xE007F: true  // tags
        default: false
        }
    }
}
