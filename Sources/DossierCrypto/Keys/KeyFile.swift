import Glibc

/// Private keys on disk.
enum KeyFile {
    /// More than any key in PEM form takes, with room for comments.
    static let maximumBytes = 64 * 1024

    /// Reads a file that only its owner may touch.
    static func read(_ path: String) throws(CryptoError) -> [UInt8] {
        let file = try RegularFile(path, failingWith: .unreadableKeyFile)
        guard file.mode & (S_IRWXG | S_IRWXO) == 0 else {
            throw CryptoError(
                code: .insecureKeyFile,
                message: "\(path) has mode \(String(file.mode, radix: 8)), expected 600 or 400: "
                    + "others may use the key")
        }
        return try file.contents(atMost: self.maximumBytes)
    }

    /// Creates a file that only its owner may touch; it must not exist.
    static func create(_ path: String, holding bytes: [UInt8]) throws(CryptoError) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR)
        guard file >= 0 else { throw self.failure("open", path, errno) }
        // A short write means a full disk: nothing more is tried.
        let isWritten = write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        let reason = errno
        guard close(file) == 0, isWritten else {
            unlink(path)
            throw self.failure("write", path, reason)
        }
    }

    private static func failure(_ what: String, _ path: String, _ number: Int32) -> CryptoError {
        RegularFile.failure(what, path, number, .unreadableKeyFile)
    }
}
