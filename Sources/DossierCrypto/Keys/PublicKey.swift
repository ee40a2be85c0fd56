import COpenSSL
import Synchronization

/// A public key: what verifies signatures.
///
/// Sendable although it holds a pointer: an `EVP_PKEY` that nobody changes may be used by many
/// threads at once, and nothing here changes it.
public final class PublicKey: @unchecked Sendable {
    /// The key's algorithm.
    public let algorithm: KeyAlgorithm
    /// The key as a DER SubjectPublicKeyInfo.
    public let subjectPublicKeyInfo: [UInt8]
    /// What names the key: SHA-256 of its SubjectPublicKeyInfo.
    public let keyID: Digest

    private let key: OpaquePointer  // EVP_PKEY *, owned
    // The address of an EVP_MD_CTX that is set up to verify with the key, owned; made when it is
    // first needed, and only copied: setting one up costs as much as a tenth of verifying.
    private let template = Mutex<UInt?>(nil)

    /// Creates a key from its DER SubjectPublicKeyInfo.
    ///
    /// Throws `unsupportedKey` for other algorithms, curves and encodings, `malformedKey` for bytes
    /// that are no key, such as a point off its curve.
    public init(subjectPublicKeyInfo der: [UInt8]) throws {
        let algorithm = try Self.algorithm(of: der)
        self.key = try LibCrypto.make(.malformedKey, "public key is no \(algorithm.rawValue) key") {
            LibCrypto.decoding(der, { d2i_PUBKEY(nil, $0, $1) }, free: { EVP_PKEY_free($0) })
        }
        self.algorithm = algorithm
        self.subjectPublicKeyInfo = der
        self.keyID = SHA256.digest(of: der)
    }

    /// Shares a key that libcrypto has decoded already, which costs it a hundred times what the rest
    /// does; `der` is its SubjectPublicKeyInfo. Takes a reference of its own.
    init(sharing key: OpaquePointer, subjectPublicKeyInfo der: [UInt8]) throws {
        self.algorithm = try Self.algorithm(of: der)
        try LibCrypto.require(.libraryFailure, "no reference") { EVP_PKEY_up_ref(key) == 1 }
        self.key = key
        self.subjectPublicKeyInfo = der
        self.keyID = SHA256.digest(of: der)
    }

    private static func algorithm(of der: [UInt8]) throws(CryptoError) -> KeyAlgorithm {
        guard let algorithm = KeyAlgorithm.of(subjectPublicKeyInfo: der) else {
            throw CryptoError(code: .unsupportedKey, message: "public key of \(der.count) bytes")
        }
        return algorithm
    }

    deinit {
        EVP_MD_CTX_free(self.template.withLock { $0.flatMap(OpaquePointer.init(bitPattern:)) })
        EVP_PKEY_free(self.key)
    }

    /// Verifies a signature over `message`.
    ///
    /// Throws `malformedSignature` for an encoding other than the one accepted (strict DER for
    /// ECDSA, 64 bytes for Ed25519), `invalidSignature` if it was not made by this key over this
    /// message.
    public func verify(signature: [UInt8], of message: [UInt8]) throws {
        try self.checkForm(of: signature)
        let context = try LibCrypto.make(.libraryFailure, "no context") { EVP_MD_CTX_new() }
        defer { EVP_MD_CTX_free(context) }
        try self.setUp(context)
        // 1 is success, 0 a signature that does not fit, negative one that cannot be read.
        try LibCrypto.require(.invalidSignature, "signature does not fit message and key") {
            EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        }
    }

    /// Sets a context up to verify with the key.
    private func setUp(_ context: OpaquePointer) throws {
        try self.template.withLock { template in
            if template == nil {
                let made = try LibCrypto.make(.libraryFailure, "no context") { EVP_MD_CTX_new() }
                template = UInt(bitPattern: made)
                try LibCrypto.require(
                    .libraryFailure, "\(self.algorithm.rawValue) is not offered"
                ) {
                    EVP_DigestVerifyInit_ex(
                        made, nil, self.algorithm.digestName, nil, nil, self.key, nil) == 1
                }
            }
            try LibCrypto.require(.libraryFailure, "context not copied") {
                EVP_MD_CTX_copy_ex(context, template.flatMap(OpaquePointer.init(bitPattern:))) == 1
            }
        }
    }

    /// Refuses what is not the one encoding of a signature, whatever a provider would accept.
    private func checkForm(of signature: [UInt8]) throws(CryptoError) {
        let isWellFormed =
            switch self.algorithm {
            case .ed25519: signature.count == 64
            case .ecdsaP256, .ecdsaP384: Self.isStrictDER(signature)
            }
        guard isWellFormed else {
            throw CryptoError(
                code: .malformedSignature,
                message: "\(self.algorithm.rawValue) signature of \(signature.count) bytes")
        }
    }

    /// Whether encoding the two numbers again gives the same bytes.
    private static func isStrictDER(_ signature: [UInt8]) -> Bool {
        let decoded = LibCrypto.decoding(
            signature, { d2i_ECDSA_SIG(nil, $0, $1) }, free: { ECDSA_SIG_free($0) })
        guard let decoded else {
            ERR_clear_error()
            return false
        }
        defer { ECDSA_SIG_free(decoded) }
        return (try? LibCrypto.encoding { i2d_ECDSA_SIG(decoded, $0) }) == signature
    }

    /// Calls `body` with the key, which must not outlive the call.
    func withKey<Result, Failure: Error>(
        _ body: (OpaquePointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(self.key)
    }
}

extension PublicKey: Hashable {
    /// Whether both are the same key.
    public static func == (lhs: PublicKey, rhs: PublicKey) -> Bool { lhs.keyID == rhs.keyID }

    /// Hashes the key ID.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.keyID) }
}
