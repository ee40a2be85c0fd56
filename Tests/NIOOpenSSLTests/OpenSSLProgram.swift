import Foundation
import Synchronization

/// The `openssl` program: makes the certificates these tests need, and is the foreign peer.
enum OpenSSLProgram {
    struct Failure: Error { let output: String }

    /// Runs `openssl` in `directory` to its end; throws what it said unless it exits with 0.
    @discardableResult
    static func run(_ arguments: [String], in directory: URL) throws -> String {
        let process = Self.process(arguments, in: directory)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(output: text) }
        return text
    }

    /// Runs `openssl` without blocking the caller's thread, `input` on its standard input, until
    /// it exits; returns everything it said, whatever its status.
    static func converse(_ arguments: [String], input: String, in directory: URL) async throws
        -> String
    {
        let process = Self.process(arguments, in: directory)
        let log = directory.appending(path: "\(UUID().uuidString).log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let output = try FileHandle(forWritingTo: log)
        let standardInput = Pipe()
        process.standardInput = standardInput
        process.standardOutput = output
        process.standardError = output
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in done.resume() }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                done.resume(throwing: error)
                return
            }
            // The program may have ended before it read its input: then that says why.
            try? standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
            try? standardInput.fileHandleForWriting.close()
        }
        return String(decoding: try Data(contentsOf: log), as: UTF8.self)
    }

    static func process(_ arguments: [String], in directory: URL) -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = directory
        return process
    }
}

/// `openssl s_server` on a port of its own choosing, ended with this object.
final class ForeignServer: Sendable {
    let port: Int
    private let process: Mutex<Process>

    /// Starts it and waits until it says where it listens.
    init(_ arguments: [String], in directory: URL) async throws {
        let process = OpenSSLProgram.process(
            ["s_server", "-accept", "127.0.0.1:0"] + arguments, in: directory)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        self.process = Mutex(process)
        self.port = try await withCheckedThrowingContinuation { found in
            // A thread of its own: a dispatch source on a pipe whose other end other children
            // inherit may fire after it was closed.
            Thread.detachNewThread { found.resume(with: Self.port(saidIn: output)) }
        }
    }

    private static func port(saidIn output: Pipe) -> Result<Int, any Error> {
        var text = ""
        while true {
            let data = output.fileHandleForReading.availableData
            text += String(decoding: data, as: UTF8.self)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            let line = lines.first { $0.hasPrefix("ACCEPT ") }
            if let port = line?.split(separator: ":").last.flatMap({ Int($0) }) {
                return .success(port)
            }
            if data.isEmpty { return .failure(OpenSSLProgram.Failure(output: text)) }
        }
    }

    deinit { self.process.withLock { $0.terminate() } }
}
