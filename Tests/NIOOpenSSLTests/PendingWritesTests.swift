import NIOCore
import NIOEmbedded
import Testing

@testable import NIOOpenSSL

@Suite("Plaintext that waits to be encrypted")
struct PendingWritesTests {
    private static func sizes(_ pending: inout PendingWrites) -> [Int] {
        var sizes: [Int] = []
        while let piece = pending.next() {
            sizes.append(piece.readableBytes)
            _ = pending.removeNext()
        }
        return sizes
    }

    @Test(
        "flushed writes become pieces: small ones gathered, large ones cut",
        arguments: [
            ([], []), ([0], [0]), ([5], [5]), ([5, 6, 7], [18]), ([0, 0], [0]),
            ([16_384, 1], [16_384, 1]), ([1, 16_384], [16_384, 1]),
            ([16_383, 1, 1], [16_384, 1]), ([49_152], [49_152]), ([49_153], [49_152, 1]),
            ([100_000, 10], [49_152, 49_152, 1706]), ([10, 100_000], [16_384, 49_152, 34_474]),
        ])
    func pieces(written: [Int], expected: [Int]) {
        var pending = PendingWrites()
        for size in written { pending.append(ByteBuffer(repeating: 1, count: size), promise: nil) }
        #expect(Self.sizes(&pending).isEmpty)
        pending.flush()
        pending.append(ByteBuffer(string: "later"), promise: nil)

        #expect(Self.sizes(&pending) == expected)
    }

    @Test("the next piece stays until it is removed")
    func next() {
        var pending = PendingWrites()
        pending.append(ByteBuffer(string: "a"), promise: nil)
        pending.append(ByteBuffer(string: "b"), promise: nil)
        pending.flush()

        #expect(pending.next() == ByteBuffer(string: "ab"))
        pending.append(ByteBuffer(string: "c"), promise: nil)
        pending.flush()
        #expect(pending.next() == ByteBuffer(string: "ab"))
        _ = pending.removeNext()
        #expect(pending.next() == ByteBuffer(string: "c"))
    }

    @Test("a promise comes with the last byte of its write, and reaches every write of a piece")
    func promises() throws {
        let loop = EmbeddedEventLoop()
        let promises = (0..<3).map { _ in loop.makePromise(of: Void.self) }
        var pending = PendingWrites()
        pending.append(ByteBuffer(repeating: 1, count: 50_000), promise: promises[0])
        pending.append(ByteBuffer(string: "a"), promise: promises[1])
        pending.append(ByteBuffer(string: "b"), promise: promises[2])
        pending.flush()

        #expect(pending.next()?.readableBytes == 49_152)
        #expect(pending.removeNext() == nil)
        #expect(pending.next()?.readableBytes == 850)
        let promise = pending.removeNext()
        promise?.succeed()
        for promise in promises { try promise.futureResult.wait() }
    }

    @Test("every promise is given back when all is dropped: begun, flushed and not flushed")
    func removeAll() {
        let loop = EmbeddedEventLoop()
        let promises = (0..<3).map { _ in loop.makePromise(of: Void.self) }
        var pending = PendingWrites()
        pending.append(ByteBuffer(string: "begun"), promise: promises[0])
        pending.flush()
        _ = pending.next()
        pending.append(ByteBuffer(string: "flushed"), promise: promises[1])
        pending.flush()
        pending.append(ByteBuffer(string: "not flushed"), promise: promises[2])

        let dropped = pending.removeAll()
        for promise in dropped { promise.succeed() }

        #expect(dropped == promises)
        #expect(pending.byteCount == 0)
        pending.flush()
        #expect(pending.next() == nil)
    }
}
