import ArgumentParser
import DossierCrypto
import FoundationEssentials
import Glibc

/// `dossier demo`.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the main job from end to end, with the sample data.",
        discussion: """
            Makes certificates and a node of one organisation on this machine, submits the sample \
            data as its analyst, and retrieves it as analysts of two others. Every step is a \
            command that is printed before it runs.
            """)

    @Option(help: "Folder to work in; it must not be there yet.")
    var folder = "dossier-demo"

    func run() async throws {
        guard !Files.exists(self.folder) else {
            throw CommandFailure(
                "\(self.folder) is there already", hint: "remove it, or give --folder")
        }
        try FileManager.default.createDirectory(
            atPath: self.folder, withIntermediateDirectories: true)
        try Files.write(SampleData.incidents, to: "\(self.folder)/incidents.csv")
        try Files.write(SampleData.itWorkers, to: "\(self.folder)/itworkers.csv")
        try DemoStory(folder: self.folder).tell()
    }
}

/// The steps of the demonstration.
struct DemoStory {
    private let folder: String
    private let pki: String

    init(folder: String) {
        self.folder = folder
        self.pki = "\(folder)/pki"
    }

    /// Runs all steps.
    func tell() throws {
        self.say("Development certificates for the eleven participating states")
        try self.makeCertificates()
        self.say("KR's node starts")
        let node = try self.startNode()
        defer { node.end(SIGKILL) }
        try self.submitAll(to: node)
        try self.retrieve(from: node)
        try self.prove(with: node)

        self.say("The node is killed (SIGKILL) and started again: what was acknowledged is there")
        node.end(SIGKILL)
        let again = try self.startNode()
        defer { again.end(SIGKILL) }
        try self.list(as: "us", again, ["--victim", "bybit"])
        self.say("Everything that the node keeps is read and checked again, while it runs")
        try self.run(
            ["audit", "--data", "\(self.folder)/kr", "--organisation", "kr"], as: "kr", again)
        again.end(SIGTERM)
        self.say("How to go on by hand")
        self.explain()
    }

    private func makeCertificates() throws {
        let arguments = ["pki", "init", "--out", self.pki]
        Terminal.answer("$ dossier \(arguments.joined(separator: " "))")
        try self.wait(ChildProcess(arguments, [:], standardOutput: "/dev/null"), arguments)
    }

    private func submitAll(to node: DemoNode) throws {
        let thefts = [
            "\(self.folder)/incidents.csv", "--mapping", "incidents", "--release-to", "all",
        ]
        self.say("KR submits 45 thefts, released to all members, and keeps the receipt")
        try self.submit(node, thefts + ["--receipt", self.receipt])
        self.say("KR submits figures on IT workers, released to US and JP only")
        try self.submit(
            node,
            [
                "\(self.folder)/itworkers.csv", "--mapping", "itworkers", "--release-to", "us,jp",
            ])
        self.say("The same file again adds nothing")
        try self.submit(node, thefts + ["--quiet"])
    }

    private func retrieve(from node: DemoNode) throws {
        self.say("US sees what KR released to it: thefts of February 2025, and the IT workers")
        try self.list(as: "us", node, ["--occurred-from", "2025-02", "--occurred-to", "2025-02"])
        try self.list(as: "us", node, ["--kind", "it-worker-deployment"])
        self.say("DE sees the thefts; of the IT workers nothing, not even that they exist")
        try self.list(as: "de", node, ["--occurred-from", "2025-02", "--occurred-to", "2025-02"])
        try self.list(as: "de", node, ["--kind", "it-worker-deployment"])
        self.say("One record with every field, checked against KR's signature")
        try self.run(["get", "kr/\(Self.bybit)"], as: "us", node)
    }

    private func prove(with node: DemoNode) throws {
        let record = "\(self.folder)/record.bin"
        let proof = "\(self.folder)/proof.txt"
        self.say("KR's receipt proves that the record is in the log; checking it needs no node")
        Terminal.answer("us$ dossier get kr/\(Self.bybit) --output bytes > \(record)")
        try self.wait(
            ChildProcess(
                ["get", "kr/\(Self.bybit)", "--output", "bytes"], self.settings("us", node),
                standardOutput: record), ["get"])
        try self.run(["verify", self.receipt, "--record", record], as: "us", node)
        self.say("One file that proves who said it, when, and that it was logged")
        try self.run(["export", "proof", "kr/\(Self.bybit)", "--out", proof], as: "us", node)
        try self.run(["verify", proof], as: "us", node)
        self.say("The log's checkpoint, as any C2SP tool reads it")
        try self.run(["log", "checkpoint"], as: "us", node)
    }

    private var receipt: String { "\(self.folder)/receipt.txt" }

    /// The originator's number for the theft from Bybit in the sample data.
    private static let bybit = "THEFT-2025-02-21-Bybit"

    private func explain() {
        let connection = "--members \(self.pki)/members.json"
        Terminal.answer(
            """
            PATH=$PWD/.build/debug:$PATH
            # in one terminal
            dossier serve \(connection) --data \(self.folder)/kr \\
                --certificate \(self.pki)/kr/node.pem --key \(self.pki)/kr/node.key \\
                --log-key \(self.pki)/kr/log.key
            # in another
            dossier list \(connection) --of kr --output table \\
                --certificate \(self.pki)/us/analyst.pem --key \(self.pki)/us/analyst.key
            """)
    }
}

// MARK: - Commands

extension DemoStory {
    private func submit(_ node: DemoNode, _ arguments: [String]) throws {
        try self.run(["submit"] + arguments, as: "kr", node)
    }

    private func list(as organisation: String, _ node: DemoNode, _ conditions: [String]) throws {
        try self.run(["list"] + conditions, as: organisation, node)
    }

    private func say(_ text: String) {
        Terminal.answer("\n== \(text)")
    }

    /// Runs a command as an organisation's analyst; who that is stands in the environment.
    private func run(_ arguments: [String], as organisation: String, _ node: DemoNode) throws {
        Terminal.answer("\(organisation)$ dossier \(arguments.joined(separator: " "))")
        try self.wait(
            ChildProcess(arguments + Self.form(arguments), self.settings(organisation, node)),
            arguments)
    }

    private func settings(_ organisation: String, _ node: DemoNode) -> [String: String] {
        [
            "DOSSIER_MEMBERS": "\(self.pki)/members.json",
            "DOSSIER_NODE": "localhost:\(node.port)", "DOSSIER_OF": "kr",
            "DOSSIER_CERTIFICATE": "\(self.pki)/\(organisation)/analyst.pem",
            "DOSSIER_KEY": "\(self.pki)/\(organisation)/analyst.key",
            "DOSSIER_STATE": "\(self.folder)/state/\(organisation)",
        ]
    }

    /// For people, whatever the demonstration's answers are read by.
    private static func form(_ arguments: [String]) -> [String] {
        switch arguments.first {
        case "get": ["--output", "text"]
        case "list", "submit": ["--output", "table"]
        case _: []
        }
    }

    private func wait(_ child: ChildProcess, _ arguments: [String]) throws {
        let status = child.wait()
        guard status == 0 else {
            throw CommandFailure("dossier \(arguments[0]) ended with status \(status)")
        }
    }

    private func startNode() throws -> DemoNode {
        let portFile = "\(self.folder)/port"
        unlink(portFile)
        let arguments = [
            "serve", "--members", "\(self.pki)/members.json", "--certificate",
            "\(self.pki)/kr/node.pem", "--key", "\(self.pki)/kr/node.key", "--log-key",
            "\(self.pki)/kr/log.key", "--data",
            "\(self.folder)/kr", "--listen", "localhost:0", "--port-file", portFile,
        ]
        Terminal.answer("kr$ dossier \(arguments.joined(separator: " ")) &")
        return try DemoNode(ChildProcess(arguments, [:]), portFile: portFile)
    }
}

/// A node that runs beside the demonstration.
struct DemoNode {
    /// How long a node may take to start, in milliseconds.
    private static let startLimit = 20_000
    private let process: ChildProcess
    /// The port it listens on.
    let port: Int

    init(_ process: ChildProcess, portFile: String) throws {
        self.process = process
        for _ in 0..<(Self.startLimit / 20) {
            if Files.exists(portFile),
                let text = try? Files.read(portFile),
                let port = Int(String(decoding: text.dropLast(), as: UTF8.self))
            {
                self.port = port
                return
            }
            guard process.isRunning else { break }
            usleep(20_000)
        }
        process.end(SIGKILL)
        throw CommandFailure("the node did not start")
    }

    /// Ends the node with a signal, and waits until it has ended.
    func end(_ signal: Int32) {
        self.process.end(signal)
    }
}
