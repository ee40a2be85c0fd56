/// Something a record is found by.
public struct LookupKey: Hashable, Sendable {
    /// What a key names.
    public enum KeyType: UInt8, Hashable, Sendable, CaseIterable {
        /// An account, by its canonical key.
        case account = 0x61
        /// A victim, by its folded name.
        case victim = 0x76
        /// An actor, by its folded name.
        case actor = 0x63
    }

    /// What the key names.
    public var type: KeyType
    /// A canonical account key or a folded name.
    public var key: String

    /// A key.
    public init(type: KeyType, key: String) {
        self.type = type
        self.key = key
    }

    /// What an index files the key under: a folded name, or what ``AccountKey/term`` says.
    /// Whoever finds a record by a term checks it with ``matches(_:)``.
    public var term: Substring {
        self.type == .account ? AccountKey.term(of: self.key) : self.key[...]
    }

    /// Whether a record with the key `other` is one that a search for this key means.
    public func matches(_ other: LookupKey) -> Bool {
        guard self.type == other.type else { return false }
        return self.type == .account
            ? AccountKey.mayBeSame(self.key, other.key) : self.key == other.key
    }
}

/// The keys of one record, in the order in which the record names them.
///
/// They lie one after the other in a single buffer, since a check captures some ten of them for
/// each record: a key is made into a `String` only when it is asked for.
public struct LookupKeys: Sequence, Hashable, Sendable, ExpressibleByArrayLiteral {
    /// For each key its type, its length as two bytes (low byte first) and its UTF-8.
    private var storage: [UInt8] = []

    /// The longest key, in UTF-8 bytes; a longer one is not kept.
    public static let maximumKeyBytes = Int(UInt16.max)

    /// No keys.
    public init() {}

    /// The keys of a sequence.
    public init(_ keys: some Sequence<LookupKey>) {
        for key in keys {
            var text = key.key
            text.withUTF8 { self.append(key.type, UnsafeRawBufferPointer($0)) }
        }
    }

    /// The keys listed.
    public init(arrayLiteral elements: LookupKey...) {
        self.init(elements)
    }

    /// Whether there is no key.
    public var isEmpty: Bool { self.storage.isEmpty }

    /// Calls `body` with each key's type and UTF-8, without making a string of it.
    public func forEachUTF8(
        _ body: (LookupKey.KeyType, UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        try self.storage.withUnsafeBytes { bytes in
            var offset = 0
            while let entry = Self.entry(at: offset, in: bytes) {
                try body(entry.type, UnsafeRawBufferPointer(rebasing: bytes[entry.text]))
                offset = entry.text.upperBound
            }
        }
    }

    /// Calls `body` with each key's type and the UTF-8 of its ``LookupKey/term``, without making a
    /// string of it.
    public func forEachTerm(
        _ body: (LookupKey.KeyType, UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        try self.forEachUTF8 { type, key in
            try body(type, type == .account ? AccountKey.term(ofUTF8: key) : key)
        }
    }

    /// An iterator over the keys.
    public func makeIterator() -> Iterator {
        Iterator(storage: self.storage)
    }

    /// Goes through the keys.
    public struct Iterator: IteratorProtocol {
        fileprivate let storage: [UInt8]
        fileprivate var offset = 0

        /// The next key; nil after the last.
        public mutating func next() -> LookupKey? {
            self.storage.withUnsafeBytes { bytes in
                guard let entry = LookupKeys.entry(at: self.offset, in: bytes) else { return nil }
                self.offset = entry.text.upperBound
                return LookupKey(
                    type: entry.type, key: String(decoding: bytes[entry.text], as: UTF8.self))
            }
        }
    }

    mutating func reserve(_ bytes: Int) {
        self.storage.reserveCapacity(bytes)
    }

    mutating func append(_ type: LookupKey.KeyType, _ utf8: UnsafeRawBufferPointer) {
        guard !utf8.isEmpty, utf8.count <= Self.maximumKeyBytes else { return }
        self.storage.append(type.rawValue)
        self.storage.append(UInt8(truncatingIfNeeded: utf8.count))
        self.storage.append(UInt8(truncatingIfNeeded: utf8.count >> 8))
        self.storage.append(contentsOf: utf8)
    }

    private static func entry(
        at offset: Int, in bytes: UnsafeRawBufferPointer
    ) -> (type: LookupKey.KeyType, text: Range<Int>)? {
        guard offset + 3 <= bytes.count,
            let type = LookupKey.KeyType(rawValue: bytes[offset])
        else { return nil }
        let start = offset + 3
        let length = Int(bytes[offset + 1]) | Int(bytes[offset + 2]) << 8
        return (type, start..<start + length)
    }
}
