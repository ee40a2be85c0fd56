import Foundation
import Glibc

/// A program that serves on a port, until it is stopped.
final class Program {
    private let process = Process()
    /// Where it listens.
    let port: Int
    /// How long it took to get there.
    let startSeconds: Double

    /// Starts it and waits for its port: in `portFile`, or as the first line it prints.
    init(_ program: URL, _ arguments: [String], portFile: URL? = nil) throws {
        let output = Pipe()
        self.process.executableURL = program
        self.process.arguments = arguments
        self.process.standardInput = FileHandle.nullDevice
        self.process.standardOutput = output
        let clock = ContinuousClock()
        let start = clock.now
        try self.process.run()
        let text: String
        if let portFile {
            text = try Self.contents(of: portFile, whenWrittenBy: self.process)
        } else {
            text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        }
        self.startSeconds = (clock.now - start).seconds
        guard let port = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else {
            self.process.kill()
            throw Failure("\(program.lastPathComponent) says no port")
        }
        self.port = port
    }

    private static func contents(of file: URL, whenWrittenBy process: Process) throws -> String {
        while process.isRunning {
            if let data = try? Data(contentsOf: file), data.last == UInt8(ascii: "\n") {
                return String(decoding: data, as: UTF8.self)
            }
            usleep(500)
        }
        throw Failure("\(process.executableURL?.lastPathComponent ?? "the program") ended at once")
    }

    /// Ends it at once.
    func stop() {
        self.process.kill()
    }

    /// Processor time it has used, in seconds.
    var processorSeconds: Double {
        let fields = self.proc("stat").split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
        else { return .nan }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// Memory it holds now, in mebibytes.
    var residentMebibytes: Double {
        let line = self.proc("status").split(separator: "\n").first { $0.hasPrefix("VmRSS") }
        let number = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Double($0) }
        return (number ?? .nan) / 1_024
    }

    private func proc(_ name: String) -> String {
        let path = "/proc/\(self.process.processIdentifier)/\(name)"
        return (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}

extension Process {
    /// Ends it at once, whatever signals it blocks: it inherits the mask of the thread that
    /// started it, and those of the concurrency runtime block nearly all.
    func kill() {
        Glibc.kill(self.processIdentifier, SIGKILL)
        self.waitUntilExit()
    }
}

extension Program {
    /// Runs a program to its end and returns what it printed.
    @discardableResult
    static func run(_ program: String, _ arguments: [String], input: String = "") throws -> String {
        let process = Process()
        let (output, standardInput) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardInput = standardInput
        process.standardOutput = output
        try process.run()
        standardInput.fileHandleForWriting.write(Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure("\(program) ended with \(process.terminationStatus)")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
