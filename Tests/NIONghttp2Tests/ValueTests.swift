import NIOCore
import Testing

@testable import NIONghttp2

@Suite("Send queue")
struct SendQueueTests {
    private static func drained(_ queue: inout SendQueue, step: Int) -> [UInt8] {
        var buffer = ByteBuffer()
        while !queue.isEmpty { queue.move(min(step, queue.byteCount), into: &buffer) }
        return Array(buffer.readableBytesView)
    }

    @Test("prefixes and bodies come out in order whatever the size of the parts", arguments: 1...20)
    func order(step: Int) {
        var queue = SendQueue()
        queue.append(Chunk(prefix: 0x01_0203_0405, prefixLength: 5, body: [6, 7, 8]))
        queue.append(Chunk(prefix: 9, prefixLength: 2, body: []))
        queue.append(Chunk(body: [10, 11]))
        queue.append(Chunk(body: []))
        #expect(queue.byteCount == 12)
        #expect(
            Self.drained(&queue, step: step) == [1, 2, 3, 4, 5, 6, 7, 8, 0, 9, 10, 11])
        #expect(queue.isEmpty)
    }
}

@Suite("Header block")
struct HeaderBlockTests {
    @Test("fields come back as they were put in")
    func fields() {
        var block = HeaderBlock([":status": "200", "a": ""])
        block.append(name: "b".utf8, value: "xyz".utf8)
        #expect(block.count == 3)
        #expect(block[0].isNamed(":status"))
        #expect(block[0].value.isEqual(to: "200"))
        #expect(block[1].value.isEmpty)
        #expect(block[2].value.isEqual(to: "xyz"))
        #expect(!block[2].isNamed("c"))
        #expect(block.listBytes == 7 + 3 + 1 + 1 + 3 + 3 * 32)
    }

    @Test("a received field that would pass the limit is left out, and all after it")
    func truncation() {
        func append(_ block: inout HeaderBlock, _ size: Int) {
            let bytes = [UInt8](repeating: 97, count: size)
            bytes.withUnsafeBufferPointer { block.append(received: $0, $0, limit: 100) }
        }
        var exact = HeaderBlock()
        append(&exact, 34)
        #expect(exact.count == 1)
        #expect(!exact.isTruncated)
        var over = HeaderBlock()
        append(&over, 35)
        append(&over, 1)
        #expect(over.isEmpty)
        #expect(over.isTruncated)
        over.removeAll()
        #expect(!over.isTruncated)
    }
}
