import COpenSSL

/// A secret key that seals bytes: nobody without it can read or change them (AES-256-GCM).
///
/// Sealed bytes are a random 96-bit nonce, the ciphertext, and a 128-bit tag. With random nonces
/// one key may seal 2^32 messages (NIST SP 800-38D, section 8.3).
///
/// Sendable although it holds a pointer: the bytes behind it are written once, by `init`, and
/// cleansed by `deinit`.
public final class SealingKey: @unchecked Sendable {
    /// How many bytes a key has.
    public static let byteCount = 32
    /// How much longer sealed bytes are.
    public static let overheadBytes = nonceBytes + tagBytes

    private static let nonceBytes = 12
    private static let tagBytes = 16

    // Not an array: a copy that Swift makes of one cannot be cleansed.
    private let key: UnsafeMutablePointer<UInt8>  // owned

    /// Creates a key from its bytes.
    ///
    /// Throws `malformedKey` unless there are 32.
    public init(_ bytes: [UInt8]) throws {
        guard bytes.count == Self.byteCount else {
            throw CryptoError(
                code: .malformedKey,
                message: "sealing key has \(bytes.count) bytes, expected \(Self.byteCount)")
        }
        self.key = UnsafeMutablePointer.allocate(capacity: Self.byteCount)
        self.key.initialize(from: bytes, count: Self.byteCount)
    }

    deinit {
        OPENSSL_cleanse(self.key, Self.byteCount)
        self.key.deallocate()
    }

    /// Makes a new key.
    public static func generate() throws -> SealingKey {
        var bytes = SecureRandom.bytes(self.byteCount)
        defer { LibCrypto.cleanse(&bytes) }
        return try SealingKey(bytes)
    }

    /// Seals `plaintext`, bound to `authenticated`, which must be the same to open it.
    public func seal(_ plaintext: [UInt8], authenticating authenticated: [UInt8]) throws -> [UInt8]
    {
        let context = try LibCrypto.make(.libraryFailure, "no context") { EVP_CIPHER_CTX_new() }
        defer { EVP_CIPHER_CTX_free(context) }
        let nonce = SecureRandom.bytes(Self.nonceBytes)
        var body = [UInt8](repeating: 0, count: plaintext.count)
        var tag = [UInt8](repeating: 0, count: Self.tagBytes)
        try LibCrypto.require(.libraryFailure, "AES-256-GCM did not seal") {
            var count: Int32 = 0
            return EVP_EncryptInit_ex2(context, Self.cipher, self.key, nonce, nil) == 1
                && EVP_EncryptUpdate(
                    context, nil, &count, authenticated, Int32(clamping: authenticated.count)) == 1
                && EVP_EncryptUpdate(
                    context, &body, &count, plaintext, Int32(clamping: plaintext.count)) == 1
                && EVP_EncryptFinal_ex(context, nil, &count) == 1
                && EVP_CIPHER_CTX_ctrl(
                    context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagBytes), &tag) == 1
        }
        return nonce + body + tag
    }

    /// Opens what `seal` made.
    ///
    /// Throws `malformedSeal` if it is too short to be that, `brokenSeal` if anything was changed
    /// or the key is another. Nothing of the plaintext is given out before the tag is checked.
    public func open(_ sealed: [UInt8], authenticating authenticated: [UInt8]) throws -> [UInt8] {
        guard sealed.count >= Self.overheadBytes else {
            throw CryptoError(
                code: .malformedSeal,
                message: "sealed bytes: \(sealed.count), expected at least \(Self.overheadBytes)")
        }
        let nonce = Array(sealed.prefix(Self.nonceBytes))
        let body = Array(sealed.dropFirst(Self.nonceBytes).dropLast(Self.tagBytes))
        var tag = Array(sealed.suffix(Self.tagBytes))
        let context = try LibCrypto.make(.libraryFailure, "no context") { EVP_CIPHER_CTX_new() }
        defer { EVP_CIPHER_CTX_free(context) }
        var plaintext = [UInt8](repeating: 0, count: body.count)
        try LibCrypto.require(.brokenSeal, "seal does not fit its bytes and key") {
            var count: Int32 = 0
            return EVP_DecryptInit_ex2(context, Self.cipher, self.key, nonce, nil) == 1
                && EVP_DecryptUpdate(
                    context, nil, &count, authenticated, Int32(clamping: authenticated.count)) == 1
                && EVP_DecryptUpdate(
                    context, &plaintext, &count, body, Int32(clamping: body.count)) == 1
                && EVP_CIPHER_CTX_ctrl(
                    context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagBytes), &tag) == 1
                && EVP_DecryptFinal_ex(context, nil, &count) == 1
        }
        return plaintext
    }

    /// Unsafe only in name: an `EVP_CIPHER` is immutable and is never freed.
    nonisolated(unsafe) private static let cipher: OpaquePointer = {
        guard let cipher = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
            preconditionFailure("no provider of this system's libcrypto has AES-256-GCM")
        }
        return cipher
    }()
}
