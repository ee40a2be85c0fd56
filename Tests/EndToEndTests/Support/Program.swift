import Dispatch
import DossierTestSupport
import Foundation
import Testing

/// The built program, as a process.
struct Program: Sendable {
    /// What a run left behind.
    struct Outcome: Sendable {
        var status: Int32
        var output: [UInt8]
        var errors: String

        /// Standard output as text.
        var text: String { String(decoding: self.output, as: UTF8.self) }

        /// Lines of standard output.
        var lines: [String] {
            self.text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        }
    }

    /// Path of the program: it stands beside the tests' own executable.
    static let path = Bundle.main.bundleURL.appending(path: "dossier").path()

    /// Settings in the environment, beside PATH.
    var environment: [String: String] = [:]
    /// Working directory.
    var directory: String

    /// Runs the program to its end.
    func run(_ arguments: [String], input: [UInt8] = []) async throws -> Outcome {
        let process = try self.process(arguments)
        let (output, errors, stdin) = (Pipe(), Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = stdin
        let ended = AsyncStream<Int32> { continuation in
            process.terminationHandler = { process in
                continuation.yield(Self.status(of: process))
                continuation.finish()
            }
        }
        try process.run()
        async let outputBytes = Self.readToEnd(output)
        async let errorBytes = Self.readToEnd(errors)
        async let fed: Void = Self.feed(input, stdin)
        var status: Int32 = -1
        for await value in ended { status = value }
        await fed
        return Outcome(
            status: status, output: await outputBytes,
            errors: String(decoding: await errorBytes, as: UTF8.self))
    }

    /// The program, not yet running.
    func process(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: Self.path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: self.directory)
        process.environment = self.environment.merging(
            ["HOME": self.directory, "PATH": "/usr/bin:/bin"]
        ) { $1 }
        return process
    }

    /// Exit status; 128 and the signal when a signal ended it.
    static func status(of process: Process) -> Int32 {
        process.terminationReason == .exit
            ? process.terminationStatus : 128 + process.terminationStatus
    }

    private static func readToEnd(_ pipe: Pipe) async -> [UInt8] {
        await self.offPool { [UInt8](pipe.fileHandleForReading.readDataToEndOfFile()) }
    }

    private static func feed(_ input: [UInt8], _ pipe: Pipe) async {
        await self.offPool {
            // A program that does not read its input has closed it.
            try? pipe.fileHandleForWriting.write(contentsOf: Data(input))
            try? pipe.fileHandleForWriting.close()
        }
    }

    /// Blocking reads and writes have threads of their own.
    private static func offPool<Value: Sendable>(
        _ body: @escaping @Sendable () -> Value
    ) async -> Value {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body()) }
        }
    }
}
