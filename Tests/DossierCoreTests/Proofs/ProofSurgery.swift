import DossierCore
import DossierCrypto
import MerkleLog

// The same value with one part of it another.

extension KeptReceipt {
    func with(
        leafHashes: [Digest]? = nil, runs: [BatchRun]? = nil, ranges: [ProvenRange]? = nil,
        checkpoint: [UInt8]? = nil
    ) -> KeptReceipt {
        KeptReceipt(
            leafHashes: leafHashes ?? self.leafHashes, runs: runs ?? self.runs,
            ranges: ranges ?? self.ranges, checkpoint: checkpoint ?? self.checkpoint)
    }

    /// The same with another proof of the first range.
    func with(firstProof proof: [Digest]) -> KeptReceipt {
        var ranges = self.ranges
        ranges[0].proof = proof
        return self.with(ranges: ranges)
    }
}

extension RecordProof {
    func with(
        record: [UInt8]? = nil, attestation: Attestation? = nil, positionInBatch: Int? = nil,
        batchPath: [Digest]? = nil, inclusion: TlogProof? = nil
    ) -> RecordProof {
        RecordProof(
            record: record ?? self.record, attestation: attestation ?? self.attestation,
            positionInBatch: positionInBatch ?? self.positionInBatch,
            batchPath: batchPath ?? self.batchPath, inclusion: inclusion ?? self.inclusion)
    }

    func with(certificates: [Certificate]) -> RecordProof {
        var attestation = self.attestation
        attestation.certificates = certificates.map(\.der)
        return self.with(attestation: attestation)
    }

    func with(
        leafIndex: UInt64? = nil, path: [Digest]? = nil, checkpoint: [UInt8]? = nil
    ) -> RecordProof {
        self.with(
            inclusion: TlogProof(
                leafIndex: leafIndex ?? self.inclusion.leafIndex,
                path: path ?? self.inclusion.path,
                checkpoint: checkpoint ?? self.inclusion.checkpoint))
    }
}

extension Digest {
    /// Something that is no hash of any test's tree.
    static let stranger = SHA256.digest(of: [0xD0])
}

extension [Digest] {
    var lengthened: [Digest] { self + [Digest.stranger] }

    var shortened: [Digest] { Array(self.dropLast()) }

    /// The same with another first hash.
    var altered: [Digest] { [Digest.stranger] + self.dropFirst() }
}

/// Notes that are not what they seem.
enum FalseNote {
    /// A note whose text was changed after it was signed.
    static func tampered(_ note: [UInt8], _ old: String, _ new: String) -> [UInt8] {
        Array(String(decoding: note, as: UTF8.self).replacing(old, with: new).utf8)
    }

    /// A note that a witness has signed as well.
    static func cosigned(_ note: [UInt8]) throws -> [UInt8] {
        let witness = try NoteSigner(name: "witness.example", privateKey: .generate(.ed25519))
        let text = String(decoding: note, as: UTF8.self)
        let body = text.prefix(upTo: text.firstRange(of: "\n\n")?.upperBound ?? text.endIndex)
        let line =
            String(decoding: try witness.sign(String(body.dropLast())), as: UTF8.self)
            .split(separator: "\n").last ?? ""
        return note + Array("\(line)\n".utf8)
    }
}
