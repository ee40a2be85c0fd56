internal import CDossierProtos
internal import CProtobufC

extension Record {
    /// The encoded form: what an originator names, signs and submits.
    ///
    /// The same value gives the same bytes every time, in the order of the field numbers. Another
    /// encoder may give the same meaning in other bytes, and so another record id.
    ///
    /// - Throws: ``CoreError`` with code `recordTooLarge` past ``maximumEncodedBytes``,
    ///   `malformedRecord` when a string has NUL in it, or `outOfMemory`.
    public func encoded() throws -> [UInt8] {
        try RecordArena.withArena { arena in
            var writer = MessageWriter(arena: arena)
            let message = self.message(&writer)
            switch writer.failure {
            case .stringHoldsNUL:
                throw CoreError(code: .malformedRecord, message: "a string has NUL in it")
            case .arenaIsFull:
                throw CoreError.arenaIsFull()
            case nil:
                return try Self.pack(message)
            }
        }
    }

    private static func pack(_ message: UnsafePointer<Dossier__V1__Record>?) throws -> [UInt8] {
        let size = dossier__v1__record__get_packed_size(message)
        guard size <= Self.maximumEncodedBytes else { throw CoreError.recordTooLarge(size) }
        return [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
            // Writes exactly `size` bytes; a record is never empty, it has a header.
            count = dossier__v1__record__pack(message, bytes.baseAddress)
        }
    }

    /// Reads an encoded record into a value.
    ///
    /// Meant for bytes that passed the wire check. Others do no harm, but only some are noticed:
    /// those too large, those that cannot be unpacked, strings that are not UTF-8 or have NUL in
    /// them, a missing header or report, or content that its operation needs.
    ///
    /// - Throws: ``CoreError`` with code `recordTooLarge`, `malformedRecord`, `unknownKind`, or
    ///   `outOfMemory`.
    public init(decoding bytes: [UInt8]) throws {
        self = try bytes.withUnsafeBytes { try Self(decoding: $0) }
    }

    /// Reads an encoded record into a value, as ``init(decoding:)-([UInt8])`` does.
    public init(decoding bytes: UnsafeRawBufferPointer) throws {
        guard bytes.count <= Self.maximumEncodedBytes else {
            throw CoreError.recordTooLarge(bytes.count)
        }
        self = try RecordArena.withArena { arena in
            guard let message = Self.unpack(bytes, into: arena) else {
                if dossier_arena_exhausted(arena) != 0 { throw CoreError.arenaIsFull() }
                throw CoreError(code: .malformedRecord, message: "bytes are no Record message")
            }
            var reader = MessageReader()
            let record = try Self(message.pointee, &reader)
            guard !reader.isMalformed else {
                throw CoreError(
                    code: .malformedRecord, message: "a string is not UTF-8, or has NUL in it")
            }
            return record
        }
    }

    private static func unpack(
        _ bytes: UnsafeRawBufferPointer, into arena: UnsafeMutablePointer<dossier_arena>
    ) -> UnsafeMutablePointer<Dossier__V1__Record>? {
        bytes.withMemoryRebound(to: UInt8.self) { bytes in
            dossier__v1__record__unpack(
                dossier_arena_allocator(arena), bytes.count, bytes.baseAddress)
        }
    }
}

extension Record {
    private init(_ message: Dossier__V1__Record, _ reader: inout MessageReader) throws {
        guard let header = message.header, let report = message.report else {
            throw CoreError(code: .malformedRecord, message: "header or report is missing")
        }
        let content = Content(message, &reader)
        guard content != nil || Self.isNotice(header.pointee) else {
            throw CoreError(
                code: .unknownKind,
                message: "content of kind \(header.pointee.kind.rawValue) is missing or unknown")
        }
        self.init(
            header: Header(header.pointee, &reader), report: Report(report.pointee, &reader),
            content: content)
    }

    private func message(
        _ writer: inout MessageWriter
    ) -> UnsafeMutablePointer<Dossier__V1__Record>? {
        guard let message = writer.allocate(1, of: Dossier__V1__Record.self) else { return nil }
        dossier__v1__record__init(message)
        message.pointee.header = writer.value(self.header)
        message.pointee.report = writer.value(self.report)
        self.content?.write(to: &message.pointee, &writer)
        return message
    }

    private static func isNotice(_ header: Dossier__V1__Header) -> Bool {
        Operation(rawValue: Int32(bitPattern: UInt32(header.operation.rawValue))).isNotice
    }
}

extension Content {
    /// The content of a record; nil when it has none of a kind that is known here.
    fileprivate init?(_ message: Dossier__V1__Record, _ reader: inout MessageReader) {
        switch message.content_case {
        case DOSSIER__V1__RECORD__CONTENT_CRYPTO_THEFT:
            guard let field = message.crypto_theft else { return nil }
            self = .cryptoTheft(CryptoTheft(field.pointee, &reader))
        case DOSSIER__V1__RECORD__CONTENT_IT_WORKER_DEPLOYMENT:
            guard let field = message.it_worker_deployment else { return nil }
            self = .itWorkerDeployment(ITWorkerDeployment(field.pointee, &reader))
        case DOSSIER__V1__RECORD__CONTENT_WALLET:
            guard let field = message.wallet else { return nil }
            self = .wallet(Wallet(field.pointee, &reader))
        case DOSSIER__V1__RECORD__CONTENT_ASSESSMENT:
            guard let field = message.assessment else { return nil }
            self = .assessment(Assessment(field.pointee, &reader))
        default:
            return nil
        }
    }

    fileprivate func write(to message: inout Dossier__V1__Record, _ writer: inout MessageWriter) {
        switch self {
        case .cryptoTheft(let theft):
            message.content_case = DOSSIER__V1__RECORD__CONTENT_CRYPTO_THEFT
            message.crypto_theft = writer.value(theft)
        case .itWorkerDeployment(let deployment):
            message.content_case = DOSSIER__V1__RECORD__CONTENT_IT_WORKER_DEPLOYMENT
            message.it_worker_deployment = writer.value(deployment)
        case .wallet(let wallet):
            message.content_case = DOSSIER__V1__RECORD__CONTENT_WALLET
            message.wallet = writer.value(wallet)
        case .assessment(let assessment):
            message.content_case = DOSSIER__V1__RECORD__CONTENT_ASSESSMENT
            message.assessment = writer.value(assessment)
        }
    }
}
