internal import CDossierProtos
internal import CProtobufC
internal import DossierCore
public import DossierCrypto

/// A checkpoint as it travels, with what shows that it goes on from a size that its reader knows.
/// Nothing of it is verified.
public struct ProvenCheckpoint: Hashable, Sendable {
    /// The signed note, byte for byte.
    public var checkpoint: [UInt8]
    /// Consistency proof from the known size; empty if none was known.
    public var consistencyProof: [Digest]

    /// A checkpoint with its proof.
    public init(checkpoint: [UInt8], consistencyProof: [Digest]) {
        self.checkpoint = checkpoint
        self.consistencyProof = consistencyProof
    }

    func message(in arena: MessageArena) throws -> Dossier__V1__ProvenCheckpoint {
        var message = Dossier__V1__ProvenCheckpoint()
        dossier__v1__proven_checkpoint__init(&message)
        message.checkpoint = try arena.bytes(self.checkpoint)
        message.consistency_proof = try arena.hashes(self.consistencyProof)
        return message
    }

    init(_ message: Dossier__V1__ProvenCheckpoint) throws {
        self.init(
            checkpoint: [UInt8](message.checkpoint),
            consistencyProof: try hashes(message.consistency_proof, "consistency_proof"))
    }
}

extension ProvenRange {
    func message(in arena: MessageArena) throws -> Dossier__V1__ProvenRange {
        var message = Dossier__V1__ProvenRange()
        dossier__v1__proven_range__init(&message)
        message.first_index = self.firstIndex
        message.count = UInt32(clamping: self.count)
        message.proof = try arena.hashes(self.proof)
        return message
    }

    init(_ message: Dossier__V1__ProvenRange) throws {
        self.init(
            firstIndex: message.first_index, count: Int(message.count),
            proof: try hashes(message.proof, "ranges.proof"))
    }
}

extension MessageArena {
    /// Hashes, one after the other.
    func hashes(_ hashes: [Digest]) throws -> ProtobufCBinaryData {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * Digest.byteCount)
        for hash in hashes { hash.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return try self.bytes(bytes)
    }
}

/// Hashes that stand one after the other in a field.
///
/// - Throws: ``ExchangeError`` with code `badRequest` when the last one is cut short.
func hashes(_ data: ProtobufCBinaryData, _ field: String) throws -> [Digest] {
    guard data.len.isMultiple(of: Digest.byteCount) else {
        throw ExchangeError(
            code: .badRequest,
            message: "\(field) has \(data.len) bytes, expected a multiple of \(Digest.byteCount)")
    }
    let bytes = UnsafeBufferPointer(start: data.data, count: data.len)
    return stride(from: 0, to: bytes.count, by: Digest.byteCount).compactMap {
        Digest(bytes[$0..<$0 + Digest.byteCount])
    }
}
