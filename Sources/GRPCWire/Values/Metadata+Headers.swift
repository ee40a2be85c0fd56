import NIONghttp2

extension Metadata {
    private static let reservedPrefix = Array("grpc-".utf8)
    private static let binarySuffix = Array("-bin".utf8)

    /// Whether a header belongs to HTTP/2 or gRPC itself and is no metadata.
    static func isReserved(_ name: ArraySlice<UInt8>) -> Bool {
        name.first == UInt8(ascii: ":") || name.starts(with: self.reservedPrefix)
            || name.isEqual(to: "content-type") || name.isEqual(to: "te")
    }

    /// Adds a received header. False if it is binary and its value is not Base64.
    mutating func append(received field: HeaderBlock.Field) -> Bool {
        let name = String(decoding: field.name, as: UTF8.self)
        guard field.name.suffix(4) == Self.binarySuffix[...] else {
            let text = String(decoding: field.value, as: UTF8.self)
            self.append(Entry(name: name, value: .text(text)))
            return true
        }
        // Several values may have been joined on the way.
        for part in field.value.split(
            separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        {
            guard let bytes = Base64.decode(part.drop { $0 == UInt8(ascii: " ") }) else {
                return false
            }
            self.append(Entry(name: name, value: .bytes(bytes)))
        }
        return true
    }

    /// Adds all entries to a header block.
    func append(to headers: inout HeaderBlock) {
        for entry in self {
            switch entry.value {
            case .text(let text): headers.append(name: entry.name.utf8, value: text.utf8)
            case .bytes(let bytes):
                headers.append(name: entry.name.utf8, value: Base64.encode(bytes))
            }
        }
    }
}
