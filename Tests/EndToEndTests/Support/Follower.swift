import DossierTestSupport
import Foundation
import Synchronization

/// `dossier follow`, as a process, and what it has printed.
final class Follower: Sendable {
    private let process: Process
    private let text = Mutex("")
    private let errors = Pipe()
    private let ended: Task<Int32, Never>

    init(_ program: Program, _ arguments: [String]) throws {
        let process = try program.process(["follow", "--output", "json"] + arguments)
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = self.errors
        let (ends, ending) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            ending.yield(Program.status(of: process))
            ending.finish()
        }
        self.process = process
        self.ended = Task {
            for await status in ends { return status }
            return -1
        }
        try process.run()
        // Ends when the process has closed its end.
        Thread.detachNewThread {
            while case let data = output.fileHandleForReading.availableData, !data.isEmpty {
                self.text.withLock { $0 += String(decoding: data, as: UTF8.self) }
            }
        }
    }

    /// Reference and operation of each record that was printed whole.
    var printed: [String] {
        get throws {
            let lines = self.text.withLock { $0 }
                .split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            return try lines.map { line in
                let object =
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
                let header = JSONOutput.value(object, "record", "header") as? [String: Any] ?? [:]
                let operation = header["operation"] as? String ?? ""
                return "\(header["reference"] ?? "") \(operation)"
            }
        }
    }

    /// Ends it as an operator does; gives exit status and what it said.
    func stop() async -> (status: Int32, errors: String) {
        if self.process.isRunning { self.process.terminate() }
        let status = await self.ended.value
        let data = self.errors.fileHandleForReading.readDataToEndOfFile()
        return (status, String(decoding: data, as: UTF8.self))
    }
}
