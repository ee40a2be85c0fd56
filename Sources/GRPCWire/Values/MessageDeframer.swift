/// Takes the bytes of a stream and gives its messages: each stands after a flag byte and four bytes
/// of length. A message that is too long is refused when its length is known, before it is stored.
struct MessageDeframer {
    private let maximumBytes: Int
    /// How much is reserved at once for a message that has not arrived: its length is a claim.
    private static let maximumReserve = 64 * 1024

    private var prefix: UInt64 = 0
    private var prefixCount = 0
    private var length = 0
    private var body: [UInt8] = []

    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    /// Whether a message has begun and is not complete.
    var isMidMessage: Bool { self.prefixCount > 0 }

    /// Bytes that the message under way still needs; 0 if its length is not known yet.
    var missingBytes: Int {
        self.prefixCount == Wire.prefixLength ? self.length - self.body.count : 0
    }

    /// Takes bytes off the front of `rest` until they complete a message, and returns it; nil when
    /// all are taken. Throws RESOURCE_EXHAUSTED for a message that is too long and INTERNAL for a
    /// wrong flag; nothing is to be taken after that.
    mutating func next(
        from rest: inout Slice<UnsafeRawBufferPointer>
    ) throws(GRPCStatus) -> [UInt8]? {
        while self.prefixCount < Wire.prefixLength {
            guard let byte = rest.popFirst() else { return nil }
            self.prefix = self.prefix << 8 | UInt64(byte)
            self.prefixCount += 1
            if self.prefixCount == Wire.prefixLength { try self.readPrefix() }
        }
        self.takeBody(from: &rest)
        guard self.body.count == self.length else { return nil }
        self.prefixCount = 0
        return self.takeMessage()
    }

    private mutating func readPrefix() throws(GRPCStatus) {
        let flag = self.prefix >> 32
        self.length = Int(self.prefix & 0xffff_ffff)
        self.prefix = 0
        switch flag {
        case 0: break
        case 1: throw GRPCStatus(.internalError, "message is compressed without grpc-encoding")
        default: throw GRPCStatus(.internalError, "message flag is \(flag), expected 0")
        }
        guard self.length <= self.maximumBytes else {
            throw GRPCStatus(
                .resourceExhausted,
                "message has \(self.length) bytes, at most \(self.maximumBytes) are taken")
        }
    }

    private mutating func takeBody(from rest: inout Slice<UnsafeRawBufferPointer>) {
        let part = rest.prefix(self.length - self.body.count)
        rest = rest.dropFirst(part.count)
        if self.body.isEmpty { self.body.reserveCapacity(min(self.length, Self.maximumReserve)) }
        self.body.append(contentsOf: UnsafeRawBufferPointer(rebasing: part))
    }

    private mutating func takeMessage() -> [UInt8] {
        var message: [UInt8] = []
        swap(&message, &self.body)
        return message
    }
}
