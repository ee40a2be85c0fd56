import COpenSSL

/// A private key: what signs. It is never described and never equal to anything.
///
/// Sendable although it holds a pointer: an `EVP_PKEY` that nobody changes may be used by many
/// threads at once, and nothing here changes it. libcrypto cleanses it when it is freed.
public final class PrivateKey: @unchecked Sendable {
    /// The public half.
    public let publicKey: PublicKey

    private let key: OpaquePointer  // EVP_PKEY *, owned

    /// The key's algorithm.
    public var algorithm: KeyAlgorithm { self.publicKey.algorithm }

    /// Creates a key from PEM: PKCS #8, or SEC 1 for curves. Not one under a passphrase.
    ///
    /// Throws `malformedKey` or `unsupportedKey`.
    public convenience init(pem: [UInt8]) throws {
        let input = try MemoryBIO.holding(pem)
        // The callback answers "no passphrase": libcrypto's own would ask at the terminal.
        let key = try LibCrypto.make(.malformedKey, "no unencrypted private key in PEM form") {
            PEM_read_bio_PrivateKey(input.bio, nil, { _, _, _, _ in -1 }, nil)
        }
        try self.init(takingOwnershipOf: key)
    }

    /// Reads a key from a PEM file that only its owner may read.
    ///
    /// Throws `unreadableKeyFile`, `insecureKeyFile` when group or others have any permission on
    /// the file, or what `init(pem:)` throws.
    public convenience init(contentsOfFile path: String) throws {
        var pem = try KeyFile.read(path)
        defer { LibCrypto.cleanse(&pem) }
        try self.init(pem: pem)
    }

    /// Takes ownership of `key`: it is freed with this object, or at once if this throws.
    private init(takingOwnershipOf key: OpaquePointer) throws {
        do {
            let der = try LibCrypto.encoding { i2d_PUBKEY(key, $0) }
            self.publicKey = try PublicKey(subjectPublicKeyInfo: der)
            try Self.checkHalves(of: key)
        } catch {
            EVP_PKEY_free(key)
            throw error
        }
        self.key = key
    }

    deinit { EVP_PKEY_free(self.key) }

    /// A file may hold a public half that is not the private one's: signatures would never verify.
    private static func checkHalves(of key: OpaquePointer) throws(CryptoError) {
        let context = try LibCrypto.make(.libraryFailure, "no key context") {
            EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
        }
        defer { EVP_PKEY_CTX_free(context) }
        try LibCrypto.require(.malformedKey, "private and public half do not belong together") {
            EVP_PKEY_pairwise_check(context) == 1
        }
    }

    /// Makes a new key.
    public static func generate(_ algorithm: KeyAlgorithm) throws -> PrivateKey {
        let type = algorithm.keyType
        let context = try LibCrypto.make(.libraryFailure, "\(type.name) is not offered") {
            EVP_PKEY_CTX_new_from_name(nil, type.name, nil)
        }
        defer { EVP_PKEY_CTX_free(context) }
        let key = try LibCrypto.make(.libraryFailure, "no \(algorithm.rawValue) key made") {
            var key: OpaquePointer?
            guard EVP_PKEY_keygen_init(context) == 1,
                type.group == nil || EVP_PKEY_CTX_set_group_name(context, type.group) == 1,
                EVP_PKEY_generate(context, &key) == 1
            else { return OpaquePointer?.none }
            return key
        }
        return try PrivateKey(takingOwnershipOf: key)
    }

    /// Signs `message`: DER for ECDSA, 64 bytes for Ed25519.
    public func sign(_ message: [UInt8]) throws -> [UInt8] {
        try self.withSigningContext { context in
            var count = 0
            // With no buffer, the answer is a size that always suffices.
            try LibCrypto.require(.libraryFailure, "no signature size") {
                EVP_DigestSign(context, nil, &count, message, message.count) == 1
            }
            var signature = [UInt8](repeating: 0, count: count)
            try LibCrypto.require(.libraryFailure, "signature not made") {
                EVP_DigestSign(context, &signature, &count, message, message.count) == 1
            }
            signature.removeSubrange(count...)
            return signature
        }
    }

    /// Calls `body` with an `EVP_MD_CTX` ready to sign with this key, which must not outlive the
    /// call.
    func withSigningContext<Result>(_ body: (OpaquePointer) throws -> Result) throws -> Result {
        let context = try LibCrypto.make(.libraryFailure, "no context") { EVP_MD_CTX_new() }
        defer { EVP_MD_CTX_free(context) }
        try LibCrypto.require(.libraryFailure, "\(self.algorithm.rawValue) is not offered") {
            EVP_DigestSignInit_ex(
                context, nil, self.algorithm.digestName, nil, nil, self.key, nil) == 1
        }
        return try body(context)
    }

    /// The key as unencrypted PKCS #8 in PEM form.
    public func pem() throws -> [UInt8] {
        let output = try MemoryBIO()
        try LibCrypto.require(.libraryFailure, "private key not encoded") {
            PEM_write_bio_PKCS8PrivateKey(output.bio, self.key, nil, nil, 0, nil, nil) == 1
        }
        return output.contents()
    }

    /// Writes the key as PEM to a new file that only its owner may read.
    ///
    /// Throws `unreadableKeyFile` if the file exists already or cannot be written; then none is
    /// left behind.
    public func write(toNewFile path: String) throws {
        var pem = try self.pem()
        defer { LibCrypto.cleanse(&pem) }
        try KeyFile.create(path, holding: pem)
    }
}
