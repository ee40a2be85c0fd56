internal import CDossierProtos
internal import CProtobufC

/// Builds messages in an arena, out of copies of values.
///
/// What goes wrong is remembered, not thrown, so that no field costs a branch on an error: ask
/// ``failure`` once, at the end. Until then whatever could not be written counts as absent.
struct MessageWriter {
    /// Why a message could not be built.
    enum Failure {
        /// A string has NUL in it, which libprotobuf-c would take for its end.
        case stringHoldsNUL
        /// The arena gave no more memory.
        case arenaIsFull
    }

    /// What went wrong first.
    private(set) var failure: Failure?
    private let arena: UnsafeMutablePointer<dossier_arena>

    init(arena: UnsafeMutablePointer<dossier_arena>) {
        self.arena = arena
    }

    /// A string field.
    mutating func string(_ text: String) -> UnsafeMutablePointer<CChar>? {
        guard !text.isEmpty else { return dossier_empty_string() }
        if let field = text.utf8.withContiguousStorageIfAvailable({ self.terminatedCopy(of: $0) }) {
            return field
        }
        // Only a string that another runtime lent us has no contiguous UTF-8.
        return Array(text.utf8).withUnsafeBufferPointer { self.terminatedCopy(of: $0) }
    }

    /// A bytes field.
    mutating func bytes(_ bytes: [UInt8]) -> ProtobufCBinaryData {
        guard !bytes.isEmpty, let copy = self.allocate(bytes.count, of: UInt8.self) else {
            return ProtobufCBinaryData(len: 0, data: nil)
        }
        _ = UnsafeMutableBufferPointer(start: copy, count: bytes.count).update(from: bytes)
        return ProtobufCBinaryData(len: bytes.count, data: copy)
    }

    /// A message field; absent when nil.
    mutating func value<Value: MessageValue>(_ value: Value?) -> UnsafeMutablePointer<
        Value.Message
    >? {
        guard let value else { return nil }
        return self.value(value)
    }

    /// A message field that is there.
    mutating func value<Value: MessageValue>(_ value: Value) -> UnsafeMutablePointer<Value.Message>?
    {
        guard let message = self.allocate(1, of: Value.Message.self) else { return nil }
        Value.initialise(message)
        value.write(to: &message.pointee, &self)
        return message
    }

    /// A repeated string field: how many, and where.
    mutating func strings(
        _ texts: [String]
    ) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        guard !texts.isEmpty,
            let fields = self.allocate(texts.count, of: UnsafeMutablePointer<CChar>?.self)
        else { return (0, nil) }
        for index in texts.indices {
            fields[index] = self.string(texts[index])
        }
        return (texts.count, fields)
    }

    /// A repeated message field: how many, and where.
    mutating func values<Value: MessageValue>(
        _ values: [Value]
    ) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<Value.Message>?>?) {
        guard !values.isEmpty,
            let fields = self.allocate(
                values.count, of: UnsafeMutablePointer<Value.Message>?.self)
        else { return (0, nil) }
        for index in values.indices {
            fields[index] = self.value(values[index])
        }
        return (values.count, fields)
    }

    private mutating func terminatedCopy(
        of utf8: UnsafeBufferPointer<UInt8>
    ) -> UnsafeMutablePointer<CChar>? {
        guard let start = utf8.baseAddress, let copy = self.allocate(utf8.count + 1, of: CChar.self)
        else { return nil }
        UnsafeMutableRawPointer(copy).copyMemory(from: start, byteCount: utf8.count)
        copy[utf8.count] = 0
        if dossier_has_zero(start, utf8.count) != 0 { self.fail(.stringHoldsNUL) }
        return copy
    }

    /// Memory in the arena, not initialised.
    mutating func allocate<Element>(
        _ count: Int, of type: Element.Type
    ) -> UnsafeMutablePointer<Element>? {
        // Cannot overflow: as many elements, none of them smaller, are already in memory.
        guard let memory = dossier_arena_allocate(self.arena, count * MemoryLayout<Element>.stride)
        else {
            self.fail(.arenaIsFull)
            return nil
        }
        return memory.bindMemory(to: type, capacity: count)
    }

    private mutating func fail(_ failure: Failure) {
        if self.failure == nil { self.failure = failure }
    }
}
