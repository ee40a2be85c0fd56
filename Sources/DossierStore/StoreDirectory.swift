import Synchronization

/// A store's directory, locked: until it is unlocked no other process can have the store open.
final class StoreDirectory: Sendable {
    private static let maximumOriginBytes = 4096

    /// Its path.
    let path: String
    // Closing the file unlocks it.
    private let lock: Mutex<(any File)?>

    /// Makes the directory if need be, locks it, and sees to it that it belongs to a log.
    ///
    /// Throws `locked`, `wrongOrigin`, or what the file system failed with.
    init(_ path: String, logOrigin: String, in fileSystem: any FileSystem) throws(StoreError) {
        self.path = path
        let isLocked: Bool
        let standing: String
        do throws(FileError) {
            try fileSystem.createDirectory(path)
            let lock = try fileSystem.open("\(path)/lock", .create)
            self.lock = Mutex(lock)
            isLocked = try lock.lock()
            standing =
                isLocked ? try Self.claim(path, for: logOrigin, in: fileSystem) : logOrigin
        } catch {
            throw StoreError(error)
        }
        guard isLocked else { throw StoreError(.locked, "another process has \(path) open") }
        guard standing == logOrigin else {
            throw StoreError(
                .wrongOrigin, "\(path) belongs to log \(standing), expected \(logOrigin)")
        }
    }

    /// Lets another process open the store.
    func unlock() { self.lock.withLock { $0 = nil } }

    /// The catalog's database.
    var catalog: String { "\(self.path)/\(Self.catalogName)" }

    /// The name of the catalog's database.
    static let catalogName = "catalog.sqlite"

    /// Removes the catalog's files. They are the system's, wherever the log's are: SQLite opens them.
    func removeCatalog() throws(FileError) {
        let fileSystem = POSIXFileSystem()
        let names = try fileSystem.entries(of: self.path)
        for name in names where name.hasPrefix(Self.catalogName) {
            try fileSystem.remove("\(self.path)/\(name)")
        }
    }

    /// The log that the directory belongs to, from now on if it belonged to none.
    private static func claim(
        _ path: String, for logOrigin: String, in fileSystem: any FileSystem
    ) throws(FileError) -> String {
        let name = "\(path)/origin"
        if try fileSystem.entries(of: path).contains("origin") {
            let file = try fileSystem.open(name, .read)
            let bytes = try file.read(count: self.maximumOriginBytes, at: 0)
            return String(decoding: bytes, as: UTF8.self)
        }
        let unfinished = name + SegmentFile.unfinishedSuffix
        let file = try fileSystem.open(unfinished, .create)
        try file.truncate(to: 0)
        try file.write(Array(logOrigin.utf8), at: 0)
        try file.synchronize()
        try fileSystem.rename(unfinished, to: name)
        try fileSystem.synchronizeDirectory(path)
        return logOrigin
    }
}
