internal import CDossierProtos
internal import CProtobufC
public import DossierCrypto

/// What an originator signs: the root over a batch of its records, and what the batch is for.
///
/// The recipe stands in `Protos/dossier/v1/attestation.proto`.
public struct AttestedBatch: Hashable, Sendable {
    /// The version of this format that this code writes and takes.
    public static let formatVersion: UInt32 = 1
    /// The largest encoded form, in bytes.
    public static let maximumBytes = 1_024

    /// Origin of the log that the batch is meant for.
    public var logOrigin: String
    /// Organisation id of the originator.
    public var originator: String
    /// RFC 6962 root over the records' leaf hashes, in order.
    public var batchRoot: Digest
    /// Number of records.
    public var size: Int
    /// When it was signed.
    public var signedAt: Moment
    /// SHA-256 of the signing key's SubjectPublicKeyInfo.
    public var keyID: Digest

    /// A batch to be signed.
    public init(
        logOrigin: String, originator: String, batchRoot: Digest, size: Int, signedAt: Moment,
        keyID: Digest
    ) {
        self.logOrigin = logOrigin
        self.originator = originator
        self.batchRoot = batchRoot
        self.size = size
        self.signedAt = signedAt
        self.keyID = keyID
    }
}

extension AttestedBatch {
    /// The wire form, in the order of the field numbers. What is signed is these bytes.
    public func encoded() -> [UInt8] {
        self.logOrigin.withCString { logOrigin in
            self.originator.withCString { originator in
                self.signedAt.description.withCString { signedAt in
                    self.batchRoot.withUnsafeBytes { root in
                        self.keyID.withUnsafeBytes { key in
                            var message = Dossier__V1__AttestedBatch()
                            dossier__v1__attested_batch__init(&message)
                            message.version = Self.formatVersion
                            // libprotobuf-c does not write through the pointers it packs from.
                            message.log_origin = UnsafeMutablePointer(mutating: logOrigin)
                            message.originator = UnsafeMutablePointer(mutating: originator)
                            message.signed_at = UnsafeMutablePointer(mutating: signedAt)
                            message.batch_root = ProtobufCBinaryData(borrowing: root)
                            message.key_id = ProtobufCBinaryData(borrowing: key)
                            message.size = UInt32(clamping: self.size)
                            return Self.pack(&message)
                        }
                    }
                }
            }
        }
    }

    private static func pack(_ message: inout Dossier__V1__AttestedBatch) -> [UInt8] {
        let size = dossier__v1__attested_batch__get_packed_size(&message)
        return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = dossier__v1__attested_batch__pack(&message, buffer.baseAddress)
        }
    }

    /// Reads the wire form; only unambiguous form is taken.
    ///
    /// - Throws: ``CoreError`` with code `malformedAttestation`, naming the field and the rule.
    public init(decoding bytes: [UInt8]) throws {
        guard bytes.count <= Self.maximumBytes else {
            throw CoreError.malformed(
                "attested batch has \(bytes.count) bytes, at most \(Self.maximumBytes) are allowed")
        }
        let findings = bytes.withUnsafeBytes {
            MessageCheck.check(message: "dossier.v1.AttestedBatch", $0)
        }
        if let finding = findings.first {
            throw CoreError.malformed(
                "attested batch: \(finding.field): \(finding.rule.rawValue): \(finding.hint)")
        }
        guard let message = dossier__v1__attested_batch__unpack(nil, bytes.count, bytes) else {
            throw CoreError.malformed("attested batch is no AttestedBatch message")
        }
        defer { dossier__v1__attested_batch__free_unpacked(message, nil) }
        try self.init(message.pointee)
    }

    private init(_ message: Dossier__V1__AttestedBatch) throws {
        // What is signed must be understood whole: a field that says more needs a new version.
        guard message.base.n_unknown_fields == 0 else {
            throw CoreError.malformed("attested batch has a field that version 1 does not have")
        }
        guard message.version == Self.formatVersion else {
            throw CoreError.malformed(
                "attested batch has version \(message.version), expected \(Self.formatVersion)")
        }
        guard let root = Digest(UnsafeBufferPointer(message.batch_root)) else {
            throw CoreError.malformed("batch_root must have 32 bytes")
        }
        guard let keyID = Digest(UnsafeBufferPointer(message.key_id)) else {
            throw CoreError.malformed("key_id must have 32 bytes")
        }
        guard let signedAt = Moment(String(cString: message.signed_at)),
            signedAt.precision == .second
        else {
            throw CoreError.malformed(
                "signed_at must be a moment to the second, such as 2025-02-21T14:03:00Z")
        }
        guard (1...Batch.maximumRecords).contains(Int(message.size)) else {
            throw CoreError.malformed("size must be 1 to \(Batch.maximumRecords)")
        }
        self.init(
            logOrigin: String(cString: message.log_origin),
            originator: String(cString: message.originator), batchRoot: root,
            size: Int(message.size), signedAt: signedAt, keyID: keyID)
    }
}

extension ProtobufCBinaryData {
    /// A view of bytes that must outlive it; libprotobuf-c only reads them.
    fileprivate init(borrowing bytes: UnsafeRawBufferPointer) {
        self.init(
            len: bytes.count,
            data: UnsafeMutablePointer(
                mutating: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)))
    }
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate init(_ data: ProtobufCBinaryData) {
        self.init(start: data.data, count: data.len)
    }
}

extension CoreError {
    fileprivate static func malformed(_ message: String) -> CoreError {
        CoreError(code: .malformedAttestation, message: message)
    }
}
