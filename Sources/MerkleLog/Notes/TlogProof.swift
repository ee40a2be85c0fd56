public import DossierCrypto

/// That one leaf is in a log, as a file that needs nothing else but the log's key
/// (c2sp.org/tlog-proof, without the line `extra`).
public struct TlogProof: Hashable, Sendable {
    private static let version = "c2sp.org/tlog-proof@v1"

    /// The index of the leaf.
    public let leafIndex: UInt64
    /// The inclusion path, lowest hash first.
    public let path: [Digest]
    /// The checkpoint that the path leads to: a signed note with one signature, byte for byte.
    public let checkpoint: [UInt8]

    /// Creates a proof from its parts, unverified.
    public init(leafIndex: UInt64, path: [Digest], checkpoint: [UInt8]) {
        self.leafIndex = leafIndex
        self.path = path
        self.checkpoint = checkpoint
    }

    /// Reads a proof that is all there is in a file.
    ///
    /// Throws `ambiguousForm` for anything but the one form of a proof.
    public init(text: String) throws(VerificationError) {
        var reader = LineReader(Array(text.utf8), of: "tlog-proof")
        try self.init(readFrom: &reader)
        try reader.requireEnd()
    }

    /// Reads a proof that is part of a file.
    ///
    /// Throws `ambiguousForm`.
    public init(readFrom reader: inout LineReader) throws(VerificationError) {
        try reader.require(Self.version)
        self.leafIndex = try reader.number(after: "index")
        self.path = try reader.digests()
        try reader.require("")
        self.checkpoint = try reader.bareNote()
        _ = try Checkpoint(text: SignedNote(self.checkpoint).text)
    }

    /// The file.
    public var text: String {
        let lines = [Self.version, "index \(self.leafIndex)"] + self.path.map(\.base64)
        let head = lines.map { "\($0)\n" }.joined()
        return "\(head)\n\(String(decoding: self.checkpoint, as: UTF8.self))"
    }

    /// Verifies that the log has this leaf, and gives the checkpoint that says so.
    ///
    /// Throws what ``SignedCheckpoint`` and ``Tree`` throw for checkpoint and path, `ambiguousForm`
    /// if there are other signatures than the log's.
    @discardableResult
    public func verify(
        leaf: Digest, with key: VerifierKey
    ) throws(VerificationError) -> Checkpoint {
        let signed = try SignedCheckpoint(verifying: self.checkpoint, with: key)
        try signed.requireBare()
        try Tree.verifyInclusion(
            leaf: leaf, index: self.leafIndex, treeSize: signed.head.size, path: self.path,
            root: signed.head.root)
        return signed.checkpoint
    }
}
