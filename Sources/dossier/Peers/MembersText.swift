import DossierCore

/// The text of a members file, in which one entry changes and everything else stands as it was.
struct MembersText {
    /// Columns that an organisation's entry stands to the right.
    private static let indent = 4
    private let bytes: [UInt8]

    /// A text that is known to be a members file.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The text with an organisation's entry: in the place of the one it has, or as the last.
    ///
    /// - Throws: ``CommandFailure`` when the list of organisations is not found.
    func setting(_ entry: JSONValue) throws -> [UInt8] {
        var cursor = JSONCursor(self.bytes)
        guard let list = cursor.member("organisations") else {
            throw CommandFailure("the members file has no organisations")
        }
        let entries = cursor.elements(of: list)
        let text = entry.laidOut(indent: Self.indent, isBroken: true)
        let id = entry["id"]?.string
        let same = try entries.first {
            try JSONValue(json: Array(self.bytes[$0]))["id"]?.string == id
        }
        let margin = String(repeating: " ", count: Self.indent)
        if let same { return self.replacing(same, with: text) }
        if let last = entries.last {
            return self.replacing(last.upperBound..<last.upperBound, with: ",\n\(margin)\(text)")
        }
        return self.replacing(list, with: "[\n\(margin)\(text)\n  ]")
    }

    private func replacing(_ range: Range<Int>, with text: String) -> [UInt8] {
        self.bytes[..<range.lowerBound] + Array(text.utf8) + self.bytes[range.upperBound...]
    }
}

/// Finds where values stand in a text that is known to be JSON.
private struct JSONCursor {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Where the value of a member of the outermost object stands; nil if there is none.
    mutating func member(_ name: String) -> Range<Int>? {
        self.position = (self.bytes.firstIndex(of: UInt8(ascii: "{")) ?? self.bytes.count) + 1
        while self.skipToValue() {
            let key = self.value()
            guard self.skipToValue() else { return nil }
            let value = self.value()
            if self.bytes[key].elementsEqual("\"\(name)\"".utf8) { return value }
        }
        return nil
    }

    /// Where the elements of an array stand.
    mutating func elements(of array: Range<Int>) -> [Range<Int>] {
        self.position = array.lowerBound + 1
        var elements: [Range<Int>] = []
        while self.position < array.upperBound, self.skipToValue() { elements.append(self.value()) }
        return elements
    }

    /// Moves to where a value begins; false where the object or array ends.
    private mutating func skipToValue() -> Bool {
        while self.position < self.bytes.count {
            switch self.bytes[self.position] {
            case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: ":"): self.position += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): return false
            default: return true
            }
        }
        return false
    }

    /// Moves past the value that begins here.
    private mutating func value() -> Range<Int> {
        let start = self.position
        self.position = JSONPieces.end(ofValueAt: start, in: self.bytes)
        return start..<self.position
    }
}
