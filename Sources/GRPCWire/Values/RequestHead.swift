import NIONghttp2

/// What the headers of a request say, once they are found to be those of a gRPC call.
struct RequestHead {
    /// The bytes of `:path`.
    var path: ArraySlice<UInt8>
    /// The time that the client allows, in nanoseconds.
    var timeout: Int64?
    /// The custom headers.
    var metadata = Metadata()

    /// What to do with a request.
    enum Verdict {
        /// It is a call.
        case call(RequestHead)
        /// It is a call that cannot be served: it is answered with a status.
        case refused(GRPCStatus)
        /// It is not a call: it is answered as HTTP has it.
        case notGRPC(PlainAnswer)
    }

    /// The order in which headers are judged, whatever their order in the block: not gRPC at all,
    /// then what the protocol asks of every call, then what this call asks for.
    static func judge(_ headers: HeaderBlock) -> Verdict {
        var reader = RequestReader()
        for field in headers { reader.read(field) }
        return reader.verdict(isTruncated: headers.isTruncated)
    }
}

/// The answer to a request that is not a gRPC call.
enum PlainAnswer: Equatable {
    case methodNotAllowed
    /// The same to a HEAD request, whose answer has no body.
    case headNotAllowed
    case unsupportedMediaType

    var status: String {
        switch self {
        case .methodNotAllowed, .headNotAllowed: "405"
        case .unsupportedMediaType: "415"
        }
    }

    var body: String {
        switch self {
        case .headNotAllowed: ""
        case .methodNotAllowed: "This is a gRPC server: requests are POST.\n"
        case .unsupportedMediaType: "This is a gRPC server: requests are application/grpc.\n"
        }
    }
}

/// Collects what matters of a request's headers.
private struct RequestReader {
    private var method: ArraySlice<UInt8> = []
    private var path: ArraySlice<UInt8> = []
    private var contentType: ArraySlice<UInt8>?
    private var encoding: ArraySlice<UInt8>?
    private var timeoutText: ArraySlice<UInt8>?
    private var hasTrailers = false
    private var metadata = Metadata()
    private var malformed: String?

    mutating func read(_ field: HeaderBlock.Field) {
        // The length tells most names apart, and comparing is only needed for one or two of them.
        switch field.name.count {
        case 2 where field.isNamed("te"):
            self.hasTrailers = field.value.isEqual(to: "trailers")
        case 5 where field.isNamed(":path"):
            self.path = field.value
        case 7 where field.isNamed(":method"):
            self.method = field.value
        case 7 where field.isNamed(":scheme"), 10 where field.isNamed(":authority"):
            break
        case 12 where field.isNamed("content-type"):
            self.contentType = field.value
        case 12 where field.isNamed("grpc-timeout"):
            self.readTimeout(field.value)
        case 13 where field.isNamed("grpc-encoding"):
            self.encoding = field.value
        default:
            self.readMetadata(field)
        }
    }

    private mutating func readTimeout(_ value: ArraySlice<UInt8>) {
        if self.timeoutText != nil { self.malformed = "grpc-timeout stands twice" }
        self.timeoutText = value
    }

    private mutating func readMetadata(_ field: HeaderBlock.Field) {
        guard !Metadata.isReserved(field.name) else { return }
        if !self.metadata.append(received: field) {
            self.malformed = "binary metadata is not base64"
        }
    }

    func verdict(isTruncated: Bool) -> RequestHead.Verdict {
        guard self.method.isEqual(to: "POST") else {
            let isHead = self.method.isEqual(to: "HEAD")
            return .notGRPC(isHead ? .headNotAllowed : .methodNotAllowed)
        }
        guard let subtype = Self.subtype(of: self.contentType) else {
            return .notGRPC(.unsupportedMediaType)
        }
        if isTruncated {
            return .refused(GRPCStatus(.resourceExhausted, "header list is too long"))
        }
        guard self.hasTrailers else {
            return .refused(GRPCStatus(.internalError, "te: trailers is missing"))
        }
        if let malformed { return .refused(GRPCStatus(.internalError, malformed)) }
        guard subtype.isEmpty || subtype.isEqual(to: "+proto") else {
            return .refused(GRPCStatus(.unimplemented, "only application/grpc+proto is served"))
        }
        if let encoding, !encoding.isEqual(to: "identity") {
            return .refused(GRPCStatus(.unimplemented, "grpc-encoding is not supported"))
        }
        return self.call()
    }

    private func call() -> RequestHead.Verdict {
        var head = RequestHead(path: self.path, metadata: self.metadata)
        guard let timeoutText else { return .call(head) }
        guard let timeout = Timeout.parse(timeoutText) else {
            return .refused(GRPCStatus(.internalError, "grpc-timeout is malformed"))
        }
        head.timeout = timeout
        return .call(head)
    }

    /// What stands between `application/grpc` and its parameters; nil for any other type.
    private static func subtype(of contentType: ArraySlice<UInt8>?) -> ArraySlice<UInt8>? {
        let prefix = Wire.contentType
        guard let contentType, contentType.count >= prefix.utf8CodeUnitCount,
            contentType.prefix(prefix.utf8CodeUnitCount).isEqual(to: prefix)
        else { return nil }
        let rest = contentType.dropFirst(prefix.utf8CodeUnitCount)
        let subtype = rest.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        return subtype.isEmpty || subtype.first == UInt8(ascii: "+") ? subtype : nil
    }
}
