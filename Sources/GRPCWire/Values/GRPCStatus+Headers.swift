import NIONghttp2

extension GRPCStatus {
    /// The longest message that is sent; with percent encoding it must leave room for the rest of
    /// the trailers in the 16 KiB that peers usually take.
    private static let maximumMessageBytes = 2048
    /// The longest details, before Base64, that are sent.
    private static let maximumDetailBytes = 6 * 1024

    /// Adds the status to a header block.
    func append(to headers: inout HeaderBlock) {
        headers.append(name: "grpc-status".utf8, value: "\(self.code.rawValue)".utf8)
        if !self.message.isEmpty {
            headers.append(
                name: "grpc-message".utf8, value: PercentEncoding.encode(self.sentMessage))
        }
        if !self.details.isEmpty {
            headers.append(
                name: "grpc-status-details-bin".utf8, value: Base64.encode(self.sentDetails))
        }
    }

    private var sentMessage: String {
        guard self.message.utf8.count > Self.maximumMessageBytes else { return self.message }
        return String(decoding: self.message.utf8.prefix(Self.maximumMessageBytes), as: UTF8.self)
    }

    /// `google.rpc.Status` with as many details as fit.
    private var sentDetails: [UInt8] {
        var status = self
        status.message = self.sentMessage
        var bytes = status.serialized
        while bytes.count > Self.maximumDetailBytes, !status.details.isEmpty {
            status.details.removeLast()
            bytes = status.serialized
        }
        return bytes
    }

    /// Reads the status from trailers; nil if they have none.
    init?(trailers: HeaderBlock) {
        var code: StatusCode?
        var message = ""
        var details: [StatusDetail] = []
        for field in trailers {
            if field.isNamed("grpc-status") {
                code =
                    Int(String(decoding: field.value, as: UTF8.self))
                    .map { StatusCode(rawValue: $0) ?? .unknown } ?? .unknown
            } else if field.isNamed("grpc-message") {
                message = PercentEncoding.decode(field.value)
            } else if field.isNamed("grpc-status-details-bin") {
                // A peer's broken details must not hide its status.
                details = Base64.decode(field.value).flatMap { try? Self.details(in: $0) } ?? []
            }
        }
        guard let code else { return nil }
        self.init(code, message, details: details)
    }
}
