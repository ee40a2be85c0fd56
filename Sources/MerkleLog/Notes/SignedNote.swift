import DossierCrypto

/// A text with signatures under it (c2sp.org/signed-note), taken apart and not yet verified.
public struct SignedNote: Hashable, Sendable {
    /// How large a note may be.
    public static let maximumBytes = 4_096
    /// How many signatures a note may have; the specification asks for at least 16.
    public static let maximumSignatures = 64

    /// The note, byte for byte.
    public let bytes: [UInt8]
    /// What is signed, with its final newline.
    public let text: String
    /// The signatures in order.
    public let signatures: [NoteSignature]

    /// Takes a note apart.
    ///
    /// Throws `ambiguousForm` for what is no note, or larger than the limits.
    public init(_ bytes: [UInt8]) throws(VerificationError) {
        let note = try Self.validated(bytes)
        guard let end = Self.endOfText(in: bytes) else { throw Self.malformed("no empty line") }
        self.signatures = try Self.signatures(in: Array(note.utf8.dropFirst(end + 1)))
        self.bytes = bytes
        self.text = String(decoding: bytes[..<end], as: UTF8.self)
    }

    /// Verifies that the note is signed with a key.
    ///
    /// Throws `unknownKey` if no signature names the key, `wrongSignature` if one that does was not
    /// made by it. Signatures of other keys are passed over.
    public func verify(_ key: VerifierKey) throws(VerificationError) {
        let own = self.signatures.filter { $0.names(key) }
        guard !own.isEmpty else {
            throw VerificationError(
                code: .unknownKey, message: "note has no signature of \(key.name)")
        }
        for signature in own {
            do {
                try key.publicKey.verify(
                    signature: signature.signature, of: Array(self.text.utf8))
            } catch {
                throw VerificationError(
                    code: .wrongSignature, message: "note is not signed by \(key.name)",
                    cause: error)
            }
        }
    }
}

extension SignedNote {
    /// The note as text, if it is as large as it may be and has only the characters it may have.
    private static func validated(_ bytes: [UInt8]) throws(VerificationError) -> String {
        guard bytes.count <= self.maximumBytes else {
            throw self.malformed("\(bytes.count) bytes, at most \(self.maximumBytes)")
        }
        guard !bytes.contains(where: { $0 < 0x20 && $0 != UInt8(ascii: "\n") }) else {
            throw self.malformed("a control character")
        }
        guard let note = String(validating: bytes, as: UTF8.self) else {
            throw self.malformed("bytes that are not UTF-8")
        }
        return note
    }

    /// Where the text ends: before the last empty line. Nil if there is none, or no text before it.
    private static func endOfText(in bytes: [UInt8]) -> Int? {
        let newline = UInt8(ascii: "\n")
        return bytes.indices.dropFirst().last { index in
            bytes[index] == newline && bytes[index - 1] == newline
        }
    }

    private static func signatures(
        in lines: [UInt8]
    ) throws(VerificationError) -> [NoteSignature] {
        var reader = LineReader(lines, of: "signatures of note")
        var signatures: [NoteSignature] = []
        while !reader.isAtEnd {
            guard signatures.count < self.maximumSignatures else {
                throw self.malformed("more than \(self.maximumSignatures) signatures")
            }
            signatures.append(try NoteSignature(readFrom: &reader))
        }
        guard !signatures.isEmpty else { throw self.malformed("no signature") }
        return signatures
    }

    static func malformed(_ what: String) -> VerificationError {
        VerificationError(code: .ambiguousForm, message: "note has \(what)")
    }
}
