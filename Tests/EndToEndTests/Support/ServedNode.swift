import DossierTestSupport
import Foundation

/// `dossier serve`, as a process.
final class ServedNode: Sendable {
    /// Whose node it is.
    let organisation: String
    /// The port it listens on.
    let port: Int
    private let process: Process
    private let ended: Task<Int32, Never>
    private let log: NodeLog

    private init(
        _ organisation: String, port: Int, process: Process, ended: Task<Int32, Never>, log: NodeLog
    ) {
        self.organisation = organisation
        self.port = port
        self.process = process
        self.ended = ended
        self.log = log
    }

    /// Starts the node on a port of its choice, or on one given, and waits until it listens.
    ///
    /// - Parameters:
    ///   - data: name of the data folder in the scene's.
    ///   - options: further arguments.
    static func start(
        _ scene: Scene, of organisation: String = "kr", host: String = "localhost", port: Int = 0,
        data: String = "data", portFile: String = "port", options: [String] = []
    ) async throws -> ServedNode {
        let own = "\(scene.pki)/\(organisation)"
        let process = try Program(directory: scene.folder).process(
            [
                "serve", "--members", "\(scene.pki)/members.json", "--certificate",
                "\(own)/node.pem",
                "--key", "\(own)/node.key", "--log-key", "\(own)/log.key", "--data", data,
                "--listen", "\(host):\(port)", "--port-file", portFile,
            ] + options)
        let pipe = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = pipe
        let (ends, ending) = AsyncStream<Int32>.makeStream()
        process.terminationHandler = { process in
            ending.yield(Program.status(of: process))
            ending.finish()
        }
        let log = NodeLog()
        log.follow(pipe)
        try process.run()
        // Ends with the process.
        let ended = Task {
            for await status in ends { return status }
            return -1
        }
        guard let port = await log.port() else {
            throw TestSupportError("the node ended with \(await ended.value): \(await log.text)")
        }
        return ServedNode(organisation, port: port, process: process, ended: ended, log: log)
    }

    /// What it has written to standard error.
    var logText: String { get async { await self.log.text } }

    /// Whether it has not ended.
    var isRunning: Bool { self.process.isRunning }

    /// Bytes of memory that are in use: `VmRSS`.
    var residentBytes: Int {
        get throws {
            let status = try String(
                contentsOfFile: "/proc/\(self.process.processIdentifier)/status", encoding: .utf8)
            let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
            let words = line?.split(whereSeparator: \.isWhitespace) ?? []
            guard words.count > 1, let kibibytes = Int(words[1]) else {
                throw TestSupportError("no VmRSS in \(status)")
            }
            return kibibytes * 1_024
        }
    }

    /// Sends a signal.
    func send(_ signal: Int32) {
        if self.process.isRunning { kill(self.process.processIdentifier, signal) }
    }

    /// Sends a signal and waits for the end; gives the exit status.
    @discardableResult
    func end(_ signal: Int32) async -> Int32 {
        self.send(signal)
        return await self.ended.value
    }
}

/// What a node writes to standard error, and the port it says it listens on.
private actor NodeLog {
    private(set) var text = ""
    private var isOver = false
    private var waiter: CheckedContinuation<Int?, Never>?

    /// Takes everything that is written into a pipe.
    nonisolated func follow(_ pipe: Pipe) {
        let (chunks, arriving) = AsyncStream<Data>.makeStream()
        // A thread of its own: a dispatch source on a pipe whose other end other children inherit
        // may fire after it was closed. It ends when the process has closed its end.
        Thread.detachNewThread {
            while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
                arriving.yield(data)
            }
            arriving.finish()
        }
        // Ends when the process has closed its end.
        Task {
            for await chunk in chunks { await self.append(chunk) }
            await self.end()
        }
    }

    /// The port, once it is known; nil when the process ends without one.
    func port() async -> Int? {
        if let port = self.portSaid { return port }
        if self.isOver { return nil }
        return await withCheckedContinuation { self.waiter = $0 }
    }

    private func append(_ chunk: Data) {
        self.text += String(decoding: chunk, as: UTF8.self)
        guard let waiter = self.waiter, let port = self.portSaid else { return }
        self.waiter = nil
        waiter.resume(returning: port)
    }

    private func end() {
        self.isOver = true
        self.waiter?.resume(returning: nil)
        self.waiter = nil
    }

    private var portSaid: Int? {
        let lines = self.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard let line = lines.first(where: { $0.contains(" listening ") }) else { return nil }
        let address = line.split(separator: " ").first { $0.hasPrefix("address=") }
        return address?.split(separator: ":").last.flatMap { Int($0) }
    }
}
