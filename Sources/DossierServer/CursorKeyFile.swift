import DossierCrypto
import Glibc

/// The key that seals cursors, kept beside the log so that cursors outlive a restart.
enum CursorKeyFile {
    private static let name = "cursor.key"

    /// Reads the key, or makes one where there is none.
    ///
    /// - Throws: ``NodeError`` with code `unusableDataDirectory`.
    static func open(in directory: String) throws -> SealingKey {
        let path = "\(directory)/\(self.name)"
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw self.failure(path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: SealingKey.byteCount)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw self.failure(path) }
        if count == bytes.count { return try SealingKey(bytes) }
        // New, or torn while it was made: nothing has been sealed with it yet.
        bytes = SecureRandom.bytes(SealingKey.byteCount)
        guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, fsync(descriptor) == 0
        else { throw self.failure(path) }
        return try SealingKey(bytes)
    }

    private static func failure(_ path: String) -> NodeError {
        NodeError(
            code: .unusableDataDirectory, message: "\(path): \(String(cString: strerror(errno)))")
    }
}
