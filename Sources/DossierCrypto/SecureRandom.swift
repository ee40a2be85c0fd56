import COpenSSL

/// Random bytes from libcrypto's generator.
public enum SecureRandom {
    /// Returns `count` unpredictable bytes.
    ///
    /// Traps if the system has no randomness to give: nothing that needs any may go on then.
    public static func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            // 1 is success; 0 and -1 mean that the generator could not be seeded.
            guard count == 0 || RAND_bytes(buffer.baseAddress, Int32(count)) == 1 else {
                preconditionFailure("libcrypto's random generator cannot be seeded")
            }
            initializedCount = count
        }
    }
}
