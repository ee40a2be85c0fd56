import DossierCore
public import GRPCWire

extension GRPCStatus {
    /// The most bytes of findings that a status carries. They travel in the trailers, base64
    /// encoded, and official clients refuse trailers of more than 8 KiB; who submits over
    /// `SubmitStream` gets up to ``ExchangeError/maximumFindings``.
    static let maximumFindingBytes = 4_096

    /// The status that an error means.
    public init(_ error: ExchangeError) {
        self.init(
            StatusCode(error.code), error.message, details: Self.details(of: error), cause: error)
    }

    private static func details(of error: ExchangeError) -> [StatusDetail] {
        var bytes = 0
        let violations = error.findings.prefix { finding in
            bytes += finding.field.utf8.count + finding.hint.utf8.count + finding.value.utf8.count
            bytes += finding.rule.rawValue.utf8.count + 16
            return bytes <= self.maximumFindingBytes
        }
        guard !violations.isEmpty else { return [] }
        return [
            StatusDetail(
                BadRequest(
                    fieldViolations: violations.map { finding in
                        BadRequest.FieldViolation(
                            field: finding.field,
                            description: finding.value.isEmpty
                                ? finding.hint : "\"\(finding.value)\": \(finding.hint)",
                            reason: finding.rule.rawValue)
                    }))
        ]
    }
}

extension StatusCode {
    fileprivate init(_ code: ExchangeError.Code) {
        switch code.value {
        case .invalidSubmission, .badRequest, .badCursor: self = .invalidArgument
        case .notPermitted: self = .permissionDenied
        case .notFound: self = .notFound
        case .conflict: self = .alreadyExists
        case .outOfOrder: self = .failedPrecondition
        case .unsupportedOperation: self = .unimplemented
        case .overloaded: self = .resourceExhausted
        case .unavailable: self = .unavailable
        case .outOfRange: self = .outOfRange
        case .dataLoss, .unverifiable: self = .dataLoss
        case .failed: self = .internalError
        }
    }
}

extension ExchangeError {
    /// What a status that a node answered with means to a client.
    public init(_ status: GRPCStatus) {
        self.init(
            code: Code(status.code),
            message: status.message.isEmpty ? "\(status.code)" : status.message,
            findings: status.details.flatMap { detail in
                // A detail that cannot be read takes nothing from the status itself.
                let request = try? detail.message(as: BadRequest.self)
                return (request?.fieldViolations ?? []).map { violation in
                    Finding(
                        field: violation.field, rule: Finding.Rule(rawValue: violation.reason),
                        value: "", hint: violation.description)
                }
            }, cause: status)
    }

    /// What a refusal in a stream of submissions means to a client.
    public init(_ refusal: Refusal) {
        self.init(
            code: Code(StatusCode(rawValue: Int(refusal.code)) ?? .unknown),
            message: refusal.message, findings: refusal.findings)
    }

    /// What the error means in a stream, where it does not end the call.
    public var refusal: Refusal {
        let status = GRPCStatus(self)
        return Refusal(
            code: UInt32(status.code.rawValue), message: status.message, findings: self.findings)
    }

    /// Whether the node, and not its peer, has to do something about it.
    public var isNodesFault: Bool {
        switch self.code.value {
        case .dataLoss, .failed, .unverifiable: true
        case .invalidSubmission, .badRequest, .badCursor, .notPermitted, .notFound, .conflict,
            .outOfOrder, .unsupportedOperation, .overloaded, .unavailable, .outOfRange:
            false
        }
    }
}

extension ExchangeError.Code {
    fileprivate init(_ code: StatusCode) {
        switch code {
        case .invalidArgument: self = .invalidSubmission
        case .permissionDenied, .unauthenticated: self = .notPermitted
        case .notFound: self = .notFound
        case .alreadyExists: self = .conflict
        case .failedPrecondition: self = .outOfOrder
        case .unimplemented: self = .unsupportedOperation
        case .resourceExhausted: self = .overloaded
        case .unavailable: self = .unavailable
        case .dataLoss: self = .dataLoss
        case .outOfRange: self = .outOfRange
        case .ok, .cancelled, .unknown, .deadlineExceeded, .aborted, .internalError:
            self = .failed
        }
    }
}
