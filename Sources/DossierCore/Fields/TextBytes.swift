/// The UTF-8 of a text while it is looked at: valid only as long as the memory it points to.
struct TextBytes {
    let start: UnsafePointer<UInt8>
    let count: Int

    init(start: UnsafePointer<UInt8>, count: Int) {
        self.start = start
        self.count = count
    }

    /// Calls `body` with the UTF-8 of a string.
    static func with<Result>(
        _ text: some StringProtocol, _ body: (TextBytes) throws -> Result
    ) rethrows -> Result {
        var copy = String(text)
        return try copy.withUTF8 { buffer in
            guard let start = buffer.baseAddress else { return try body(self.empty) }
            return try body(TextBytes(start: start, count: buffer.count))
        }
    }

    /// A text without bytes. Its address is that of something else, and nothing is read from it.
    private static var empty: TextBytes {
        let address = UnsafeRawPointer(CharacterTable.shared.classes)
        return TextBytes(start: address.assumingMemoryBound(to: UInt8.self), count: 0)
    }

    subscript(index: Int) -> UInt8 { self.start[index] }

    /// The part from one index up to, and without, another.
    subscript(range: Range<Int>) -> TextBytes {
        TextBytes(start: self.start + range.lowerBound, count: range.count)
    }

    /// The part from an index to the end.
    func from(_ index: Int) -> TextBytes { self[index..<self.count] }

    /// The text as a string.
    var string: String { String(decoding: self.buffer, as: UTF8.self) }

    /// The bytes.
    var buffer: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: self.start, count: self.count)
    }

    /// The bytes.
    var raw: UnsafeRawBufferPointer { UnsafeRawBufferPointer(self.buffer) }

    /// Whether every byte is of a class.
    func allSatisfy(_ characters: CharacterClass) -> Bool {
        let table = CharacterTable.shared.classes
        for index in 0..<self.count where table[Int(self.start[index])] & characters.rawValue == 0 {
            return false
        }
        return true
    }

    /// Index of the first byte with a value, at or after an index.
    func firstIndex(of byte: UInt8, from index: Int = 0) -> Int? {
        var index = index
        while index < self.count {
            if self.start[index] == byte { return index }
            index += 1
        }
        return nil
    }

    func starts(with prefix: StaticString) -> Bool {
        guard self.count >= prefix.utf8CodeUnitCount else { return false }
        for index in 0..<prefix.utf8CodeUnitCount
        where self.start[index] != prefix.utf8Start[index] {
            return false
        }
        return true
    }

    func equals(_ text: StaticString) -> Bool {
        self.count == text.utf8CodeUnitCount && self.starts(with: text)
    }
}

/// Sets of ASCII characters.
struct CharacterClass: OptionSet {
    let rawValue: UInt16

    static let digit = CharacterClass(rawValue: 1 << 0)
    static let lower = CharacterClass(rawValue: 1 << 1)
    static let upper = CharacterClass(rawValue: 1 << 2)
    static let lowerHex = CharacterClass(rawValue: 1 << 3)
    /// The 58 characters of bitcoin's base58.
    static let base58 = CharacterClass(rawValue: 1 << 4)
    /// The 32 characters of bech32's data part.
    static let bech32 = CharacterClass(rawValue: 1 << 5)
    static let hyphen = CharacterClass(rawValue: 1 << 6)
    /// `_`
    static let underscore = CharacterClass(rawValue: 1 << 7)
    /// `.`
    static let point = CharacterClass(rawValue: 1 << 8)
    /// `/`
    static let slash = CharacterClass(rawValue: 1 << 9)
    /// `%`
    static let percent = CharacterClass(rawValue: 1 << 13)
    /// Visible ASCII.
    static let graphic = CharacterClass(rawValue: 1 << 10)
    /// Characters that percent-encoding leaves alone (RFC 3986, section 2.3).
    static let unreserved = CharacterClass(rawValue: 1 << 11)
    /// Characters of a media type's names (RFC 6838, section 4.2).
    static let mediaName = CharacterClass(rawValue: 1 << 12)

    static let letter: CharacterClass = [.lower, .upper]
    static let alphanumeric: CharacterClass = [.lower, .upper, .digit]
}

/// The classes of each byte.
//
// `@unchecked Sendable`: written only while it is made, never freed.
struct CharacterTable: @unchecked Sendable {
    static let shared = CharacterTable()

    let classes: UnsafePointer<UInt16>

    func contains(_ byte: UInt8, _ characters: CharacterClass) -> Bool {
        self.classes[Int(byte)] & characters.rawValue != 0
    }

    private init() {
        let table = UnsafeMutablePointer<UInt16>.allocate(capacity: 256)
        table.initialize(repeating: 0, count: 256)
        func add(_ characters: CharacterClass, _ text: some Sequence<UInt8>) {
            for byte in text { table[Int(byte)] |= characters.rawValue }
        }
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let lower = UInt8(ascii: "a")...UInt8(ascii: "z")
        let upper = UInt8(ascii: "A")...UInt8(ascii: "Z")
        add(.digit, digits)
        add(.lower, lower)
        add(.upper, upper)
        add(.lowerHex, "0123456789abcdef".utf8)
        add(.base58, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
        add(.bech32, "qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
        add(.hyphen, "-".utf8)
        add(.underscore, "_".utf8)
        add(.point, ".".utf8)
        add(.slash, "/".utf8)
        add(.percent, "%".utf8)
        add(.graphic, 0x21...0x7e)
        for range in [digits, lower, upper] {
            add(.unreserved, range)
            add(.mediaName, range)
        }
        add(.unreserved, "-._~".utf8)
        add(.mediaName, "!#$&-^_.+".utf8)
        self.classes = UnsafePointer(table)
    }
}
