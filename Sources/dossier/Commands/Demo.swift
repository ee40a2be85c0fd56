import ArgumentParser
import FoundationEssentials
import Glibc

/// `dossier demo`.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the main job from end to end, with the sample data.",
        discussion: """
            Makes certificates and the nodes of three organisations on this machine, submits the \
            sample data as an analyst of one, and retrieves it as analysts of others, at that node \
            and at their own. Every step is a command that is printed before it runs.
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
        try DemoStory(stage: DemoStage(folder: self.folder)).tell()
    }
}

/// The steps of the demonstration.
struct DemoStory {
    private let stage: DemoStage

    init(stage: DemoStage) { self.stage = stage }

    private var folder: String { self.stage.folder }
    private var receipt: String { "\(self.folder)/receipt.txt" }

    /// The originator's number for the theft from Bybit in the sample data.
    private static let bybit = "THEFT-2025-02-21-Bybit"

    /// Runs all steps.
    func tell() throws {
        self.stage.say("Development certificates for the eleven participating states")
        try self.stage.makeCertificates()
        self.stage.say("KR, US and JP each start a node; they find each other in the members file")
        var kr = try self.stage.start("kr")
        defer { kr.end(SIGKILL) }
        let others = [try self.stage.start("us"), try self.stage.start("jp")]
        defer { for node in others { node.end(SIGKILL) } }
        try self.submitAll()
        try self.retrieve()
        try self.prove()
        try self.sync()
        try self.relay()

        self.stage.say(
            "KR's node is killed (SIGKILL) and started again: what was acknowledged is there")
        kr.end(SIGKILL)
        kr = try self.stage.start("kr")
        try self.stage.list(as: "us", at: "kr", ["--victim", "bybit"])
        self.stage.say(
            "Everything that the node keeps is read and checked again, while it runs")
        try self.stage.run(
            ["audit", "--data", self.stage.data("kr"), "--organisation", "kr"], as: "kr", at: "kr")
        for node in [kr] + others { node.end(SIGTERM) }
        self.stage.say("How to go on by hand")
        self.explain()
    }

    private func submitAll() throws {
        let thefts = [
            "\(self.folder)/incidents.csv", "--mapping", "incidents", "--release-to", "all",
        ]
        self.stage.say("KR submits 45 thefts, released to all members, and keeps the receipt")
        try self.stage.submit(thefts + ["--receipt", self.receipt])
        self.stage.say("KR submits figures on IT workers, released to US and JP only")
        try self.stage.submit([
            "\(self.folder)/itworkers.csv", "--mapping", "itworkers", "--release-to", "us,jp",
        ])
        self.stage.say("The same file again adds nothing")
        try self.stage.submit(thefts + ["--quiet"])
    }

    private func retrieve() throws {
        let february = ["--occurred-from", "2025-02", "--occurred-to", "2025-02"]
        self.stage.say(
            "US sees what KR released to it: thefts of February 2025, and the IT workers")
        try self.stage.list(as: "us", at: "kr", february)
        try self.stage.list(as: "us", at: "kr", ["--kind", "it-worker-deployment"])
        self.stage.say(
            "DE sees the thefts; of the IT workers nothing, not even that they exist")
        try self.stage.list(as: "de", at: "kr", february)
        try self.stage.list(as: "de", at: "kr", ["--kind", "it-worker-deployment"])
        self.stage.say("One record with every field, checked against KR's signature")
        try self.stage.run(["get", "kr/\(Self.bybit)"], as: "us", at: "kr")
    }

    private func prove() throws {
        let record = "\(self.folder)/record.bin"
        let proof = "\(self.folder)/proof.txt"
        self.stage.say(
            "KR's receipt proves that the record is in the log; checking it needs no node")
        try self.stage.run(
            ["get", "kr/\(Self.bybit)", "--output", "bytes"], as: "us", at: "kr", into: record)
        try self.stage.run(["verify", self.receipt, "--record", record], as: "us", at: "kr")
        self.stage.say("One file that proves who said it, when, and that it was logged")
        try self.stage.run(
            ["export", "proof", "kr/\(Self.bybit)", "--out", proof], as: "us", at: "kr")
        try self.stage.run(["verify", proof], as: "us", at: "kr")
        self.stage.say("The log's checkpoint, as any C2SP tool reads it")
        try self.stage.run(["log", "checkpoint"], as: "us", at: "kr")
    }

    private func sync() throws {
        self.stage.say(
            "The nodes keep each other in sync by themselves: KR submits one more record")
        let reference = "DEMO-2026-1"
        try Files.write(
            Array(Self.finding(reference, "Estimate of the thefts of 2026").utf8),
            to: "\(self.folder)/finding.json")
        try self.stage.submit(["\(self.folder)/finding.json", "--release-to", "us,jp"])
        try self.stage.waitUntil(["us", "jp"], see: true, "kr/\(reference)")
        self.stage.say("US reads it at its own node, which proves it by KR's checkpoint")
        try self.stage.run(["get", "kr/\(reference)"], as: "us", at: "us")
        self.stage.say("DE was not named: at US's node there is nothing for it")
        try self.stage.list(as: "de", at: "us", ["--reference", reference])
        self.stage.say("KR amends it, then withdraws it: it is gone everywhere, and says why")
        try Files.write(
            Array(Self.finding(reference, "Estimate of the thefts of 2026, corrected").utf8),
            to: "\(self.folder)/finding.json")
        try self.stage.run(
            ["amend", reference, "\(self.folder)/finding.json"], as: "kr", at: "kr")
        try self.stage.run(
            ["withdraw", reference, "--reason", "Rests on a source that was retracted"], as: "kr",
            at: "kr")
        try self.stage.waitUntil(["us", "jp"], see: false, "kr/\(reference)")
        try self.stage.list(as: "jp", at: "jp", ["--reference", reference])
        try self.stage.run(["history", "kr/\(reference)"], as: "jp", at: "jp")
        self.stage.say("How sync stands at US, as its operator sees it")
        try self.stage.run(["sync", "status"], as: "us", at: "us", person: "operator")
    }

    private func relay() throws {
        let reference = "DEMO-2026-2"
        let record = "kr/\(reference)"
        self.stage.say(
            "The direct link between KR and JP is cut; KR submits a record for both others")
        self.stage.cutLinks()
        try Files.write(
            Array(Self.finding(reference, "Wallets of one laundering route").utf8),
            to: "\(self.folder)/relayed.json")
        try self.stage.submit(["\(self.folder)/relayed.json", "--release-to", "us,jp"])
        try self.stage.waitUntil(["jp"], see: true, record)
        self.stage.say("It came by US, and is proven by KR's signature and checkpoint all the same")
        try self.stage.run(["get", record], as: "jp", at: "jp")
        self.stage.say("KR withdraws it: that comes the same way")
        try self.stage.run(
            ["withdraw", reference, "--reason", "Rests on a source that was retracted"], as: "kr",
            at: "kr")
        try self.stage.waitUntil(["jp"], see: false, record)
        try self.stage.run(["history", record], as: "jp", at: "jp")
        self.stage.say("JP's operator sees from where each log comes, and what is wrong")
        try self.stage.run(["sync", "status"], as: "jp", at: "jp", person: "operator")
    }

    private static func finding(_ reference: String, _ title: String) -> String {
        """
        {"header": {"reference": "\(reference)", "marking": {"tlp": "TLP_AMBER"}},
         "report": {"titles": [{"text": "\(title)", "language": "en"}]},
         "assessment": {"metric": {"text": "value stolen", "language": "en"},
                        "population": {"text": "crypto exchanges", "language": "en"}}}
        """
    }

    private func explain() {
        let members = "--members \(self.stage.pki)/members.json"
        Terminal.answer(
            """
            PATH=$PWD/.build/debug:$PATH
            # in one terminal
            dossier serve \(members) --data \(self.folder)/kr --listen \(self.stage.address("kr")) \\
                --certificate \(self.stage.pki)/kr/node.pem --key \(self.stage.pki)/kr/node.key \\
                --log-key \(self.stage.pki)/kr/log.key
            # in another
            dossier list \(members) --of kr --output table \\
                --certificate \(self.stage.pki)/us/analyst.pem --key \(self.stage.pki)/us/analyst.key
            """)
    }
}
