/// Reads JSON (RFC 8259) and keeps for each value the place at which it stands.
///
/// Strict: UTF-8, no member named twice in one object, nothing after the value, at most
/// `maximumDepth` levels.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0
    /// Line of the position, from 1, and where that line starts. Line feeds stand between values
    /// only, as strings hold none.
    private var line = 1
    private var lineStart = 0

    static let maximumDepth = 64
    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { self.position = 3 }
    }

    /// The value that `bytes` are the text of.
    static func read(_ bytes: [UInt8]) throws(JSONFault) -> JSONNode {
        var reader = JSONReader(bytes)
        let node = try reader.readValue(depth: 0)
        reader.skipSpace()
        guard reader.position == bytes.count else {
            throw reader.fault("nothing may follow the value")
        }
        return node
    }
}

/// A JSON value and where it stands.
struct JSONNode {
    /// What the value is.
    indirect enum Content {
        case null
        case bool(Bool)
        case number(String)
        case string(String)
        case array([JSONNode])
        case object([Member])
    }

    /// A member of an object.
    struct Member {
        var name: String
        var place: JSONPlace
        var value: JSONNode
    }

    var content: Content
    var place: JSONPlace
}

/// A place in a text.
struct JSONPlace: Hashable {
    /// Line, from 1.
    var line: Int
    /// Column in bytes, from 1.
    var column: Int
}

/// Why a text is not JSON.
struct JSONFault: Error {
    var place: JSONPlace
    var message: String
}

// MARK: - Values

extension JSONReader {
    private mutating func readValue(depth: Int) throws(JSONFault) -> JSONNode {
        guard depth < Self.maximumDepth else {
            throw self.fault("more than \(Self.maximumDepth) levels")
        }
        self.skipSpace()
        let place = self.place(of: self.position)
        let content: JSONNode.Content =
            switch self.peek() {
            case UInt8(ascii: "{"): .object(try self.readMembers(depth: depth))
            case UInt8(ascii: "["): .array(try self.readElements(depth: depth))
            case UInt8(ascii: "\""): .string(try self.readString())
            case let byte? where byte == UInt8(ascii: "-") || Self.digits.contains(byte):
                .number(try self.readNumber())
            default: try self.readWord()
            }
        return JSONNode(content: content, place: place)
    }

    private mutating func readMembers(depth: Int) throws(JSONFault) -> [JSONNode.Member] {
        var members: [JSONNode.Member] = []
        var names: Set<String> = []
        self.position += 1
        self.skipSpace()
        if self.skip("}") { return [] }
        repeat {
            self.skipSpace()
            let place = self.place(of: self.position)
            guard self.peek() == UInt8(ascii: "\"") else { throw self.fault("expected a name") }
            let name = try self.readString()
            guard names.insert(name).inserted else {
                throw JSONFault(place: place, message: "\"\(name)\" stands here twice")
            }
            self.skipSpace()
            guard self.skip(":") else { throw self.fault("expected a colon") }
            let value = try self.readValue(depth: depth + 1)
            members.append(JSONNode.Member(name: name, place: place, value: value))
            self.skipSpace()
        } while self.skip(",")
        guard self.skip("}") else { throw self.fault("expected a comma or }") }
        return members
    }

    private mutating func readElements(depth: Int) throws(JSONFault) -> [JSONNode] {
        var elements: [JSONNode] = []
        self.position += 1
        self.skipSpace()
        if self.skip("]") { return [] }
        repeat {
            elements.append(try self.readValue(depth: depth + 1))
            self.skipSpace()
        } while self.skip(",")
        guard self.skip("]") else { throw self.fault("expected a comma or ]") }
        return elements
    }

    private mutating func readWord() throws(JSONFault) -> JSONNode.Content {
        let words: [(String, JSONNode.Content)] = [
            ("null", .null), ("true", .bool(true)), ("false", .bool(false)),
        ]
        for (word, content) in words where self.skip(word) { return content }
        throw self.fault("expected a value")
    }

    private mutating func readNumber() throws(JSONFault) -> String {
        let start = self.position
        _ = self.skip("-")
        if !self.skip("0") { try self.readDigits() }
        if self.skip(".") { try self.readDigits() }
        if self.skip("e") || self.skip("E") {
            if !self.skip("+") { _ = self.skip("-") }
            try self.readDigits()
        }
        return String(decoding: self.bytes[start..<self.position], as: UTF8.self)
    }

    private mutating func readDigits() throws(JSONFault) {
        let start = self.position
        while let byte = self.peek(), Self.digits.contains(byte) { self.position += 1 }
        guard self.position > start else { throw self.fault("expected a digit") }
    }
}

// MARK: - Strings

extension JSONReader {
    private mutating func readString() throws(JSONFault) -> String {
        let start = self.position
        self.position += 1
        if let plain = self.readPlainString() { return plain }
        var content: [UInt8] = []
        while let byte = self.peek() {
            switch byte {
            case UInt8(ascii: "\""):
                self.position += 1
                guard let string = String(validating: content, as: UTF8.self) else {
                    throw JSONFault(place: self.place(of: start), message: "text is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                content += String(Character(try self.readEscape())).utf8
            case 0..<0x20:
                throw self.fault("control characters are written as escapes")
            default:
                content.append(byte)
                self.position += 1
            }
        }
        throw JSONFault(place: self.place(of: start), message: "the string is not closed")
    }

    /// The rest of a string that has no escapes, which most have not; nothing if it has.
    private mutating func readPlainString() -> String? {
        let end = self.bytes[self.position...].firstIndex { $0 == 0x22 || $0 == 0x5C || $0 < 0x20 }
        guard let end, self.bytes[end] == 0x22,
            let string = String(validating: self.bytes[self.position..<end], as: UTF8.self)
        else { return nil }
        self.position = end + 1
        return string
    }

    private mutating func readEscape() throws(JSONFault) -> Unicode.Scalar {
        let simple: [UInt8: Unicode.Scalar] = [
            UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\", UInt8(ascii: "/"): "/",
            UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "f"): "\u{C}", UInt8(ascii: "n"): "\n",
            UInt8(ascii: "r"): "\r", UInt8(ascii: "t"): "\t",
        ]
        if self.skip("\\u") { return try self.readCodeUnits() }
        self.position += 1
        guard let byte = self.peek(), let scalar = simple[byte] else {
            throw self.fault("no such escape")
        }
        self.position += 1
        return scalar
    }

    private mutating func readCodeUnits() throws(JSONFault) -> Unicode.Scalar {
        var units = [try self.readCodeUnit()]
        if UTF16.isLeadSurrogate(units[0]), self.skip("\\u") {
            units.append(try self.readCodeUnit())
        }
        guard let text = String(validating: units, as: UTF16.self),
            let scalar = text.unicodeScalars.first
        else { throw self.fault("half of a surrogate pair") }
        return scalar
    }

    private mutating func readCodeUnit() throws(JSONFault) -> UInt16 {
        let digits = self.bytes[self.position...].prefix(4)
        let text = String(decoding: digits, as: UTF8.self)
        guard digits.count == 4, text.first != "+", let unit = UInt16(text, radix: 16) else {
            throw self.fault("expected four hexadecimal digits")
        }
        self.position += 4
        return unit
    }
}

// MARK: - Bytes

extension JSONReader {
    private func peek() -> UInt8? {
        self.position < self.bytes.count ? self.bytes[self.position] : nil
    }

    private mutating func skip(_ text: String) -> Bool {
        var end = self.position
        for byte in text.utf8 {
            guard end < self.bytes.count, self.bytes[end] == byte else { return false }
            end += 1
        }
        self.position = end
        return true
    }

    private mutating func skipSpace() {
        while let byte = self.peek() {
            switch byte {
            case 0x20, 0x09, 0x0D: self.position += 1
            case 0x0A:
                self.position += 1
                self.line += 1
                self.lineStart = self.position
            default: return
            }
        }
    }

    private func place(of position: Int) -> JSONPlace {
        JSONPlace(line: self.line, column: position - self.lineStart + 1)
    }

    private func fault(_ message: String) -> JSONFault {
        JSONFault(place: self.place(of: self.position), message: message)
    }
}
