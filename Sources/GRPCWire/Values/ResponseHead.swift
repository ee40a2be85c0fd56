import NIONghttp2

/// What the headers of a response say.
struct ResponseHead {
    /// The HTTP status.
    private(set) var httpStatus = 0
    /// The custom headers.
    private(set) var metadata = Metadata()
    private var isGRPC = false
    private var isTruncated: Bool

    static let noStatus = GRPCStatus(.internalError, "response ends without a status")

    init(_ headers: HeaderBlock) {
        self.isTruncated = headers.isTruncated
        for field in headers {
            if field.isNamed(":status") {
                self.httpStatus = Int(String(decoding: field.value, as: UTF8.self)) ?? 0
            } else if field.isNamed("content-type") {
                self.isGRPC = field.value.starts(with: "application/grpc".utf8)
            } else if !Metadata.isReserved(field.name) {
                // A peer's broken metadata must not hide its answer.
                _ = self.metadata.append(received: field)
            }
        }
    }

    /// Whether another header block follows before the response proper.
    var isInformational: Bool { (100..<200).contains(self.httpStatus) }

    /// Why the response is not one of gRPC, if it is not.
    var fault: GRPCStatus? {
        if self.isTruncated {
            return GRPCStatus(.resourceExhausted, "response's header list is too long")
        }
        if self.httpStatus != 200 {
            return GRPCStatus(
                StatusCode(httpStatus: self.httpStatus), "HTTP status is \(self.httpStatus)")
        }
        return self.isGRPC ? nil : GRPCStatus(.unknown, "response is not application/grpc")
    }
}
