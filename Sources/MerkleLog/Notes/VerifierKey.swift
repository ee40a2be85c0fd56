public import DossierCrypto

/// The key that notes are verified with, under its name (c2sp.org/signed-note, "Verifier keys").
public struct VerifierKey: Hashable, Sendable, CustomStringConvertible {
    let keyName: KeyName
    /// The key.
    public let publicKey: PublicKey
    /// What names the key in signature lines, beside the name.
    public let keyID: UInt32

    /// The key's name.
    public var name: String { self.keyName.text }

    /// Creates a verifier key.
    ///
    /// Throws `ambiguousForm` if the name cannot be one, `unknownKey` for a key that is neither
    /// Ed25519 nor ECDSA on P-256.
    public init(name: String, publicKey: PublicKey) throws(VerificationError) {
        self.keyName = try KeyName(name)
        self.publicKey = publicKey
        let material = try Self.material(of: publicKey)
        // An ECDSA key's ID does not cover name and type; it was in use before there was a rule.
        let named =
            switch publicKey.algorithm {
            case .ed25519: Array(name.utf8) + [UInt8(ascii: "\n")] + material
            case .ecdsaP256, .ecdsaP384: publicKey.subjectPublicKeyInfo
            }
        self.keyID = SHA256.digest(of: named).bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads a key from its text.
    ///
    /// Throws `unknownKey` for a type of key that is not used here, `ambiguousForm` for any text
    /// that is not exactly the key's own.
    public init(_ text: String) throws(VerificationError) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let material = StrictBase64.decode(String(parts[2])),
            !material.isEmpty
        else {
            throw VerificationError(code: .ambiguousForm, message: "no verifier key")
        }
        try self.init(name: String(parts[0]), publicKey: Self.publicKey(of: material))
        guard self.text.utf8.elementsEqual(text.utf8) else {
            throw VerificationError(
                code: .ambiguousForm, message: "verifier key is not written as \(self.text)")
        }
    }

    /// The key as text: NAME+KEYID+BASE64(TYPE || KEY).
    public var text: String {
        let digits = String(self.keyID, radix: 16)
        let keyID = String(repeating: "0", count: 8 - digits.count) + digits
        return "\(self.name)+\(keyID)+\(StrictBase64.encode(Self.encode(self.publicKey)))"
    }

    /// The key as text.
    public var description: String { self.text }
}

extension VerifierKey {
    /// The signature types of signed notes that are used here.
    private enum SignatureType: UInt8 { case ed25519 = 0x01, ecdsa = 0x02 }

    /// Type and key; throws `unknownKey` for keys that sign no notes.
    private static func material(of key: PublicKey) throws(VerificationError) -> [UInt8] {
        guard key.algorithm != .ecdsaP384 else {
            throw VerificationError(
                code: .unknownKey, message: "\(key.algorithm.rawValue) keys sign no notes")
        }
        return self.encode(key)
    }

    private static func encode(_ key: PublicKey) -> [UInt8] {
        if let bytes = key.ed25519 { return [SignatureType.ed25519.rawValue] + bytes }
        return [SignatureType.ecdsa.rawValue] + key.subjectPublicKeyInfo
    }

    private static func publicKey(of material: [UInt8]) throws(VerificationError) -> PublicKey {
        guard let type = material.first.flatMap(SignatureType.init(rawValue:)) else {
            throw VerificationError(code: .unknownKey, message: "verifier key of an unknown type")
        }
        let key = Array(material.dropFirst())
        do {
            return switch type {
            case .ed25519: try PublicKey(ed25519: key)
            case .ecdsa: try PublicKey(subjectPublicKeyInfo: key)
            }
        } catch {
            throw VerificationError(
                code: .ambiguousForm, message: "verifier key without a key", cause: error)
        }
    }
}
