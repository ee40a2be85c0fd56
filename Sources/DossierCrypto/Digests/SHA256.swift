import COpenSSL

/// SHA-256 (FIPS 180-4), fast for the short inputs that records and tree nodes are.
///
/// The functions reuse one context of the calling thread, so they cost no allocation and may be
/// called from anywhere.
public enum SHA256 {
    /// The digest of some bytes.
    public static func digest(of bytes: UnsafeRawBufferPointer) -> Digest {
        let context = DigestContext.ofThread
        context.restart()
        context.update(bytes)
        return context.finish()
    }

    /// The digest of some bytes.
    public static func digest(of bytes: [UInt8]) -> Digest {
        bytes.withUnsafeBytes { self.digest(of: $0) }
    }

    /// The digest of one byte and what follows it, as domain separation needs.
    public static func digest(prefix: UInt8, _ bytes: UnsafeRawBufferPointer) -> Digest {
        let context = DigestContext.ofThread
        context.restart()
        withUnsafeBytes(of: prefix) { context.update($0) }
        context.update(bytes)
        return context.finish()
    }

    /// The digest of one byte and two digests, as a tree's nodes need.
    public static func digest(prefix: UInt8, _ left: Digest, _ right: Digest) -> Digest {
        let context = DigestContext.ofThread
        context.restart()
        // Side by side in one buffer: one call into the library instead of three.
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * Digest.byteCount, alignment: 8) { node in
            node[0] = prefix
            let children = UnsafeMutableRawBufferPointer(rebasing: node.dropFirst())
            children.storeBytes(of: left, as: Digest.self)
            children.storeBytes(of: right, toByteOffset: Digest.byteCount, as: Digest.self)
            context.update(UnsafeRawBufferPointer(node))
        }
        return context.finish()
    }
}

extension SHA256 {
    /// The digest of bytes that come in pieces. For one thread at a time.
    public final class Hasher {
        private let context: DigestContext

        /// Creates a hasher that has seen nothing.
        public init() {
            self.context = DigestContext.allocate()
            self.context.restart()
        }

        deinit { self.context.free() }

        /// Adds bytes.
        public func update(_ bytes: UnsafeRawBufferPointer) { self.context.update(bytes) }

        /// Adds bytes.
        public func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { self.context.update($0) } }

        /// Returns the digest of all bytes added, and starts over.
        public func finish() -> Digest {
            defer { self.context.restart() }
            return self.context.finish()
        }
    }
}

/// An `EVP_MD_CTX` set up for SHA-256, used many times.
///
/// Nothing here can fail by input: libcrypto's digest calls fail only when memory runs out at
/// set-up or no provider has SHA-256, and a process without SHA-256 can do nothing at all.
struct DigestContext {
    private let context: OpaquePointer  // EVP_MD_CTX *, owned by whoever allocated

    static func allocate() -> DigestContext {
        guard let context = EVP_MD_CTX_new() else {
            preconditionFailure("libcrypto cannot allocate a digest context")
        }
        return DigestContext(context: context)
    }

    func free() { EVP_MD_CTX_free(self.context) }

    /// The calling thread's own context. Not to be kept over a suspension.
    static var ofThread: DigestContext {
        var slot = self.slot
        if let stored = CRYPTO_THREAD_get_local(&slot) {
            return DigestContext(context: OpaquePointer(stored))
        }
        let made = DigestContext.allocate()
        guard CRYPTO_THREAD_set_local(&slot, UnsafeMutableRawPointer(made.context)) == 1 else {
            preconditionFailure("the thread cannot keep a digest context")
        }
        return made
    }

    /// A thread-local slot whose content is freed when its thread ends.
    private static let slot: CRYPTO_THREAD_LOCAL = {
        var slot = CRYPTO_THREAD_LOCAL()
        guard
            CRYPTO_THREAD_init_local(&slot, { EVP_MD_CTX_free($0.map { OpaquePointer($0) }) }) == 1
        else { preconditionFailure("the system has no thread-local slot left") }
        return slot
    }()

    /// Fetched once: looking an algorithm up by name costs more than hashing a record.
    /// Unsafe only in name: an `EVP_MD` is immutable and is never freed.
    nonisolated(unsafe) private static let algorithm: OpaquePointer = {
        guard let algorithm = EVP_MD_fetch(nil, "SHA2-256", nil) else {
            preconditionFailure("no provider of this system's libcrypto has SHA-256")
        }
        return algorithm
    }()

    func restart() {
        guard EVP_DigestInit_ex2(self.context, Self.algorithm, nil) == 1 else {
            preconditionFailure("libcrypto cannot start SHA-256")
        }
    }

    func update(_ bytes: UnsafeRawBufferPointer) {
        guard EVP_DigestUpdate(self.context, bytes.baseAddress, bytes.count) == 1 else {
            preconditionFailure("libcrypto cannot go on with SHA-256")
        }
    }

    func finish() -> Digest {
        Digest { buffer in
            let bytes = buffer.assumingMemoryBound(to: UInt8.self).baseAddress
            guard EVP_DigestFinal_ex(self.context, bytes, nil) == 1 else {
                preconditionFailure("libcrypto cannot end SHA-256")
            }
        }
    }
}
