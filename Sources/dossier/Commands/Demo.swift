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
        self.say("Certificates for the eleven participating states (development only)")
        try self.run(["pki", "init", "--out", self.pki], quietly: true)

        self.say("The node of KR starts")
        let node = try self.startNode()
        defer { node.end(SIGKILL) }
        try self.submit(to: node)
        try self.retrieve(from: node)

        self.say("The node is killed (SIGKILL) and started again: nothing acknowledged is lost")
        node.end(SIGKILL)
        let again = try self.startNode()
        defer { again.end(SIGKILL) }
        try self.run(self.list(as: "us", again, ["--reference", DemoStory.bybit]))
        again.end(SIGTERM)
        self.say("How to go on by hand")
        self.explain()
    }

    /// The originator's number for the theft from Bybit in the sample data.
    private static let bybit = "THEFT-2025-02-21-Bybit"

    private func submit(to node: DemoNode) throws {
        self.say("KR submits 45 thefts to all members, and figures on IT workers to US and JP only")
        try self.run(
            self.command(
                "submit", as: "kr", node,
                [
                    "\(self.folder)/incidents.csv", "--mapping", "incidents", "--release-to", "all",
                    "--tlp", "green", "--output", "table",
                ]))
        try self.run(
            self.command(
                "submit", as: "kr", node,
                [
                    "\(self.folder)/itworkers.csv", "--mapping", "itworkers", "--release-to",
                    "us,jp", "--tlp", "amber", "--output", "table",
                ]))
        self.say("The same file again adds nothing")
        try self.run(
            self.command(
                "submit", as: "kr", node,
                [
                    "\(self.folder)/incidents.csv", "--mapping", "incidents", "--release-to", "all",
                    "--tlp", "green", "--output", "json",
                ]), quietly: true)
    }

    private func retrieve(from node: DemoNode) throws {
        self.say("US sees what KR released to it: the thefts of February 2025, the IT workers")
        try self.run(
            self.list(as: "us", node, ["--occurred-from", "2025-02", "--occurred-to", "2025-02"]))
        try self.run(self.list(as: "us", node, ["--kind", "it-worker-deployment"]))
        self.say("DE sees the thefts, but of the IT workers nothing, not even that they exist")
        try self.run(self.list(as: "de", node, ["--victim", "bybit"]))
        try self.run(self.list(as: "de", node, ["--kind", "it-worker-deployment"]))
        self.say("One record, every field, checked against KR's signature")
        try self.run(
            self.command("get", as: "us", node, ["kr/\(Self.bybit)", "--output", "text"]))
    }

    private func explain() {
        let connection = "--members \(self.pki)/members.json"
        Terminal.answer(
            """
            # in one terminal
            dossier serve \(connection) --data \(self.folder)/kr \\
                --certificate \(self.pki)/kr/node.pem --key \(self.pki)/kr/node.key
            # in another
            dossier list \(connection) --of kr \\
                --certificate \(self.pki)/us/analyst.pem --key \(self.pki)/us/analyst.key
            """)
    }
}

// MARK: - Commands

extension DemoStory {
    private func list(as organisation: String, _ node: DemoNode, _ conditions: [String]) -> [String]
    {
        self.command("list", as: organisation, node, conditions + ["--output", "table"])
    }

    private func command(
        _ verb: String, as organisation: String, _ node: DemoNode, _ arguments: [String]
    ) -> [String] {
        [verb] + arguments
            + [
                "--members", "\(self.pki)/members.json", "--of", "kr", "--node",
                "localhost:\(node.port)", "--certificate",
                "\(self.pki)/\(organisation)/analyst.pem", "--key",
                "\(self.pki)/\(organisation)/analyst.key",
            ]
    }

    private func say(_ text: String) {
        Terminal.answer("\n== \(text)")
    }

    private func run(_ arguments: [String], quietly: Bool = false) throws {
        Terminal.answer("$ dossier \(arguments.joined(separator: " "))")
        let child = try ChildProcess(arguments, standardOutput: quietly ? "/dev/null" : nil)
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
            "\(self.pki)/kr/node.pem", "--key", "\(self.pki)/kr/node.key", "--data",
            "\(self.folder)/kr", "--listen", "localhost:0", "--port-file", portFile,
        ]
        Terminal.answer("$ dossier \(arguments.joined(separator: " ")) &")
        return try DemoNode(ChildProcess(arguments), portFile: portFile)
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
