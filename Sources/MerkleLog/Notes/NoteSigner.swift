public import DossierCrypto

/// Signs notes with one key under one name.
public struct NoteSigner: Sendable {
    /// What verifies the notes.
    public let verifierKey: VerifierKey
    private let privateKey: PrivateKey

    /// The key's name.
    public var name: String { self.verifierKey.name }

    /// Creates a signer.
    ///
    /// Throws what `VerifierKey` throws for the name and the public half of the key.
    public init(name: String, privateKey: PrivateKey) throws(VerificationError) {
        self.verifierKey = try VerifierKey(name: name, publicKey: privateKey.publicKey)
        self.privateKey = privateKey
    }

    /// The signed note of a text, which ends with a newline.
    ///
    /// Throws `ambiguousForm` for a text that no note can have, `CryptoError` if the key cannot
    /// sign.
    public func sign(_ text: String) throws -> [UInt8] {
        guard text.utf8.last == UInt8(ascii: "\n") else {
            throw SignedNote.malformed("a text that does not end with a newline")
        }
        let signature = NoteSignature(
            key: self.verifierKey, signature: try self.privateKey.sign(Array(text.utf8)))
        // Taken apart again, so that nothing goes out that a reader would refuse.
        return try SignedNote(Array("\(text)\n\(signature.line)".utf8)).bytes
    }

    /// The checkpoint of a tree of the log that has the signer's name.
    ///
    /// Throws as ``sign(_:)-(String)`` does, and `sizeMismatch` for a tree larger than any.
    public func sign(_ head: TreeHead) throws -> SignedCheckpoint {
        let checkpoint = try Checkpoint(origin: self.name, head: head)
        return SignedCheckpoint(signed: checkpoint, bytes: try self.sign(checkpoint.text))
    }
}
