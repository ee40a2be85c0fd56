import NIOCore

/// Plaintext that waits to be encrypted, in order, and the promises that go with it.
///
/// Many small writes leave as one record: they are gathered up to a record's size. A large one
/// is cut into pieces of whole records, without copying.
struct PendingWrites {
    /// The most that one record carries (RFC 8446, section 5.1).
    static let recordBytes = 16 * 1024

    /// The most that is encrypted in one step: with its overhead just under 64 KiB of memory.
    static let pieceBytes = 3 * Self.recordBytes

    private struct Write {
        var plaintext: ByteBuffer
        var promise: EventLoopPromise<Void>?
    }

    private var writes = MarkedCircularBuffer<Write>(initialCapacity: 8)
    private var gathered = ByteBuffer()

    /// What is to be encrypted next, already taken out of `writes`.
    private var head: Write?

    /// Bytes that wait, flushed or not.
    private(set) var byteCount = 0

    /// Puts a write at the end. It stays there until a flush.
    mutating func append(_ plaintext: ByteBuffer, promise: EventLoopPromise<Void>?) {
        self.byteCount += plaintext.readableBytes
        self.writes.append(Write(plaintext: plaintext, promise: promise))
    }

    /// Releases everything appended so far.
    mutating func flush() { self.writes.mark() }

    /// The next piece to encrypt, possibly empty; null if nothing is flushed. It stays the next
    /// until `removeNext`.
    mutating func next() -> ByteBuffer? {
        if self.head == nil { self.head = self.makeHead() }
        return self.head?.plaintext
    }

    /// Drops the next piece. Returns the promise of what ended with it.
    mutating func removeNext() -> EventLoopPromise<Void>? {
        guard let head = self.head else { return nil }
        self.byteCount -= head.plaintext.readableBytes
        self.head = nil
        return head.promise
    }

    /// Forgets everything, flushed or not. Returns the promises, which are the caller's to fail.
    mutating func removeAll() -> [EventLoopPromise<Void>] {
        var promises: [EventLoopPromise<Void>] = []
        if let promise = self.removeNext() { promises.append(promise) }
        while !self.writes.isEmpty {
            if let promise = self.writes.removeFirst().promise { promises.append(promise) }
        }
        self.byteCount = 0
        return promises
    }

    private mutating func makeHead() -> Write? {
        guard self.writes.hasMark else { return nil }
        let isAlone = self.writes.markedElementIndex == self.writes.startIndex
        let size = self.writes[self.writes.startIndex].plaintext.readableBytes
        if isAlone || size >= Self.recordBytes { return self.takeFront(atMost: Self.pieceBytes) }
        return self.gather()
    }

    /// Cuts up to `limit` bytes off the first write; its promise comes with its last byte.
    private mutating func takeFront(atMost limit: Int) -> Write? {
        let front = self.writes.startIndex
        if self.writes[front].plaintext.readableBytes <= limit { return self.writes.popFirst() }
        guard let piece = self.writes[front].plaintext.readSlice(length: limit) else { return nil }
        return Write(plaintext: piece, promise: nil)
    }

    private mutating func gather() -> Write {
        var promise: EventLoopPromise<Void>?
        self.gathered.clear(minimumCapacity: Self.recordBytes)
        while self.writes.hasMark, self.gathered.readableBytes < Self.recordBytes {
            let room = Self.recordBytes - self.gathered.readableBytes
            guard let front = self.takeFront(atMost: room) else { break }
            self.gathered.writeImmutableBuffer(front.plaintext)
            promise = joined(promise, front.promise)
        }
        return Write(plaintext: self.gathered, promise: promise)
    }
}

/// One promise that carries the result to both.
func joined(
    _ first: EventLoopPromise<Void>?, _ second: EventLoopPromise<Void>?
) -> EventLoopPromise<Void>? {
    guard let first else { return second }
    first.futureResult.cascade(to: second)
    return first
}
