internal import DossierCrypto
public import MerkleLog

extension RecordProof {
    private static let version = "dossier-proof/v1"

    /// Reads a proof that is all there is in a file.
    ///
    /// Throws ``MerkleLog/VerificationError`` with code `ambiguousForm`, naming line and rule, for
    /// anything but the one form of a proof.
    public init(file bytes: [UInt8]) throws(VerificationError) {
        var reader = LineReader(bytes, of: "proof")
        try reader.require(Self.version)
        self.record = try reader.bytes(after: "record")
        let attestedBatch = try reader.bytes(after: "attested-batch")
        let signature = try reader.bytes(after: "signature")
        var certificates: [[UInt8]] = []
        while reader.isNext("certificate "), certificates.count < Attestation.maximumCertificates {
            certificates.append(try reader.bytes(after: "certificate"))
        }
        self.attestation = Attestation(
            attestedBatch: attestedBatch, signature: signature, certificates: certificates)
        let position = try reader.number(after: "position")
        guard position < UInt64(Batch.maximumRecords) else {
            throw reader.failure("is a position that no batch has")
        }
        self.positionInBatch = Int(position)
        var path: [Digest] = []
        while reader.isNext("path ") { path.append(try reader.digest(after: "path")) }
        self.batchPath = path
        try reader.require("")
        self.inclusion = try TlogProof(readFrom: &reader)
        try reader.requireEnd()
    }

    /// The file.
    public var text: String {
        var lines = [
            Self.version, "record \(StrictBase64.encode(self.record))",
            "attested-batch \(StrictBase64.encode(self.attestation.attestedBatch))",
            "signature \(StrictBase64.encode(self.attestation.signature))",
        ]
        lines += self.attestation.certificates.map { "certificate \(StrictBase64.encode($0))" }
        lines.append("position \(self.positionInBatch)")
        lines += self.batchPath.map { "path \($0.base64)" }
        return lines.map { "\($0)\n" }.joined() + "\n" + self.inclusion.text
    }
}
