internal import CDossierProtos
internal import CProtobufC
public import DossierCore

/// One batch of a stream of submissions.
public struct SubmitStreamRequest: Hashable, Sendable {
    /// The batch.
    public var submission: SubmitRequest

    /// A request to log a batch.
    public init(submission: SubmitRequest) {
        self.submission = submission
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__SubmitStreamRequest()
            dossier__v1__submit_stream_request__init(&message)
            message.submission = try arena.message(self.submission.message(in: arena))
            return message
        }
    }

    /// Reads the wire form.
    ///
    /// - Throws: ``ExchangeError`` with code `invalidSubmission` and what was found wrong.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.SubmitStreamRequest", code: .invalidSubmission,
            by: dossier__v1__submit_stream_request__unpack
        ) { message in
            guard let submission = message.submission else {
                throw ExchangeError.missing("submission", code: .invalidSubmission)
            }
            return Self(submission: try SubmitRequest(submission.pointee))
        }
    }
}

/// What became of one batch of a stream.
public enum SubmitStreamResponse: Sendable {
    /// The batch is in the log.
    case logged(Receipt)
    /// Nothing of the batch was logged.
    case refused(Refusal)

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__SubmitStreamResponse()
            dossier__v1__submit_stream_response__init(&message)
            switch self {
            case .logged(let receipt):
                message.outcome_case = DOSSIER__V1__SUBMIT_STREAM_RESPONSE__OUTCOME_RECEIPT
                message.receipt = try arena.message(receipt.message(in: arena))
            case .refused(let refusal):
                message.outcome_case = DOSSIER__V1__SUBMIT_STREAM_RESPONSE__OUTCOME_REFUSAL
                message.refusal = try arena.message(refusal.message(in: arena))
            }
            return message
        }
    }

    /// Reads the wire form.
    ///
    /// - Throws: ``ExchangeError`` with code `badRequest` for malformed bytes.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.SubmitStreamResponse",
            by: dossier__v1__submit_stream_response__unpack
        ) { message in
            switch message.outcome_case {
            case DOSSIER__V1__SUBMIT_STREAM_RESPONSE__OUTCOME_RECEIPT:
                return Self.logged(try Receipt(message.receipt.pointee))
            case DOSSIER__V1__SUBMIT_STREAM_RESPONSE__OUTCOME_REFUSAL:
                return Self.refused(Refusal(message.refusal.pointee))
            default:
                throw ExchangeError.missing("outcome")
            }
        }
    }
}

/// Why a batch of a stream was refused: what `Submit` would have answered as its status.
public struct Refusal: Hashable, Sendable {
    /// gRPC status code.
    public var code: UInt32
    /// Its message.
    public var message: String
    /// Each thing that was found wrong.
    public var findings: [Finding]

    /// A refusal.
    public init(code: UInt32, message: String, findings: [Finding]) {
        self.code = code
        self.message = message
        self.findings = findings
    }

    func message(in arena: MessageArena) throws -> Dossier__V1__Refusal {
        var message = Dossier__V1__Refusal()
        dossier__v1__refusal__init(&message)
        message.code = self.code
        message.message = try arena.string(self.message)
        message.n_findings = self.findings.count
        message.findings = try arena.messages(self.findings) { finding in
            var message = Dossier__V1__ValidationFinding()
            dossier__v1__validation_finding__init(&message)
            message.field = try arena.string(finding.field)
            message.rule = try arena.string(finding.rule.rawValue)
            message.value = try arena.string(finding.value)
            message.hint = try arena.string(finding.hint)
            return message
        }
        return message
    }

    init(_ message: Dossier__V1__Refusal) {
        self.init(
            code: message.code, message: String(field: message.message),
            findings: messages(message.n_findings, message.findings) {
                Finding(
                    field: String(field: $0.field),
                    rule: Finding.Rule(rawValue: String(field: $0.rule)),
                    value: String(field: $0.value), hint: String(field: $0.hint))
            })
    }
}
