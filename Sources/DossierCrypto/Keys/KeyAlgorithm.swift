/// The algorithms a key may have. The key alone decides how it signs.
public enum KeyAlgorithm: String, CaseIterable, Hashable, Sendable {
    /// ECDSA on P-256 with SHA-256.
    case ecdsaP256 = "ecdsa-p256"
    /// ECDSA on P-384 with SHA-384.
    case ecdsaP384 = "ecdsa-p384"
    /// Ed25519, pure (RFC 8032).
    case ed25519
}

extension KeyAlgorithm {
    /// The digest that signatures use; nil where the algorithm brings its own.
    var digestName: String? {
        switch self {
        case .ecdsaP256: "SHA2-256"
        case .ecdsaP384: "SHA2-384"
        case .ed25519: nil
        }
    }

    /// libcrypto's names: key type, and curve where there is a choice.
    var keyType: (name: String, group: String?) {
        switch self {
        case .ecdsaP256: ("EC", "P-256")
        case .ecdsaP384: ("EC", "P-384")
        case .ed25519: ("ED25519", nil)
        }
    }

    /// How every SubjectPublicKeyInfo of this algorithm begins, up to the key's own bytes
    /// (RFC 5480, RFC 8410). For curves: named, and the point uncompressed.
    ///
    /// One fixed form leaves no second encoding of the same key, so that a key has one key ID;
    /// explicit curve parameters and compressed points are refused by the same comparison.
    private var subjectPublicKeyInfoPrefix: [UInt8] {
        switch self {
        case .ecdsaP256:
            [
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
                0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
            ]
        case .ecdsaP384:
            [
                0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06,
                0x05, 0x2B, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04,
            ]
        case .ed25519:
            [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
        }
    }

    private var keyByteCount: Int {
        switch self {
        case .ecdsaP256: 64
        case .ecdsaP384: 96
        case .ed25519: 32
        }
    }

    /// The SubjectPublicKeyInfo of a key's own bytes; nil if there are more or less than a key has.
    func subjectPublicKeyInfo(ofKey bytes: [UInt8]) -> [UInt8]? {
        bytes.count == self.keyByteCount ? self.subjectPublicKeyInfoPrefix + bytes : nil
    }

    /// The key's own bytes in a SubjectPublicKeyInfo of this algorithm.
    func keyBytes(inSubjectPublicKeyInfo der: [UInt8]) -> [UInt8] {
        Array(der.suffix(self.keyByteCount))
    }

    /// The algorithm of a key by its SubjectPublicKeyInfo; nil if it is in no accepted form.
    static func of(subjectPublicKeyInfo der: [UInt8]) -> KeyAlgorithm? {
        self.allCases.first { algorithm in
            let prefix = algorithm.subjectPublicKeyInfoPrefix
            return der.count == prefix.count + algorithm.keyByteCount && der.starts(with: prefix)
        }
    }
}
