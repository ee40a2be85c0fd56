import CGRPCProtos
import CProtobufC

/// `.proto` files by name and by the symbols that they declare.
struct FileIndex: Sendable {
    private struct File {
        var bytes: [UInt8]
        var dependencies: [String]
    }

    private var files: [String: File] = [:]
    private var fileOfSymbol: [String: String] = [:]

    /// An index of serialized `google.protobuf.FileDescriptorProto`s. Throws `malformedMessage`.
    init(files: [[UInt8]]) throws(GRPCError) {
        for file in files { try self.add(file) }
    }

    /// The files in a serialized `google.protobuf.FileDescriptorSet`, byte for byte. Throws
    /// `malformedMessage`.
    static func files(inSet bytes: [UInt8]) throws(GRPCError) -> [[UInt8]] {
        // The set's only field is the file, number 1, length-delimited: its bytes are taken as they
        // are, since our messages know only part of a file.
        var files: [[UInt8]] = []
        var rest = bytes[...]
        while let tag = rest.popFirst() {
            guard tag == 1 << 3 | 2, let length = Self.varint(&rest), length <= rest.count else {
                throw GRPCError(.malformedMessage, "not a file descriptor set")
            }
            files.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return files
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> Int? {
        var value = 0
        for shift in stride(from: 0, to: 35, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            value |= Int(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }

    /// A file and all that it imports; nil if it is not known.
    func files(named name: String) -> [[UInt8]]? {
        guard self.files[name] != nil else { return nil }
        var names = [name]
        var next = 0
        while next < names.count {
            for dependency in self.files[names[next]]?.dependencies ?? []
            where !names.contains(dependency) {
                names.append(dependency)
            }
            next += 1
        }
        return names.compactMap { self.files[$0]?.bytes }
    }

    /// The file that declares a symbol, given by full name, and all that it imports.
    func files(declaring symbol: String) -> [[UInt8]]? {
        self.fileOfSymbol[symbol].flatMap { self.files(named: $0) }
    }

    // MARK: - Reading files

    private mutating func add(_ bytes: [UInt8]) throws(GRPCError) {
        guard
            let file = google__protobuf__file_descriptor_proto__unpack(nil, bytes.count, bytes)
        else { throw GRPCError(.malformedMessage, "file descriptor cannot be read") }
        defer { google__protobuf__file_descriptor_proto__free_unpacked(file, nil) }
        let name = CMessages.string(file.pointee.name)
        let dependencies = UnsafeBufferPointer(
            start: file.pointee.dependency, count: file.pointee.n_dependency
        ).map { CMessages.string($0) }
        self.files[name] = File(bytes: bytes, dependencies: dependencies)
        for symbol in Self.symbols(of: file.pointee) { self.fileOfSymbol[symbol] = name }
    }

    private static func symbols(of file: Google__Protobuf__FileDescriptorProto) -> [String] {
        let package = CMessages.string(file.package)
        let scope = package.isEmpty ? "" : package + "."
        let messages = CMessages.list(file.message_type, file.n_message_type)
        let services = CMessages.list(file.service, file.n_service)
        return messages.flatMap { Self.symbols(of: $0, in: scope) }
            + Self.symbols(of: CMessages.list(file.enum_type, file.n_enum_type), in: scope)
            + services.flatMap { Self.symbols(of: $0, in: scope) }
    }

    private static func symbols(
        of message: Google__Protobuf__DescriptorProto, in scope: String
    ) -> [String] {
        let name = scope + CMessages.string(message.name)
        let nested = CMessages.list(message.nested_type, message.n_nested_type)
        return [name] + nested.flatMap { Self.symbols(of: $0, in: name + ".") }
            + Self.symbols(
                of: CMessages.list(message.enum_type, message.n_enum_type), in: name + ".")
    }

    private static func symbols(
        of enums: [Google__Protobuf__EnumDescriptorProto], in scope: String
    ) -> [String] {
        enums.map { scope + CMessages.string($0.name) }
    }

    private static func symbols(
        of service: Google__Protobuf__ServiceDescriptorProto, in scope: String
    ) -> [String] {
        let name = scope + CMessages.string(service.name)
        let methods = CMessages.list(service.method, service.n_method)
        return [name] + methods.map { "\(name).\(CMessages.string($0.name))" }
    }
}
