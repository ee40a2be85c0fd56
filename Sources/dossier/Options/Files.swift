import FoundationEssentials
import Glibc

/// Files as commands read and write them.
enum Files {
    /// The bytes of a file, or of standard input for `-`.
    static func read(_ path: String) throws -> [UInt8] {
        if path == "-" { return try self.readToEnd(STDIN_FILENO, named: "standard input") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure("\(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        return try self.readToEnd(descriptor, named: path)
    }

    private static func readToEnd(_ descriptor: Int32, named name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 256 * 1_024)
        while true {
            let count = Glibc.read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandFailure("\(name): \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes += block[..<count]
        }
    }

    /// Whether there is something at a path.
    static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// Writes a file whole or not at all: to a new file beside it, which then takes its name.
    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure("\(path) cannot be written: \(error)")
        }
    }

    /// Writes text to a file, whole or not at all, or to standard output.
    static func writeAnswer(_ text: String, to path: String?) throws {
        guard let path else { return Terminal.answer(bytes: Array(text.utf8)) }
        try self.write(Array(text.utf8), to: path)
    }

    /// Makes a folder, and those it is in.
    static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure("\(path) cannot be made: \(error)")
        }
    }

    /// Calls `body` while no other process does so for the same file, which is made if need be.
    static func withLock<Result>(on path: String, _ body: () throws -> Result) throws -> Result {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0 else {
            throw CommandFailure("\(path): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        return try body()
    }

    /// The folder of a path.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
