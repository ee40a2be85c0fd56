import DossierTestSupport
import Foundation

/// The system's `openssl` program: another maker of certificates than ours.
struct OpenSSLProgram {
    /// Whether there is one to test with.
    static let isInstalled = (try? run(["version"], in: "/")) != nil

    /// Where the certificate profiles are.
    static let profiles = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Certs").path

    let directory: String
    var environment = ["DOSSIER_TRUST_DOMAIN": "msmt.example", "DOSSIER_ORGANISATION": "kr"]

    /// Runs it with arguments in one line; returns its standard output.
    @discardableResult
    func callAsFunction(_ arguments: String) throws -> String {
        try Self.run(
            arguments.split(separator: " ").map(String.init), in: self.directory,
            environment: self.environment)
    }

    /// A file of the directory.
    func read(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(self.directory)/\(file)")))
    }

    /// Puts a file into the directory.
    func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(self.directory)/\(file)"))
    }

    /// Makes `ca.key` and `ca.pem` by the CA's profile.
    func makeAuthority(_ key: String = "EC -pkeyopt ec_paramgen_curve:P-256") throws {
        try self("genpkey -algorithm \(key) -out ca.key")
        try self(
            "req -x509 -new -config \(Self.profiles)/authority.cnf -extensions extensions"
                + " -key ca.key -days 3650 -sha256 -out ca.pem")
    }

    /// Makes `key` and `<name>.pem` with the extensions of a file, by default of a profile.
    func issue(
        _ name: String, profile: String, extensions: String? = nil,
        key: String = "EC -pkeyopt ec_paramgen_curve:P-256", digest: String = "sha256"
    ) throws {
        let profile = "\(Self.profiles)/\(profile).cnf"
        try self("genpkey -algorithm \(key) -out \(name).key")
        try self("req -new -config \(profile) -key \(name).key -out \(name).csr")
        try self(
            "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -extfile \(extensions ?? profile)"
                + " -extensions extensions -days 90 -\(digest) -out \(name).pem")
    }

    private static func run(
        _ arguments: [String], in directory: String, environment: [String: String] = [:]
    ) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TestSupportError("openssl \(arguments.joined(separator: " ")) failed")
        }
        return String(decoding: text, as: UTF8.self)
    }
}
