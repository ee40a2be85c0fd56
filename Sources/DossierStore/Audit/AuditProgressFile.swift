/// Keeps how far an audit has come, whole or not at all.
struct AuditProgressFile {
    private static let maximumBytes = 1 << 30

    private let path: String
    private let store: StoreConfiguration
    // The system's, wherever the store's files are: it is none of them.
    private let fileSystem = POSIXFileSystem()

    /// The file at a path, for the audit of a store.
    init(_ path: String, _ store: StoreConfiguration) {
        self.path = path
        self.store = store
    }

    /// What it says; nil if there is none.
    ///
    /// Throws `wrongOrigin` or `corrupted` for a file of another audit, or of none.
    func read() throws(StoreError) -> AuditProgress? {
        let bytes: [UInt8]
        do throws(FileError) {
            guard try self.fileSystem.entries(of: self.directory).contains(self.name) else {
                return nil
            }
            let file = try self.fileSystem.open(self.path, .read)
            bytes = try file.read(count: min(file.size(), Self.maximumBytes), at: 0)
        } catch {
            throw StoreError(error)
        }
        return try AuditProgress(decoding: bytes, self.store, path: self.path)
    }

    /// Replaces it.
    func write(_ progress: AuditProgress) throws(StoreError) {
        let unfinished = self.path + SegmentFile.unfinishedSuffix
        do throws(FileError) {
            let file = try self.fileSystem.open(unfinished, .create)
            try file.truncate(to: 0)
            try file.write(progress.encoded(self.store), at: 0)
            try self.fileSystem.rename(unfinished, to: self.path)
        } catch {
            throw StoreError(error)
        }
    }

    /// Removes it: the audit has ended.
    func remove() throws(StoreError) {
        do throws(FileError) {
            guard try self.fileSystem.entries(of: self.directory).contains(self.name) else {
                return
            }
            try self.fileSystem.remove(self.path)
        } catch {
            throw StoreError(error)
        }
    }

    private var name: String { String(self.path.split(separator: "/").last ?? "") }

    private var directory: String {
        guard let slash = self.path.lastIndex(of: "/") else { return "." }
        return slash == self.path.startIndex ? "/" : String(self.path[..<slash])
    }
}
