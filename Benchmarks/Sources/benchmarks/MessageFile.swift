import Foundation

/// Messages in a file, each with its length before it as four bytes, big-endian.
enum MessageFile {
    /// Writes what `message` makes of each number.
    static func write(
        _ count: Int, to file: URL, _ message: (Int) throws -> [UInt8]
    ) throws {
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        var buffer = Data()
        for number in 0..<count {
            let bytes = try message(number)
            withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { buffer.append(contentsOf: $0) }
            buffer.append(contentsOf: bytes)
            if buffer.count > 1 << 20 {
                try handle.write(contentsOf: buffer)
                buffer.removeAll(keepingCapacity: true)
            }
        }
        try handle.write(contentsOf: buffer)
        try handle.close()
    }

    /// Reads messages one after the other.
    final class Reader {
        private let handle: FileHandle
        private var buffer: [UInt8] = []
        private var position = 0

        init(_ file: URL) throws {
            self.handle = try FileHandle(forReadingFrom: file)
        }

        /// The next messages, `count` or as many as are left.
        func next(_ count: Int) throws -> [[UInt8]] {
            var messages: [[UInt8]] = []
            while messages.count < count, let head = try self.take(4) {
                let length = head.reduce(0) { $0 << 8 | Int($1) }
                guard let message = try self.take(length) else {
                    throw Failure("a file of messages is cut")
                }
                messages.append(message)
            }
            return messages
        }

        private func take(_ count: Int) throws -> [UInt8]? {
            while self.buffer.count - self.position < count {
                guard let more = try self.handle.read(upToCount: 4 << 20), !more.isEmpty else {
                    return nil
                }
                self.buffer.removeFirst(self.position)
                self.position = 0
                self.buffer.append(contentsOf: more)
            }
            defer { self.position += count }
            return Array(self.buffer[self.position..<self.position + count])
        }
    }
}
