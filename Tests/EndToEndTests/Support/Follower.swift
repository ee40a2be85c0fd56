import Foundation
import Glibc
import Synchronization

/// `dossier follow`, as a process, and what it has printed.
final class Follower: Sendable {
    private let process: Process
    private let text = Mutex("")
    private let said = Mutex("")
    private let output = Pipe()
    private let ended: Task<Int32, Never>
    private let saidAll: Task<Void, Never>

    /// - Parameter isRead: whether what it prints is read before it ends.
    init(_ program: Program, _ arguments: [String], isRead: Bool = true) throws {
        let process = try program.process(["follow", "--output", "json"] + arguments)
        let errors = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = self.output
        process.standardError = errors
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
        let (silences, silence) = AsyncStream<Void>.makeStream()
        self.saidAll = Task { for await _ in silences {} }
        try process.run()
        if isRead { self.readOutput() }
        // Ends when the process has closed its end.
        Thread.detachNewThread {
            while case let data = errors.fileHandleForReading.availableData, !data.isEmpty {
                self.said.withLock { $0 += String(decoding: data, as: UTF8.self) }
            }
            silence.finish()
        }
    }

    private func readOutput() {
        // Ends when the process has closed its end.
        Thread.detachNewThread {
            while case let data = self.output.fileHandleForReading.availableData, !data.isEmpty {
                self.text.withLock { $0 += String(decoding: data, as: UTF8.self) }
            }
        }
    }

    /// What it has said on standard error so far.
    var errors: String { self.said.withLock { $0 } }

    /// Bytes that it has printed and nobody has read.
    var unreadBytes: Int {
        var count: Int32 = 0
        _ = ioctl(self.output.fileHandleForReading.fileDescriptor, UInt(FIONREAD), &count)
        return Int(count)
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

    /// Sends a signal.
    func send(_ signal: Int32) {
        if self.process.isRunning { kill(self.process.processIdentifier, signal) }
    }

    /// Waits for its end; gives exit status and what it said. What nobody has read is read then.
    func end() async -> (status: Int32, errors: String) {
        let status = await self.ended.value
        await self.saidAll.value
        while self.unreadBytes > 0 {
            let data = self.output.fileHandleForReading.availableData
            self.text.withLock { $0 += String(decoding: data, as: UTF8.self) }
        }
        return (status, self.errors)
    }

    /// Ends it as an operator does.
    func stop(_ signal: Int32 = SIGTERM) async -> (status: Int32, errors: String) {
        self.send(signal)
        return await self.end()
    }
}
