/// A SHA-256 value: 32 bytes, stored inline.
///
/// Digests are ordered as their bytes are. They are public values: comparison is not made in
/// constant time, so a digest that is a secret (an authenticator to be checked) does not belong
/// into `==`.
public struct Digest: Hashable, Sendable {
    /// How many bytes a digest has.
    public static let byteCount = 32

    // The bytes as they lie in memory, whatever the machine's byte order.
    private var word0: UInt64 = 0
    private var word1: UInt64 = 0
    private var word2: UInt64 = 0
    private var word3: UInt64 = 0

    /// A digest whose 32 bytes `fill` writes, all of them.
    init(filledBy fill: (UnsafeMutableRawBufferPointer) -> Void) {
        withUnsafeMutableBytes(of: &self, fill)
    }

    /// Creates a digest from its bytes; nil unless there are exactly 32.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        withUnsafeMutableBytes(of: &self) { $0.copyBytes(from: bytes) }
    }

    /// Digests that stand one after the other; nil when the last one is cut short.
    public static func list(_ bytes: some Collection<UInt8>) -> [Digest]? {
        guard bytes.count.isMultiple(of: Self.byteCount) else { return nil }
        let bytes = Array(bytes)
        return stride(from: 0, to: bytes.count, by: Self.byteCount).compactMap {
            Digest(bytes[$0..<$0 + Self.byteCount])
        }
    }

    /// Creates a digest from its text; nil unless that is exactly 64 lower-case hexadecimal digits.
    public init?(hexadecimal: some StringProtocol) {
        let digits = hexadecimal.utf8
        guard digits.count == 2 * Self.byteCount else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        var high: UInt8?
        for digit in digits {
            guard let value = Self.value(ofDigit: digit) else { return nil }
            if let upper = high {
                bytes.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        self.init(bytes)
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { self.withUnsafeBytes { [UInt8]($0) } }

    /// The 64 lower-case hexadecimal digits.
    public var hexadecimal: String {
        self.withUnsafeBytes { bytes in
            String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
                for (index, byte) in bytes.enumerated() {
                    text[2 * index] = Self.digit(byte >> 4)
                    text[2 * index + 1] = Self.digit(byte & 0xF)
                }
                return 2 * bytes.count
            }
        }
    }

    /// Calls `body` with the 32 bytes, without copying them to the heap.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try Swift.withUnsafeBytes(of: self, body)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}

extension Digest: Comparable {
    /// Whether the first differing byte is smaller.
    public static func < (lhs: Self, rhs: Self) -> Bool {
        if lhs.word0 != rhs.word0 { return lhs.word0.bigEndian < rhs.word0.bigEndian }
        if lhs.word1 != rhs.word1 { return lhs.word1.bigEndian < rhs.word1.bigEndian }
        if lhs.word2 != rhs.word2 { return lhs.word2.bigEndian < rhs.word2.bigEndian }
        return lhs.word3.bigEndian < rhs.word3.bigEndian
    }
}

extension Digest: CustomStringConvertible {
    /// The 64 hexadecimal digits.
    public var description: String { self.hexadecimal }
}
