import FoundationEssentials
import Glibc

/// Where the demonstration takes place: a folder with certificates, nodes on loopback, and commands
/// that are printed before they run.
struct DemoStage {
    private static let organisations = ["kr", "us", "jp"]
    /// How long a node may take until it shows what another has, in milliseconds.
    private static let patience = 10_000

    let folder: String
    private let ports: [String: Int]
    /// The link from KR's node to JP's, and the one back.
    private let links: [String: DemoLink]

    init(folder: String) throws {
        self.folder = folder
        self.ports = Dictionary(
            uniqueKeysWithValues: zip(
                Self.organisations, try FreePorts.find(Self.organisations.count)))
        self.links = [
            "kr": try DemoLink(to: self.ports["jp"] ?? 0),
            "jp": try DemoLink(to: self.ports["kr"] ?? 0),
        ]
    }

    /// The folder of the certificates and the members file.
    var pki: String { "\(self.folder)/pki" }

    /// The data folder of an organisation's node.
    func data(_ organisation: String) -> String { "\(self.folder)/\(organisation)" }

    /// The address of an organisation's node.
    func address(_ organisation: String) -> String {
        "localhost:\(self.ports[organisation] ?? 0)"
    }

    func say(_ text: String) { Terminal.answer("\n== \(text)") }

    /// Makes certificates and the members file, which names the nodes that are started here only.
    func makeCertificates() throws {
        let arguments = ["pki", "init", "--out", self.pki]
        Terminal.answer("$ dossier \(arguments.joined(separator: " "))")
        try self.wait(ChildProcess(arguments, [:], standardOutput: "/dev/null"), arguments)
        let text = String(decoding: try Files.read(self.members), as: UTF8.self)
        for reader in Self.organisations {
            // KR's node and JP's reach each other over a link that can be cut.
            try self.write(text, to: self.members(of: reader)) { organisation in
                let isFar = ["kr": "jp", "jp": "kr"][reader] == organisation
                return isFar ? self.links[reader]?.port : self.ports[organisation]
            }
        }
        try self.write(text, to: self.members) { self.ports[$0] }
    }

    /// Writes a members file that names the nodes which have a port.
    private func write(
        _ text: String, to path: String, port: (_ organisation: String) -> Int?
    ) throws {
        var organisation = ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).compactMap {
            line -> String? in
            let words = line.split(separator: "\"").map(String.init)
            if words.count > 3, words[1] == "id" { organisation = words[3] }
            guard line.contains("\"node\": {") else { return String(line) }
            return port(organisation).map {
                "      \"node\": { \"address\": \"localhost:\($0)\" },"
            }
        }
        try Files.write(Array(lines.joined(separator: "\n").utf8), to: path)
    }

    /// The members file of people, and that of a node.
    private var members: String { "\(self.pki)/members.json" }
    private func members(of organisation: String) -> String {
        "\(self.pki)/members-\(organisation).json"
    }

    /// Cuts the links between KR's node and JP's, both ways.
    func cutLinks() { for link in self.links.values { link.cut() } }

    /// Starts an organisation's node; what it logs goes into a file.
    func start(_ organisation: String) throws -> DemoNode {
        let portFile = "\(self.folder)/\(organisation).port"
        unlink(portFile)
        let arguments = [
            "serve", "--members", self.members(of: organisation), "--certificate",
            "\(self.pki)/\(organisation)/node.pem", "--key",
            "\(self.pki)/\(organisation)/node.key", "--log-key",
            "\(self.pki)/\(organisation)/log.key", "--data", self.data(organisation), "--listen",
            self.address(organisation), "--port-file", portFile,
        ]
        Terminal.answer("\(organisation)$ dossier \(arguments.joined(separator: " ")) &")
        return try DemoNode(
            ChildProcess(arguments, [:], standardError: "\(self.data(organisation)).log"),
            portFile: portFile)
    }

    func submit(_ arguments: [String]) throws {
        try self.run(["submit"] + arguments, as: "kr", at: "kr")
    }

    func list(as organisation: String, at node: String, _ conditions: [String]) throws {
        try self.run(["list"] + conditions, as: organisation, at: node)
    }

    /// Runs a command as a person of an organisation, at an organisation's node; who and where
    /// stands in the environment.
    func run(
        _ arguments: [String], as organisation: String, at node: String,
        person: String = "analyst", into file: String? = nil
    ) throws {
        let place = organisation == node ? organisation : "\(organisation), at \(node)'s node"
        let target = file.map { " > \($0)" } ?? ""
        Terminal.answer("\(place)$ dossier \(arguments.joined(separator: " "))\(target)")
        let form = file == nil ? Self.form(arguments) : []
        try self.wait(
            ChildProcess(
                arguments + form, self.settings(organisation, node, person),
                standardOutput: file), arguments)
    }

    /// Waits until nodes show a record to their own analysts, or do not any more, and says how long
    /// that took.
    func waitUntil(_ organisations: [String], see: Bool, _ record: String) throws {
        let start = ContinuousClock.now
        for organisation in organisations {
            while try self.sees(organisation, record) != see {
                guard start.duration(to: .now) < .milliseconds(Self.patience) else {
                    throw CommandFailure(
                        "\(organisation)'s node has not followed within \(Self.patience) ms")
                }
            }
            let taken = start.duration(to: .now) / .milliseconds(1)
            Terminal.answer(
                "\(organisation)'s node \(see ? "has it" : "shows it no more") after at most "
                    + "\(Int(taken)) ms")
        }
    }

    private func sees(_ organisation: String, _ record: String) throws -> Bool {
        let output = "\(self.folder)/seen.txt"
        let reference = record.split(separator: "/").last.map(String.init) ?? record
        let child = try ChildProcess(
            ["list", "--reference", reference, "--output", "json"],
            self.settings(organisation, organisation, "analyst"), standardOutput: output,
            standardError: "/dev/null")
        guard child.wait() == 0 else { return false }
        return try !Files.read(output).isEmpty
    }

    private func settings(
        _ organisation: String, _ node: String, _ person: String
    ) -> [String: String] {
        [
            "DOSSIER_MEMBERS": self.members, "DOSSIER_OF": node,
            "DOSSIER_CERTIFICATE": "\(self.pki)/\(organisation)/\(person).pem",
            "DOSSIER_KEY": "\(self.pki)/\(organisation)/\(person).key",
            "DOSSIER_STATE": "\(self.folder)/state/\(organisation)",
        ]
    }

    /// For people, whatever the demonstration's answers are read by.
    private static func form(_ arguments: [String]) -> [String] {
        switch arguments.first {
        case "get": ["--output", "text"]
        case "list", "submit", "history", "sync", "amend", "withdraw": ["--output", "table"]
        case _: []
        }
    }

    private func wait(_ child: ChildProcess, _ arguments: [String]) throws {
        let status = child.wait()
        guard status == 0 else {
            throw CommandFailure("dossier \(arguments[0]) ended with status \(status)")
        }
    }
}

/// A node that runs beside the demonstration.
struct DemoNode {
    /// How long a node may take to start, in milliseconds.
    private static let startLimit = 20_000
    private let process: ChildProcess

    init(_ process: ChildProcess, portFile: String) throws {
        self.process = process
        for _ in 0..<(Self.startLimit / 20) {
            if Files.exists(portFile) { return }
            guard process.isRunning else { break }
            usleep(20_000)
        }
        process.end(SIGKILL)
        throw CommandFailure("the node did not start; its log file says why")
    }

    /// Ends the node with a signal, and waits until it has ended.
    func end(_ signal: Int32) { self.process.end(signal) }
}
