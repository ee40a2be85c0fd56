/// The custom headers of a call: an ordered list in which a name may stand several times. Names are
/// lower case; one that ends in `-bin` has bytes for values, any other printable ASCII text.
public struct Metadata: Sendable, Hashable {
    /// A value.
    public enum Value: Sendable, Hashable {
        /// Printable ASCII text.
        case text(String)
        /// Bytes; they travel as Base64.
        case bytes([UInt8])
    }

    /// A name with one value.
    public struct Entry: Sendable, Hashable {
        /// The name, in lower case.
        public let name: String
        /// The value.
        public let value: Value
    }

    private var entries: [Entry] = []

    /// Empty metadata.
    public init() {}

    /// Adds an entry that is known to be right.
    mutating func append(_ entry: Entry) {
        self.entries.append(entry)
    }

    /// Adds a text. Throws `invalidMetadata` if the name is not one of lower-case letters, digits,
    /// `-`, `_` and `.`, is gRPC's own or ends in `-bin`, or if the text is not printable ASCII.
    public mutating func append(_ name: String, _ text: String) throws(GRPCError) {
        guard Self.isName(name), !Self.isBinary(name) else {
            throw GRPCError(.invalidMetadata, "\(name) is not a name for a text")
        }
        guard text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
            throw GRPCError(.invalidMetadata, "value of \(name) is not printable ASCII")
        }
        self.entries.append(Entry(name: name, value: .text(text)))
    }

    /// Adds bytes. Throws `invalidMetadata` if the name does not end in `-bin` or is not a name.
    public mutating func append(_ name: String, bytes: [UInt8]) throws(GRPCError) {
        guard Self.isName(name), Self.isBinary(name) else {
            throw GRPCError(.invalidMetadata, "\(name) is not a name for bytes")
        }
        self.entries.append(Entry(name: name, value: .bytes(bytes)))
    }

    /// The first text under a name.
    public subscript(name: String) -> String? {
        for case .text(let text) in self.values(of: name) { return text }
        return nil
    }

    /// The first bytes under a name.
    public subscript(bytes name: String) -> [UInt8]? {
        for case .bytes(let bytes) in self.values(of: name) { return bytes }
        return nil
    }

    /// All values under a name, in order.
    public func values(of name: String) -> [Value] {
        self.entries.lazy.filter { $0.name == name }.map(\.value)
    }

    private static func isBinary(_ name: String) -> Bool {
        name.utf8.suffix(4).elementsEqual("-bin".utf8)
    }

    private static func isName(_ name: String) -> Bool {
        guard !name.isEmpty, !Self.isReserved(Array(name.utf8)[...]) else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }
}

extension Metadata: RandomAccessCollection {
    /// Position of the first entry.
    public var startIndex: Int { self.entries.startIndex }
    /// Position past the last entry.
    public var endIndex: Int { self.entries.endIndex }
    /// The entry at a position.
    public subscript(position: Int) -> Entry { self.entries[position] }
}
