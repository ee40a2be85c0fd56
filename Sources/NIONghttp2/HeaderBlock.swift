/// The fields of one HEADERS frame (with its CONTINUATIONs), in order, in one piece of storage.
///
/// A connection reuses one block for all it receives: keep a copy of what is needed later.
public struct HeaderBlock: Sendable, Hashable {
    /// A field's name and value: parts of the block's storage.
    public struct Field {
        /// The name, in lower case.
        public let name: ArraySlice<UInt8>
        /// The value as it was sent.
        public let value: ArraySlice<UInt8>
    }

    /// Where a field's name and value end in the storage; they begin where the one before ends.
    struct Extent: Hashable {
        var nameEnd: Int
        var valueEnd: Int
    }

    private var bytes: [UInt8] = []
    private var extents: [Extent] = []
    /// Whether the list was longer than the limit: what stands here is its beginning.
    public private(set) var isTruncated = false

    /// An empty block.
    public init() {}

    /// A block of fixed fields.
    public init(_ fields: KeyValuePairs<String, String>) {
        for (name, value) in fields {
            self.append(name: name.utf8, value: value.utf8)
        }
    }

    /// Adds a field at the end. `name` must be in lower case.
    public mutating func append(
        name: some Collection<UInt8>, value: some Collection<UInt8>
    ) {
        self.bytes.append(contentsOf: name)
        let nameEnd = self.bytes.count
        self.bytes.append(contentsOf: value)
        self.extents.append(Extent(nameEnd: nameEnd, valueEnd: self.bytes.count))
    }

    /// Size as RFC 9113, section 6.5.2 counts it.
    public var listBytes: Int { self.bytes.count + 32 * self.extents.count }

    /// Adds a received field, or marks the block as truncated when it would pass `limit`.
    mutating func append(
        received name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, limit: Int
    ) {
        guard !self.isTruncated, self.listBytes + name.count + value.count + 32 <= limit else {
            self.isTruncated = true
            return
        }
        self.append(name: name, value: value)
    }

    /// Calls `body` with the storage, nil if there is none, and the extents of the fields in it.
    /// nghttp2 declares what it reads as mutable and does not write to it.
    func withUnsafeExtents<Result>(
        _ body: (UnsafeMutablePointer<UInt8>?, [Extent]) -> Result
    ) -> Result {
        self.bytes.withUnsafeBufferPointer { bytes in
            body(UnsafeMutablePointer(mutating: bytes.baseAddress), self.extents)
        }
    }

    /// Empties the block and keeps its storage.
    mutating func removeAll() {
        self.bytes.removeAll(keepingCapacity: true)
        self.extents.removeAll(keepingCapacity: true)
        self.isTruncated = false
    }
}

extension HeaderBlock: RandomAccessCollection {
    /// Position of the first field.
    public var startIndex: Int { 0 }
    /// Position past the last field.
    public var endIndex: Int { self.extents.count }

    /// The field at a position.
    public subscript(position: Int) -> Field {
        let start = position == 0 ? 0 : self.extents[position - 1].valueEnd
        let extent = self.extents[position]
        return Field(
            name: self.bytes[start..<extent.nameEnd],
            value: self.bytes[extent.nameEnd..<extent.valueEnd])
    }
}

extension HeaderBlock.Field {
    /// Whether the field has this name.
    public func isNamed(_ name: StaticString) -> Bool { self.name.isEqual(to: name) }
}

extension ArraySlice<UInt8> {
    /// Whether the bytes are those of a literal.
    public func isEqual(to literal: StaticString) -> Bool {
        guard self.count == literal.utf8CodeUnitCount else { return false }
        return literal.withUTF8Buffer { self.elementsEqual($0) }
    }
}
