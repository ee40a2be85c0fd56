import COpenSSL

/// HMAC with SHA-256 (RFC 2104) under one key, prepared once and used for many messages.
///
/// For one thread at a time.
public final class HMACSHA256 {
    private let context: OpaquePointer  // EVP_MAC_CTX *, owned; cleanses its key when freed

    /// Prepares `key`, of any length.
    public init(key: [UInt8]) {
        // Possible results: nil or 0 when memory runs out or no provider has HMAC.
        guard let context = EVP_MAC_CTX_new(Self.algorithm) else {
            preconditionFailure("libcrypto cannot allocate an HMAC context")
        }
        self.context = context
        // Nil would mean "the key of before", so an empty key is given as a pointer all the same.
        let prepared = dossier_MAC_init(context, key.isEmpty ? [0] : key, key.count, "SHA2-256")
        guard prepared == 1 else { preconditionFailure("libcrypto cannot start HMAC") }
    }

    deinit { EVP_MAC_CTX_free(self.context) }

    /// The authenticator of `message`.
    public func authenticate(_ message: UnsafeRawBufferPointer) -> Digest {
        // No key given: the prepared one is used again.
        guard EVP_MAC_init(self.context, nil, 0, nil) == 1,
            EVP_MAC_update(
                self.context, message.assumingMemoryBound(to: UInt8.self).baseAddress,
                message.count) == 1
        else { preconditionFailure("libcrypto cannot go on with HMAC") }
        return Digest { buffer in
            var count = 0
            let bytes = buffer.assumingMemoryBound(to: UInt8.self).baseAddress
            guard EVP_MAC_final(self.context, bytes, &count, buffer.count) == 1,
                count == Digest.byteCount
            else { preconditionFailure("libcrypto cannot end HMAC") }
        }
    }

    /// The authenticator of `message`.
    public func authenticate(_ message: [UInt8]) -> Digest {
        message.withUnsafeBytes { self.authenticate($0) }
    }

    /// The authenticator of one message under one key.
    public static func authenticate(_ message: [UInt8], key: [UInt8]) -> Digest {
        HMACSHA256(key: key).authenticate(message)
    }

    /// Unsafe only in name: an `EVP_MAC` is immutable and is never freed.
    nonisolated(unsafe) private static let algorithm: OpaquePointer = {
        guard let algorithm = EVP_MAC_fetch(nil, "HMAC", nil) else {
            preconditionFailure("no provider of this system's libcrypto has HMAC")
        }
        return algorithm
    }()
}
