/// Splits JSON text into the objects at its top: one, several after each other, or an array of
/// them. Whether they are JSON is for the parser to say; a piece that never ends goes to the end.
enum JSONPieces {
    private static let newline = UInt8(ascii: "\n")

    /// The pieces with the line each begins on.
    static func split(_ text: [UInt8]) -> [(line: Int, json: ArraySlice<UInt8>)] {
        var scanner = Scanner(text)
        return scanner.pieces()
    }

    /// The lines that are not blank, each a piece of its own.
    static func lines(_ text: [UInt8]) -> [(line: Int, json: ArraySlice<UInt8>)] {
        text.split(separator: self.newline, omittingEmptySubsequences: false).enumerated()
            .filter { !$0.element.allSatisfy(\.isJSONSpace) }
            .map { (line: $0.offset + 1, json: $0.element) }
    }

    private struct Scanner {
        let text: [UInt8]
        var position = 0
        var line = 1

        init(_ text: [UInt8]) {
            self.text = text
        }

        mutating func pieces() -> [(line: Int, json: ArraySlice<UInt8>)] {
            var pieces: [(line: Int, json: ArraySlice<UInt8>)] = []
            var isArray = false
            while let byte = self.skipSpace() {
                switch byte {
                case UInt8(ascii: "[") where !isArray && pieces.isEmpty:
                    isArray = true
                    self.position += 1
                case UInt8(ascii: ",") where isArray, UInt8(ascii: "]") where isArray:
                    self.position += 1
                default:
                    let start = self.position
                    let line = self.line
                    self.skipValue()
                    pieces.append((line, self.text[start..<self.position]))
                }
            }
            return pieces
        }

        private mutating func skipSpace() -> UInt8? {
            while self.position < self.text.count, self.text[self.position].isJSONSpace {
                self.advance()
            }
            return self.position < self.text.count ? self.text[self.position] : nil
        }

        private mutating func advance() {
            if self.text[self.position] == JSONPieces.newline { self.line += 1 }
            self.position += 1
        }

        private mutating func skipValue() {
            let end = JSONPieces.end(ofValueAt: self.position, in: self.text)
            self.line += self.text[self.position..<end].count { $0 == JSONPieces.newline }
            self.position = end
        }
    }
}

extension JSONPieces {
    /// Where the value that begins at a place ends: behind its last bracket or quotation mark, or
    /// before what ends a number or a word; at least one byte further. One that never ends goes to the
    /// end of the text.
    static func end(ofValueAt start: Int, in text: [UInt8]) -> Int {
        var position = start
        var depth = 0
        var isInString = false
        let isWord = !self.delimiters.contains(text[start])
        repeat {
            let byte = text[position]
            position += 1
            if isInString {
                if byte == UInt8(ascii: "\\") { position += 1 }
                if byte == UInt8(ascii: "\"") { isInString = false }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                depth += 1
            } else if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") {
                depth -= 1
            }
        } while position < text.count
            && (depth > 0 || isInString || isWord && !self.delimiters.contains(text[position]))
        return min(position, text.count)
    }

    /// What a number or a word does not have in it.
    private static let delimiters: Set<UInt8> = Set(" \t\n\r,:[]{}\"".utf8)
}

extension UInt8 {
    fileprivate var isJSONSpace: Bool {
        self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D
    }
}
