import NIOCore

/// Bytes to send on a stream, with up to eight bytes that stand before them: a layer above that
/// frames its messages needs neither copy nor allocate for its prefix.
public struct Chunk: Sendable {
    /// The prefix, its first byte in the most significant place of the `prefixLength` lowest bytes.
    let prefix: UInt64
    let prefixLength: Int
    let body: [UInt8]

    /// A chunk of `prefixLength` (at most eight) bytes of `prefix`, big-endian, and a body.
    public init(prefix: UInt64 = 0, prefixLength: Int = 0, body: [UInt8]) {
        self.prefix = prefix
        self.prefixLength = min(prefixLength, 8)
        self.body = body
    }

    /// Bytes of prefix and body.
    public var byteCount: Int { self.prefixLength + self.body.count }
}

/// The chunks of a stream that are not sent yet. One chunk, the usual case, takes no allocation.
struct SendQueue {
    private var first: Chunk?
    private var rest: CircularBuffer<Chunk>?
    /// Bytes of the first chunk that were sent already.
    private var sent = 0
    /// Bytes not sent yet.
    private(set) var byteCount = 0

    var isEmpty: Bool { self.byteCount == 0 }

    mutating func append(_ chunk: Chunk) {
        guard chunk.byteCount > 0 else { return }
        self.byteCount += chunk.byteCount
        guard self.first != nil else {
            self.first = chunk
            return
        }
        if self.rest == nil { self.rest = CircularBuffer(initialCapacity: 4) }
        self.rest?.append(chunk)
    }

    /// Moves the first `count` bytes, of at most `byteCount`, into `buffer`.
    mutating func move(_ count: Int, into buffer: inout ByteBuffer) {
        var left = count
        while left > 0, let chunk = self.first {
            left -= self.movePart(of: chunk, atMost: left, into: &buffer)
        }
    }

    private mutating func movePart(
        of chunk: Chunk, atMost limit: Int, into buffer: inout ByteBuffer
    ) -> Int {
        let count = min(limit, chunk.byteCount - self.sent)
        var fromBody = count
        while fromBody > 0, self.sent < chunk.prefixLength {
            let shift = 8 * (chunk.prefixLength - 1 - self.sent)
            buffer.writeInteger(UInt8(truncatingIfNeeded: chunk.prefix >> UInt64(shift)))
            self.sent += 1
            fromBody -= 1
        }
        let start = self.sent - chunk.prefixLength
        if fromBody > 0 {
            chunk.body.withUnsafeBytes { body in
                _ = buffer.writeBytes(
                    UnsafeRawBufferPointer(rebasing: body[start..<start + fromBody]))
            }
            self.sent += fromBody
        }
        self.byteCount -= count
        if self.sent == chunk.byteCount { self.advance() }
        return count
    }

    private mutating func advance() {
        self.sent = 0
        self.first = self.rest?.popFirst()
    }

    mutating func removeAll() {
        self = SendQueue()
    }
}
