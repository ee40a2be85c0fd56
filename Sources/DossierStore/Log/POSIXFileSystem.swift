internal import CLinux
import Glibc

/// The system's files.
struct POSIXFileSystem: FileSystem {
    func createDirectory(_ path: String) throws(FileError) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw FileError(call: "mkdir", path: path, number: errno)
    }

    func entries(of directory: String) throws(FileError) -> [String] {
        guard let stream = opendir(directory) else {
            throw FileError(call: "opendir", path: directory, number: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        // nil is the end or an error; only an error sets errno.
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw FileError(call: "readdir", path: directory, number: errno) }
        return names
    }

    func open(_ path: String, _ mode: FileMode) throws(FileError) -> any File {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .update: O_RDWR
            case .create: O_RDWR | O_CREAT
            }
        return POSIXFile(
            takingOwnershipOf: try Self.descriptor(of: path, flags | O_CLOEXEC), path: path)
    }

    func rename(_ path: String, to newPath: String) throws(FileError) {
        guard Glibc.rename(path, newPath) != 0 else { return }
        throw FileError(call: "rename", path: path, number: errno)
    }

    func remove(_ path: String) throws(FileError) {
        guard unlink(path) != 0 else { return }
        throw FileError(call: "unlink", path: path, number: errno)
    }

    func synchronizeDirectory(_ path: String) throws(FileError) {
        let descriptor = try Self.descriptor(of: path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            throw FileError(call: "fsync", path: path, number: errno)
        }
    }

    private static func descriptor(of path: String, _ flags: CInt) throws(FileError) -> CInt {
        while true {
            let descriptor = Glibc.open(path, flags, 0o600)
            if descriptor >= 0 { return descriptor }
            guard errno == EINTR else { throw FileError(call: "open", path: path, number: errno) }
        }
    }
}

/// An open file of the system.
final class POSIXFile: File {
    private let descriptor: CInt
    private let path: String

    /// Takes ownership of `descriptor`: it is closed with this object.
    init(takingOwnershipOf descriptor: CInt, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    // Nothing rests on the result: what must be durable was synchronised before.
    deinit {
        // A child that another thread is starting may hold a copy of the descriptor until it runs
        // its program: closing ours would then leave the lock with it for a while.
        flock(self.descriptor, LOCK_UN)
        close(self.descriptor)
    }

    func size() throws(FileError) -> Int {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else { throw self.error("fstat") }
        return Int(status.st_size)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        var count = 0
        while count < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            let result = pread(self.descriptor, rest.baseAddress, rest.count, offset + count)
            if result == 0 { break }
            if result > 0 {
                count += result
            } else if errno != EINTR {
                throw self.error("pread")
            }
        }
        return count
    }

    func readWithoutWaiting(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
        // EAGAIN: not in memory; EOPNOTSUPP: the file system cannot tell. Then it is read as usual.
        dossier_pread_nowait(self.descriptor, buffer.baseAddress, buffer.count, offset)
            == buffer.count
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FileError) {
        var count = 0
        while count < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[count...])
            let result = pwrite(self.descriptor, rest.baseAddress, rest.count, offset + count)
            if result >= 0 {
                count += result
            } else if errno != EINTR {
                throw self.error("pwrite")
            }
        }
    }

    func truncate(to size: Int) throws(FileError) {
        while ftruncate(self.descriptor, size) != 0 {
            guard errno == EINTR else { throw self.error("ftruncate") }
        }
    }

    func synchronize() throws(FileError) {
        // Never tried again, not even after EINTR: the system may have dropped the pages that it
        // could not write, and a second call would then claim success.
        guard fdatasync(self.descriptor) == 0 else { throw self.error("fdatasync") }
    }

    func lock() throws(FileError) -> Bool {
        if flock(self.descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw self.error("flock")
    }

    private func error(_ call: String) -> FileError {
        FileError(call: call, path: self.path, number: errno)
    }
}

/// The system's error numbers.
enum SystemError {
    /// The system's words for an error number.
    static func text(of number: CInt) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let start = buffer.baseAddress, strerror_r(number, start, buffer.count) == 0
            else { return "error \(number)" }
            return String(cString: start)
        }
    }

    /// Whether an error number says that there is no space, for now.
    static func isNoSpace(_ number: CInt) -> Bool { number == ENOSPC || number == EDQUOT }

    /// Whether an error number says that the file system takes no writes.
    static func isReadOnly(_ number: CInt) -> Bool { number == EROFS }
}
