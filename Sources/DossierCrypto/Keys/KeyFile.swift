import COpenSSL
import Glibc

/// Private keys on disk.
enum KeyFile {
    /// More than any key in PEM form takes, with room for comments.
    static let maximumBytes = 64 * 1024

    /// Reads a file that only its owner may touch.
    static func read(_ path: String) throws(CryptoError) -> [UInt8] {
        // Non-blocking, or opening a pipe would wait for somebody to write to it.
        let file = try self.opened(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, mode: 0)
        defer { close(file) }
        // Asked of the open file, so that it cannot be exchanged between the check and the reading.
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw CryptoError(code: .unreadableKeyFile, message: "\(path) is no regular file")
        }
        guard status.st_mode & (S_IRWXG | S_IRWXO) == 0 else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw CryptoError(
                code: .insecureKeyFile,
                message: "\(path) has mode \(mode), expected 600 or 400: others may use the key")
        }
        guard status.st_size <= self.maximumBytes else {
            throw CryptoError(
                code: .unreadableKeyFile,
                message:
                    "\(path) has \(status.st_size) bytes, expected at most \(self.maximumBytes)")
        }
        return try self.contents(of: file, count: Int(status.st_size), path)
    }

    /// Creates a file that only its owner may touch; it must not exist.
    static func create(_ path: String, holding bytes: [UInt8]) throws(CryptoError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        let file = try self.opened(path, flags, mode: S_IRUSR | S_IWUSR)
        // A short write means a full disk: nothing more is tried.
        let isWritten = write(file, bytes, bytes.count) == bytes.count && fsync(file) == 0
        let reason = errno
        guard close(file) == 0, isWritten else {
            unlink(path)
            throw self.failure("write", path, reason)
        }
    }

    private static func contents(
        of file: Int32, count: Int, _ path: String
    ) throws(CryptoError) -> [UInt8] {
        var bytes: [UInt8] = []
        var failed: Int32?
        bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let piece = Glibc.read(file, buffer.baseAddress.map { $0 + filled }, count - filled)
                if piece < 0, errno == EINTR { continue }
                if piece < 0 { failed = errno }
                guard piece > 0 else { return }
                filled += piece
            }
        }
        if let failed { throw self.failure("read", path, failed) }
        return bytes
    }

    private static func opened(
        _ path: String, _ flags: Int32, mode: mode_t
    ) throws(CryptoError) -> Int32 {
        let file = open(path, flags, mode)
        guard file >= 0 else { throw self.failure("open", path, errno) }
        return file
    }

    private static func failure(_ what: String, _ path: String, _ number: Int32) -> CryptoError {
        let reason = String(cString: strerror(number))
        return CryptoError(
            code: .unreadableKeyFile, message: "cannot \(what) \(path): \(reason)")
    }
}
