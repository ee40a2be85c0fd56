import NIONghttp2

extension GRPCStatus {
    // Peers take 16 KiB of trailers, and the most used library drops them at random above 8 KiB. A
    // message that is all escapes and the details in Base64 stay below that together.

    /// The longest message that is sent.
    private static let maximumMessageBytes = 1024
    /// The longest details, before Base64, that are sent.
    private static let maximumDetailBytes = 3584

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

    /// `google.rpc.Status` with as much of the details as fits: the first ones, and of a long
    /// `BadRequest` the first violations.
    private var sentDetails: [UInt8] {
        var status = self
        status.message = self.sentMessage
        var bytes = status.serialized
        while bytes.count > Self.maximumDetailBytes, let last = status.details.popLast() {
            if let shorter = Self.shortened(last) { status.details.append(shorter) }
            bytes = status.serialized
        }
        return bytes
    }

    /// A `BadRequest` without a sixteenth of its violations; nil for what cannot be shortened.
    private static func shortened(_ detail: StatusDetail) -> StatusDetail? {
        // A detail that cannot be read is not sent in part.
        guard var request = try? detail.message(as: BadRequest.self),
            request.fieldViolations.count > 1
        else { return nil }
        request.fieldViolations.removeLast((request.fieldViolations.count + 15) / 16)
        return StatusDetail(request)
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
