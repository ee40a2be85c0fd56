import Glibc

/// An open regular file to be read whole: certificates, lists and keys on disk.
///
/// What is asked of it is asked of the open file, so that it cannot be exchanged between a check
/// and the reading.
struct RegularFile: ~Copyable {
    let path: String
    /// Its permissions.
    let mode: mode_t
    private let size: Int
    private let descriptor: Int32  // owned
    private let code: CryptoError.Code

    /// Opens a file; whatever fails is told with `code`.
    init(_ path: String, failingWith code: CryptoError.Code) throws(CryptoError) {
        // Non-blocking, or opening a pipe would wait for somebody to write to it.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure("open", path, errno, code) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw CryptoError(code: code, message: "\(path) is no regular file")
        }
        self.path = path
        self.mode = status.st_mode & 0o777
        self.size = Int(status.st_size)
        self.descriptor = descriptor
        self.code = code
    }

    deinit { close(self.descriptor) }

    /// Its bytes, at most so many.
    func contents(atMost maximumBytes: Int) throws(CryptoError) -> [UInt8] {
        guard self.size <= maximumBytes else {
            throw CryptoError(
                code: self.code,
                message: "\(self.path) has \(self.size) bytes, expected at most \(maximumBytes)")
        }
        var failed: Int32?
        let bytes = [UInt8](unsafeUninitializedCapacity: self.size) { buffer, filled in
            while filled < self.size {
                let piece = read(
                    self.descriptor, buffer.baseAddress.map { $0 + filled }, self.size - filled)
                if piece < 0, errno == EINTR { continue }
                if piece < 0 { failed = errno }
                guard piece > 0 else { return }
                filled += piece
            }
        }
        if let failed { throw Self.failure("read", self.path, failed, self.code) }
        return bytes
    }

    /// What the system says.
    static func failure(
        _ what: String, _ path: String, _ number: Int32, _ code: CryptoError.Code
    ) -> CryptoError {
        CryptoError(
            code: code, message: "cannot \(what) \(path): \(String(cString: strerror(number)))")
    }
}
