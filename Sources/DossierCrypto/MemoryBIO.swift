import COpenSSL

/// A `BIO` in memory: what libcrypto's PEM and printing functions read from and write to.
///
/// libcrypto cleanses its buffer when it is freed, so key material may pass through.
struct MemoryBIO: ~Copyable {
    let bio: OpaquePointer  // BIO *, owned

    /// An empty one, to write to.
    init() throws(CryptoError) {
        self.bio = try LibCrypto.make(.libraryFailure, "no memory BIO") { BIO_new(BIO_s_mem()) }
    }

    /// One that holds a copy of `bytes`, to read from.
    static func holding(_ bytes: [UInt8]) throws(CryptoError) -> MemoryBIO {
        let holder = try MemoryBIO()
        let count = Int32(clamping: bytes.count)
        try LibCrypto.require(.libraryFailure, "memory BIO took no bytes") {
            count == 0 || BIO_write(holder.bio, bytes, count) == count
        }
        return holder
    }

    deinit { BIO_free_all(self.bio) }

    /// Takes out everything written.
    consuming func contents() -> [UInt8] {
        let pending = BIO_ctrl_pending(self.bio)
        return [UInt8](unsafeUninitializedCapacity: pending) { buffer, count in
            count = Int(max(0, BIO_read(self.bio, buffer.baseAddress, Int32(clamping: pending))))
        }
    }
}
