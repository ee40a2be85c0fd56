import DossierTestSupport
import Foundation
import Testing

/// A folder with the development certificates of all members, made once for all tests by
/// `dossier pki init`, and removed when the tests end.
actor DevelopmentPKI {
    static let shared = DevelopmentPKI()
    private var made: Task<String, any Error>?

    /// Path of the folder.
    func folder() async throws -> String {
        if let made { return try await made.value }
        let task = Task {
            let folder = FileManager.default.temporaryDirectory
                .appending(path: "dossier-e2e-\(ProcessInfo.processInfo.processIdentifier)").path()
            try? FileManager.default.removeItem(atPath: folder)
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            RemovedAtExit.folder = folder
            atexit { RemovedAtExit.remove() }
            let outcome = try await Program(directory: folder)
                .run(["pki", "init", "--out", "\(folder)/pki"])
            guard outcome.status == 0 else { throw TestSupportError(outcome.errors) }
            return "\(folder)/pki"
        }
        self.made = task
        return try await task.value
    }
}

/// What is removed when the process ends.
private enum RemovedAtExit {
    /// Set once, before the handler is registered; read by the handler only.
    nonisolated(unsafe) static var folder = ""

    static func remove() { try? FileManager.default.removeItem(atPath: self.folder) }
}

/// A temporary folder, the certificates of all members, and perhaps kr's node.
struct Scene: Sendable {
    /// The folder.
    let folder: String
    /// The certificates.
    let pki: String

    static func with<Result>(_ body: (Scene) async throws -> Result) async throws -> Result {
        let pki = try await DevelopmentPKI.shared.folder()
        return try await withTemporaryDirectory { folder in
            try await body(Scene(folder: folder, pki: pki))
        }
    }

    /// A scene with kr's node running.
    static func withNode<Result>(
        _ body: (Scene, ServedNode) async throws -> Result
    ) async throws -> Result {
        try await self.with { scene in
            let node = try await ServedNode.start(scene)
            do {
                let result = try await body(scene, node)
                await node.end(SIGTERM)
                return result
            } catch {
                await node.end(SIGKILL)
                throw error
            }
        }
    }

    /// The program with members, and certificate and key of an organisation's analyst.
    func program(_ organisation: String = "kr", node: ServedNode? = nil) -> Program {
        var environment = [
            "DOSSIER_MEMBERS": "\(self.pki)/members.json",
            "DOSSIER_CERTIFICATE": "\(self.pki)/\(organisation)/analyst.pem",
            "DOSSIER_KEY": "\(self.pki)/\(organisation)/analyst.key", "DOSSIER_OF": "kr",
            "DOSSIER_ORGANISATION": organisation,
            "DOSSIER_LOG_KEY": "\(self.pki)/kr/log.key",
            // The salt secret belongs to the test, not to the certificates that tests share.
            "DOSSIER_SALT_SECRET": "\(self.folder)/\(organisation).salt",
        ]
        if let node { environment["DOSSIER_NODE"] = "localhost:\(node.port)" }
        return Program(environment: environment, directory: self.folder)
    }

    /// Runs a command as an organisation's analyst against a node.
    func dossier(
        _ arguments: String..., as organisation: String = "kr", at node: ServedNode? = nil,
        input: String = ""
    ) async throws -> Program.Outcome {
        try await self.program(organisation, node: node).run(arguments, input: Array(input.utf8))
    }

    /// Writes a file into the folder and gives its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: "\(self.folder)/\(name)"))
        return "\(self.folder)/\(name)"
    }

    /// The bytes of a file in the folder.
    func read(_ name: String) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(filePath: "\(self.folder)/\(name)")))
    }

    /// The text of a file in the folder.
    func text(_ name: String) throws -> String {
        String(decoding: try self.read(name), as: UTF8.self)
    }

    /// Names of everything in the folder, or one in it, sorted.
    func files(in name: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(self.folder)/\(name)").sorted()
    }

    /// Names of everything in the folder, sorted.
    var files: [String] { get throws { try self.files() } }

    /// Puts a copy of a file or folder in another's place.
    func replace(_ name: String, with other: String) throws {
        let files = FileManager.default
        if files.fileExists(atPath: "\(self.folder)/\(name)") {
            try files.removeItem(atPath: "\(self.folder)/\(name)")
        }
        try files.copyItem(
            atPath: "\(self.folder)/\(other)", toPath: "\(self.folder)/\(name)")
    }

    /// The same scene with a copy of the certificates and the members file, to be changed.
    func withOwnMembers() throws -> Scene {
        let own = "\(self.folder)/members"
        try FileManager.default.copyItem(atPath: self.pki, toPath: own)
        return Scene(folder: self.folder, pki: own)
    }
}
