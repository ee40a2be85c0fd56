internal import CDossierProtos
internal import CProtobufC
internal import DossierCore

/// The memory that one message is packed from or unpacked into, given back with the value.
///
/// Pointers made here must not outlive it: use them inside one function.
final class MessageArena {
    /// What a message of ``Exchange/maximumMessageBytes`` may take when unpacked: its bytes again,
    /// and as much for pointers and lengths.
    static let maximumBytes = 4 * Exchange.maximumMessageBytes

    private let arena: UnsafeMutablePointer<dossier_arena>

    init() throws {
        guard let arena = dossier_arena_borrow(Self.maximumBytes) else {
            throw ExchangeError(code: .overloaded, message: "out of memory")
        }
        self.arena = arena
    }

    deinit {
        dossier_arena_return(self.arena)
    }

    /// The allocator is the arena's first member.
    var allocator: UnsafeMutablePointer<ProtobufCAllocator> {
        UnsafeMutableRawPointer(self.arena).assumingMemoryBound(to: ProtobufCAllocator.self)
    }

    private func allocate<T>(_ count: Int, of type: T.Type) throws -> UnsafeMutablePointer<T> {
        guard let memory = dossier_arena_allocate(self.arena, count * MemoryLayout<T>.stride) else {
            throw ExchangeError(
                code: .overloaded,
                message: "message needs more than \(Self.maximumBytes) bytes of memory")
        }
        return memory.bindMemory(to: type, capacity: count)
    }

    /// A NUL-terminated copy.
    func string(_ text: String) throws -> UnsafeMutablePointer<CChar> {
        var text = text
        return try text.withUTF8 { utf8 in
            let copy = try self.allocate(utf8.count + 1, of: CChar.self)
            utf8.withMemoryRebound(to: CChar.self) { characters in
                if let base = characters.baseAddress {
                    copy.update(from: base, count: characters.count)
                }
            }
            copy[utf8.count] = 0
            return copy
        }
    }

    /// A copy of bytes.
    func bytes(_ bytes: [UInt8]) throws -> ProtobufCBinaryData {
        guard !bytes.isEmpty else { return ProtobufCBinaryData(len: 0, data: nil) }
        let copy = try self.allocate(bytes.count, of: UInt8.self)
        bytes.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { copy.update(from: base, count: source.count) }
        }
        return ProtobufCBinaryData(len: bytes.count, data: copy)
    }

    /// A message moved into the arena, to be pointed to by another.
    func message<T>(_ value: T) throws -> UnsafeMutablePointer<T> {
        let place = try self.allocate(1, of: T.self)
        place.initialize(to: value)
        return place
    }

    /// An array of whatever `transform` makes of each element.
    func array<Element, T>(
        _ elements: [Element], _ transform: (Element) throws -> T
    ) throws -> UnsafeMutablePointer<T>? {
        guard !elements.isEmpty else { return nil }
        let place = try self.allocate(elements.count, of: T.self)
        for (index, element) in elements.enumerated() {
            (place + index).initialize(to: try transform(element))
        }
        return place
    }

    /// An array of pointers to messages, as repeated message fields want it.
    func messages<Element, T>(
        _ elements: [Element], _ transform: (Element) throws -> T
    ) throws -> UnsafeMutablePointer<UnsafeMutablePointer<T>?>? {
        try self.array(elements) { try self.message(transform($0)) }
    }
}

/// The packed form of the C message that `fill` makes in an arena of its own.
func packed<T>(_ fill: (MessageArena) throws -> T) throws -> [UInt8] {
    let arena = try MessageArena()
    return try withExtendedLifetime(arena) {
        var message = try fill(arena)
        return pack(&message)
    }
}

/// The packed form of a C message, whose first member is its base.
private func pack<T>(_ message: inout T) -> [UInt8] {
    withUnsafeMutablePointer(to: &message) { pointer in
        pointer.withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) { base in
            let size = protobuf_c_message_get_packed_size(base)
            return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                // Writes exactly `size` bytes; with none to write there is no address.
                count = buffer.baseAddress.map { protobuf_c_message_pack(base, $0) } ?? 0
            }
        }
    }
}

/// Checks bytes, unpacks them with a generated function, and reads the C message.
///
/// libprotobuf-c checks neither UTF-8 nor NUL, nor whether a field stands twice: the check comes
/// first.
///
/// - Throws: ``ExchangeError`` with `code`, and what was found wrong.
func unpacked<T, Value>(
    _ bytes: [UInt8], as name: String, code: ExchangeError.Code = .badRequest,
    by unpack: (UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?) ->
        UnsafeMutablePointer<T>?,
    _ read: (T) throws -> Value
) throws -> Value {
    let findings = bytes.withUnsafeBytes { MessageCheck.check(message: name, $0) }
    guard findings.isEmpty else {
        throw ExchangeError(code: code, message: "malformed \(name)", findings: findings)
    }
    let arena = try MessageArena()
    return try withExtendedLifetime(arena) {
        // NULL for malformed bytes, which the check has refused, or past the arena's limit.
        guard let message = unpack(arena.allocator, bytes.count, bytes) else {
            throw ExchangeError(
                code: code,
                message: "\(name) needs more than \(MessageArena.maximumBytes) bytes of memory")
        }
        return try read(message.pointee)
    }
}

/// An array of what a C array of `count` elements holds.
func array<T, Element>(
    _ count: Int, _ elements: UnsafeMutablePointer<T>?, _ transform: (T) throws -> Element
) rethrows -> [Element] {
    guard let elements else { return [] }
    return try (0..<count).map { try transform(elements[$0]) }
}

/// An array of what a C array of pointers to messages holds.
func messages<T, Element>(
    _ count: Int, _ elements: UnsafeMutablePointer<UnsafeMutablePointer<T>?>?,
    _ transform: (T) throws -> Element
) rethrows -> [Element] {
    guard let elements else { return [] }
    return try (0..<count).compactMap { index in
        try elements[index].map { try transform($0.pointee) }
    }
}

extension [UInt8] {
    init(_ data: ProtobufCBinaryData) {
        self = Array(UnsafeBufferPointer(start: data.data, count: data.len))
    }
}

extension String {
    /// A copy of a string field; libprotobuf-c never leaves one NULL.
    init(field: UnsafeMutablePointer<CChar>?) {
        self = field.map { String(cString: $0) } ?? ""
    }
}
