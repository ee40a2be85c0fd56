/// A checkpoint with the verified signature of its log's key.
public struct SignedCheckpoint: Hashable, Sendable {
    /// The signed note, byte for byte.
    public let bytes: [UInt8]
    /// What it says.
    public let checkpoint: Checkpoint
    /// Whether the log's signature is the only one, as in proof files.
    public let isBare: Bool

    /// The tree that it speaks of.
    public var head: TreeHead { self.checkpoint.head }

    /// Verifies a checkpoint as it came.
    ///
    /// Throws `ambiguousForm`, `sizeMismatch` for a tree larger than any, `wrongOrigin` if it is of
    /// another log than that of the key, `unknownKey` or `wrongSignature`.
    public init(
        verifying bytes: [UInt8], with key: VerifierKey
    ) throws(VerificationError) {
        let note = try SignedNote(bytes)
        let checkpoint = try Checkpoint(text: note.text)
        guard checkpoint.isOf(key) else {
            throw VerificationError(
                code: .wrongOrigin,
                message: "checkpoint of log \(checkpoint.origin), expected \(key.name)")
        }
        try note.verify(key)
        self.bytes = bytes
        self.checkpoint = checkpoint
        self.isBare = note.signatures.count == 1
    }

    /// A checkpoint just signed, by its log's key alone.
    init(signed checkpoint: Checkpoint, bytes: [UInt8]) {
        self.bytes = bytes
        self.checkpoint = checkpoint
        self.isBare = true
    }

    /// Throws `ambiguousForm` if there are other signatures than the log's.
    public func requireBare() throws(VerificationError) {
        guard self.isBare else {
            throw VerificationError(
                code: .ambiguousForm, message: "checkpoint with more than one signature in a file")
        }
    }
}
