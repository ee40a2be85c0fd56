import DossierAPI
import DossierTestSupport
import Foundation
import Testing

@Suite("Nodes that mirror each other")
struct SyncProcessTests {
    private static func titles(_ outcome: Program.Outcome) throws -> [String] {
        try JSONOutput.objects(outcome).flatMap { object in
            (JSONOutput.value(object, "record", "report", "titles") as? [[String: Any]] ?? [])
                .compactMap { $0["text"] as? String }
        }
    }

    private static func submit(
        _ consortium: Consortium, _ reference: String, title: String = "Title",
        to readers: String = "us,jp"
    ) async throws {
        let outcome = try await consortium.dossier(
            "submit", "-", "--tlp", "green", "--release-to", readers, as: "kr",
            input: JSONInput.record(reference, title: title))
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// Waits until an organisation's own node lists titles of kr's.
    private static func expect(
        _ titles: [String], at reader: String, _ consortium: Consortium,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var last: [String] = []
        try await consortium.eventually(
            "\(titles) at \(reader)", sourceLocation: sourceLocation
        ) {
            let listed = try await consortium.dossier(
                "list", "--originator", "kr", "--output", "json", as: reader)
            #expect(listed.status == 0, "\(listed.errors)")
            last = try Self.titles(listed)
            return last == titles
        }
        #expect(last == titles, sourceLocation: sourceLocation)
    }

    @Test("what kr submits, amends, restricts and withdraws is seen so at us and jp, and not at de")
    func versions() async throws {
        try await Consortium.with(["kr", "us", "jp", "de"]) { consortium in
            try await Self.submit(consortium, "S-1", title: "First")
            for reader in ["us", "jp"] {
                try await Self.expect(["First"], at: reader, consortium)
                // That it is proven by kr's log, though kr's node was not asked.
                let got = try await consortium.dossier(
                    "get", "kr/S-1", "--output", "json", as: reader)
                #expect(got.status == 0, "\(got.errors)")
                let record = try #require(try JSONOutput.objects(got).first)
                #expect(record["logOrigin"] as? String == "msmt.example/dossier/kr/1")
                #expect((record["heardAt"] as? String)?.hasSuffix("Z") == true, "\(got.text)")
                let exported = try await consortium.dossier(
                    "export", "proof", "kr/S-1", "--out", "\(reader).proof", as: reader)
                #expect(exported.status == 0, "\(exported.errors)")
                let verified = try await consortium.dossier(
                    "verify", "\(reader).proof", as: reader)
                #expect(verified.status == 0, "\(verified.errors)")
            }
            let own = try await consortium.dossier("get", "kr/S-1", "--output", "json", as: "kr")
            #expect(try JSONOutput.objects(own).first?["heardAt"] == nil)

            let de = try await consortium.status("de", of: "kr")
            #expect(de.mirrored == de.hashOnly)
            try await Self.expect([], at: "de", consortium)
            try await consortium.eventually("de has kr's hash") {
                try await consortium.status("de", of: "kr").hashOnly == 1
            }
            let hidden = try await consortium.dossier("get", "kr/S-1", as: "de")
            #expect(hidden.status == 1 && hidden.output.isEmpty, "\(hidden.errors)")

            let amended = try await consortium.dossier(
                "amend", "S-1", "-", as: "kr", input: JSONInput.record("S-1", title: "Second"))
            #expect(amended.status == 0, "\(amended.errors)")
            for reader in ["us", "jp"] { try await Self.expect(["Second"], at: reader, consortium) }

            try await Self.submit(consortium, "S-2", title: "Other")
            for reader in ["us", "jp"] {
                try await Self.expect(["Second", "Other"], at: reader, consortium)
            }
            let restricted = try await consortium.dossier(
                "restrict", "S-1", "--release-to", "us", "--reason", "source at risk", as: "kr")
            #expect(restricted.status == 0, "\(restricted.errors)")
            try await Self.expect(["Other"], at: "jp", consortium)
            try await Self.expect(["Second", "Other"], at: "us", consortium)

            let withdrawn = try await consortium.dossier(
                "withdraw", "S-2", "--reason", "false", as: "kr")
            #expect(withdrawn.status == 0, "\(withdrawn.errors)")
            try await Self.expect([], at: "jp", consortium)
            try await Self.expect(["Second"], at: "us", consortium)
            try await Self.expect([], at: "de", consortium)
        }
    }

    @Test("status tells how each mirror stands; paused nothing comes, once and resumed it does")
    func commands() async throws {
        try await Consortium.with(["kr", "us", "jp"]) { consortium in
            try await Self.submit(consortium, "S-1", title: "First")
            try await Self.expect(["First"], at: "us", consortium)
            let table = try await consortium.dossier(
                "sync", "status", "--output", "table", as: "us", "operator")
            #expect(table.status == 0, "\(table.errors)")
            #expect(table.lines.first?.hasPrefix("PEER") == true)
            // All other members, whether or not their nodes were ever heard of.
            #expect(table.lines.count == 11, "\(table.text)")
            #expect(table.lines.contains { $0.hasPrefix("kr") && $0.contains("following") })
            let json = try await consortium.dossier(
                "sync", "status", "--output", "json", as: "us", "operator")
            let kr = try #require(
                try JSONOutput.objects(json).first { $0["organisation"] as? String == "kr" })
            #expect(kr["mirrored"] as? String == "1" && kr["known"] as? String == "1", "\(kr)")
            #expect(kr["state"] as? String == "SYNC_STATE_FOLLOWING", "\(kr)")
            #expect(kr["heardAt"] as? String != nil && kr["error"] == nil, "\(kr)")
            let port = try consortium.proxy("us", "kr").port
            #expect(kr["address"] as? String == "127.0.0.1:\(port)")

            for arguments in [["pause"], ["resume"], ["once"]] {
                let analyst = try await consortium.program("us").run(["sync"] + arguments)
                #expect(analyst.status == 1, "\(arguments) \(analyst.errors)")
            }
            let unknown = try await consortium.dossier("sync", "pause", "xx", as: "us", "operator")
            #expect(unknown.status == 1 && unknown.errors.contains("xx"), "\(unknown.errors)")

            let paused = try await consortium.dossier(
                "sync", "pause", "kr", "--output", "json", as: "us", "operator")
            #expect(paused.status == 0, "\(paused.errors)")
            try await consortium.eventually("paused") {
                try await consortium.status("us", of: "kr").state == .paused
            }
            try await Self.submit(consortium, "S-2", title: "Second")
            // Those that are not paused have it by the time that us is asked.
            try await Self.expect(["First", "Second"], at: "jp", consortium)
            try await Self.expect(["First"], at: "us", consortium)
            #expect(try await consortium.status("us", of: "kr").mirrored == 1)

            let once = try await consortium.dossier(
                "sync", "once", "kr", "--output", "json", as: "us", "operator")
            #expect(once.status == 0, "\(once.errors)")
            #expect(try JSONOutput.objects(once).first?["mirrored"] as? String == "2")
            try await Self.expect(["First", "Second"], at: "us", consortium)
            #expect(try await consortium.status("us", of: "kr").state == .paused)

            try await Self.submit(consortium, "S-3", title: "Third")
            try await Self.expect(["First", "Second", "Third"], at: "jp", consortium)
            #expect(try await consortium.status("us", of: "kr").mirrored == 2)
            let resumed = try await consortium.dossier(
                "sync", "resume", "--output", "json", as: "us", "operator")
            #expect(resumed.status == 0, "\(resumed.errors)")
            try await Self.expect(["First", "Second", "Third"], at: "us", consortium)

            await consortium.stop("kr", SIGKILL)
            let failed = try await consortium.dossier("sync", "once", "kr", as: "us", "operator")
            #expect(failed.status == 1)
            #expect(
                failed.errors.contains("kr: ") && failed.errors.contains("address"),
                "\(failed.errors)")
            // What is there is still answered, and says how old it is.
            try await Self.expect(["First", "Second", "Third"], at: "us", consortium)
        }
    }

    @Test(
        "a notice of a version that was never mirrored is shown as the originator's node shows it")
    func noticeAlone() async throws {
        try await Consortium.with(["kr", "us"]) { consortium in
            let paused = try await consortium.dossier("sync", "pause", as: "us", "operator")
            #expect(paused.status == 0, "\(paused.errors)")
            try await consortium.connected(as: "kr") { client in
                var finding = FindingDraft("S-1", of: "kr", to: ["us", "jp"])
                try await client.submit([finding.newest])
                try finding.restrict(to: ["jp"])
                try await client.submit([finding.newest])
            }
            let once = try await consortium.dossier("sync", "once", as: "us", "operator")
            #expect(once.status == 0, "\(once.errors)")
            let arguments = ["list", "--all-versions", "--originator", "kr", "--output", "json"]
            let there = try await consortium.program("us", at: "kr").run(arguments)
            let here = try await consortium.program("us").run(arguments)
            func records(_ outcome: Program.Outcome) throws -> [String] {
                try JSONOutput.objects(outcome).map {
                    "\($0["recordId"] ?? "") \($0["standing"] ?? "")"
                }
            }
            #expect(try records(there).count == 1, "\(there.text)")
            #expect(try records(here) == records(there), "\(here.text)")
        }
    }
}
