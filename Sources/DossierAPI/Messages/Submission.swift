internal import CDossierProtos
internal import CProtobufC
public import DossierCore

/// A batch to be logged.
public struct SubmitRequest: Hashable, Sendable {
    /// The originator's signature over the batch.
    public var attestation: Attestation
    /// The records, each exactly as signed, in the order signed.
    public var records: [[UInt8]]
    /// Size of a tree of the log that the client has verified; 0 for none.
    public var knownSize: UInt64

    /// A request to log `records`.
    public init(attestation: Attestation, records: [[UInt8]], knownSize: UInt64 = 0) {
        self.attestation = attestation
        self.records = records
        self.knownSize = knownSize
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed(self.message)
    }

    /// Reads the wire form.
    ///
    /// - Throws: ``ExchangeError`` with code `invalidSubmission` and what was found wrong.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.SubmitRequest", code: .invalidSubmission,
            by: dossier__v1__submit_request__unpack
        ) { message in
            try Self(message)
        }
    }

    func message(in arena: MessageArena) throws -> Dossier__V1__SubmitRequest {
        var message = Dossier__V1__SubmitRequest()
        dossier__v1__submit_request__init(&message)
        message.attestation = try arena.message(self.attestation.message(in: arena))
        message.n_records = self.records.count
        message.records = try arena.array(self.records, arena.bytes)
        message.known_size = self.knownSize
        return message
    }

    init(_ message: Dossier__V1__SubmitRequest) throws {
        guard let attestation = message.attestation else {
            throw ExchangeError.missing("attestation", code: .invalidSubmission)
        }
        self.attestation = Attestation(attestation.pointee)
        self.records = array(message.n_records, message.records) { [UInt8]($0) }
        self.knownSize = message.known_size
    }
}

/// What became of a batch.
public struct SubmitResponse: Hashable, Sendable {
    /// Where the records are.
    public var receipt: Receipt

    /// An answer with a receipt.
    public init(receipt: Receipt) {
        self.receipt = receipt
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__SubmitResponse()
            dossier__v1__submit_response__init(&message)
            message.receipt = try arena.message(self.receipt.message(in: arena))
            return message
        }
    }

    /// Reads the wire form.
    ///
    /// - Throws: ``ExchangeError`` with code `badRequest` for malformed bytes.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.SubmitResponse", by: dossier__v1__submit_response__unpack
        ) { message in
            guard let receipt = message.receipt else {
                throw ExchangeError.missing("receipt")
            }
            return Self(receipt: try Receipt(receipt.pointee))
        }
    }
}

extension Attestation {
    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed(self.message)
    }

    /// Reads the wire form.
    ///
    /// - Throws: ``ExchangeError`` with code `badRequest` for malformed bytes.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.Attestation", by: dossier__v1__attestation__unpack
        ) { Attestation($0) }
    }

    func message(in arena: MessageArena) throws -> Dossier__V1__Attestation {
        var message = Dossier__V1__Attestation()
        dossier__v1__attestation__init(&message)
        message.attested_batch = try arena.bytes(self.attestedBatch)
        message.signature = try arena.bytes(self.signature)
        message.n_certificate_der = self.certificates.count
        message.certificate_der = try arena.array(self.certificates, arena.bytes)
        return message
    }

    init(_ message: Dossier__V1__Attestation) {
        self.init(
            attestedBatch: [UInt8](message.attested_batch), signature: [UInt8](message.signature),
            certificates: array(message.n_certificate_der, message.certificate_der) { [UInt8]($0) })
    }
}

extension ExchangeError {
    static func missing(
        _ field: String, _ hint: String? = nil, code: Code = .badRequest
    ) -> ExchangeError {
        ExchangeError(
            code: code, message: "\(field) is missing",
            findings: [
                Finding(field: field, rule: .required, value: "", hint: hint ?? "set \(field)")
            ])
    }
}
