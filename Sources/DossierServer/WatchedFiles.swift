import DossierCrypto
import Glibc

/// What tells whether a file is the same as before.
struct FileStamp: Hashable {
    /// A file that changed so recently, in seconds, may change again within one tick of the file
    /// system's clock, and look the same.
    private static let settlingSeconds = 2

    private let device: dev_t
    private let inode: ino_t
    private let size: off_t
    // Seconds and nanoseconds since 1970; of the status too, since permissions decide as well.
    private let modified: [Int]
    private let statusChanged: [Int]

    /// Of what is at a path now; nil if nothing can be learned of it.
    init?(ofFile path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.device = status.st_dev
        self.inode = status.st_ino
        self.size = status.st_size
        self.modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        self.statusChanged = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }

    /// Whether a change from now on would show.
    var isSettled: Bool { Int(UnixTime.now) - self.statusChanged[0] >= Self.settlingSeconds }
}

/// Files that hold one value together, read again when one of them has changed.
///
/// They are replaced one after the other, perhaps slowly: what cannot be used is read again with
/// every look, and told only when the next look finds it so as well.
struct WatchedFiles {
    /// What a look found.
    enum Finding<Value> {
        /// Nothing has changed.
        case nothing
        /// A value that can be used.
        case value(Value)
        /// Nothing that can be used, for the reason given, which is told for the first time.
        case failure(any Error)
    }

    private let paths: [String]
    private var stamps: [FileStamp?]
    private var isSettled = false
    /// Looks in a row at the same files that found nothing of use.
    private var failures = 0
    /// What was told of the files as they are.
    private var toldReason: String?

    /// So many looks must fail before it is told.
    private static let failuresBeforeTold = 2

    /// Files whose value is to be read.
    init(_ paths: [String]) {
        self.paths = paths
        self.stamps = paths.map { _ in nil }
    }

    /// Reads the value if it may have changed.
    mutating func look<Value>(_ load: () throws -> Value) -> Finding<Value> {
        // Taken before the files are read: what changes meanwhile shows with the next look.
        let stamps = self.paths.map(FileStamp.init(ofFile:))
        let isChanged = stamps != self.stamps
        guard isChanged || !self.isSettled || self.failures > 0 else { return .nothing }
        self.stamps = stamps
        self.isSettled = stamps.allSatisfy { $0?.isSettled ?? false }
        if isChanged { (self.failures, self.toldReason) = (0, nil) }
        do {
            let value = try load()
            (self.failures, self.toldReason) = (0, nil)
            return .value(value)
        } catch {
            self.failures += 1
            return self.finding(of: error)
        }
    }

    private mutating func finding<Value>(of error: any Error) -> Finding<Value> {
        let reason = String(reflecting: error)
        guard self.failures >= Self.failuresBeforeTold, reason != self.toldReason else {
            return .nothing
        }
        self.toldReason = reason
        return .failure(error)
    }
}
