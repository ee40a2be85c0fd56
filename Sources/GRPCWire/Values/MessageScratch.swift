import CGRPCProtos
import CProtobufC

/// Memory in which a C message is put together: lives until the message is packed.
final class MessageScratch {
    private var allocations: [UnsafeMutableRawPointer] = []

    private init() {}

    deinit {
        for allocation in self.allocations { allocation.deallocate() }
    }

    /// The serialized form of the message that `make` puts together. `Message` is one of the
    /// generated structs, all of which begin with a `ProtobufCMessage`.
    static func pack<Message>(_ make: (MessageScratch) -> Message) -> [UInt8] {
        let scratch = MessageScratch()
        var message = make(scratch)
        return withExtendedLifetime(scratch) {
            withUnsafePointer(to: &message) { pointer in
                UnsafeRawPointer(pointer).withMemoryRebound(
                    to: ProtobufCMessage.self, capacity: 1
                ) { base in
                    let size = protobuf_c_message_get_packed_size(base)
                    return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                        count = buffer.baseAddress.map { protobuf_c_message_pack(base, $0) } ?? 0
                    }
                }
            }
        }
    }

    private func allocate<Element>(_ count: Int) -> UnsafeMutablePointer<Element> {
        let pointer = UnsafeMutablePointer<Element>.allocate(capacity: max(count, 1))
        self.allocations.append(UnsafeMutableRawPointer(pointer))
        return pointer
    }

    /// A C string. It ends at the first NUL: C messages have no others.
    func string(_ text: String) -> UnsafeMutablePointer<CChar> {
        let bytes = text.utf8.prefix { $0 != 0 }.map(CChar.init(bitPattern:))
        let pointer: UnsafeMutablePointer<CChar> = self.allocate(bytes.count + 1)
        pointer.initialize(from: bytes, count: bytes.count)
        pointer[bytes.count] = 0
        return pointer
    }

    func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        let pointer: UnsafeMutablePointer<UInt8> = self.allocate(bytes.count)
        pointer.initialize(from: bytes, count: bytes.count)
        return ProtobufCBinaryData(len: bytes.count, data: pointer)
    }

    /// One message, for a field that points to it.
    func one<Message>(_ message: Message) -> UnsafeMutablePointer<Message> {
        let pointer: UnsafeMutablePointer<Message> = self.allocate(1)
        pointer.initialize(to: message)
        return pointer
    }

    /// A repeated field: messages, and pointers to them. The generated structs are trivial, so
    /// giving back their memory is all that ends them.
    func array<Message>(
        _ messages: [Message]
    ) -> (UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, Int) {
        let pointers: UnsafeMutablePointer<UnsafeMutablePointer<Message>?> =
            self.allocate(messages.count)
        for (index, message) in messages.enumerated() {
            pointers.advanced(by: index).initialize(to: self.one(message))
        }
        return (pointers, messages.count)
    }

    /// A repeated field of plain values: bytes.
    func values<Value>(_ values: [Value]) -> (UnsafeMutablePointer<Value>?, Int) {
        let pointer: UnsafeMutablePointer<Value> = self.allocate(values.count)
        pointer.initialize(from: values, count: values.count)
        return (pointer, values.count)
    }
}

/// Copies of what stands in a C message.
enum CMessages {
    static func string(_ pointer: UnsafePointer<CChar>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }

    static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
        Array(UnsafeBufferPointer(start: data.data, count: data.len))
    }

    /// The messages of a repeated field; they live as long as the message that holds them.
    static func list<Message>(
        _ pointers: UnsafeMutablePointer<UnsafeMutablePointer<Message>?>?, _ count: Int
    ) -> [Message] {
        UnsafeBufferPointer(start: pointers, count: count).compactMap { $0?.pointee }
    }
}
