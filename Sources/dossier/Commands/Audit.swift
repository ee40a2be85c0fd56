import ArgumentParser
import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import FoundationEssentials
import Logging
import MerkleLog
import Synchronization

/// `dossier audit`.
struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check everything that a node keeps, and say where anything is wrong.",
        discussion: """
            Reads every byte of the log's segments, hashes and checkpoints, hashes and verifies them \
            again, and compares the catalog with the log. The node may be running. Nothing is \
            changed. Prints one line a finding; exit status 2 when there is any.
            """)

    @OptionGroup var members: MemberOptions
    @OptionGroup var organisation: OrganisationOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Folder of the node's log and catalog.")
    var data: String?

    @Option(help: "Audit the node's mirror of this organisation's log instead of its own log.")
    var mirror: String?

    @Option(help: "Folder of the newest checkpoint (default: the data folder's name and .guard).")
    var `guard`: String?

    @Option(
        help: """
            File to keep the place in: an audit that was interrupted goes on where it says. Removed \
            at the end.
            """)
    var resume: String?

    @Option(help: "Threads that read and hash (default: one a processor).")
    var threads: Int?

    func validate() throws {
        guard self.threads.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--threads must be at least 1")
        }
    }

    func run() async throws {
        let settings = try await self.members.settings()
        let bar = Mutex(Optional<ProgressBar>.none)
        let clock = ContinuousClock()
        let start = clock.now
        let report = try await DossierStore.Audit(self.configuration(settings)).run { done, total in
            bar.withLock { bar in
                if bar == nil { bar = ProgressBar("auditing", total: Int(clamping: total)) }
                bar?.update(Int(clamping: done))
            }
        }
        bar.withLock { $0?.finish() }
        AuditPrinter(self.output.form).print(report, seconds: (clock.now - start) / .seconds(1))
        if !report.findings.isEmpty { throw ExitCode(ExitStatus.verificationFailed.rawValue) }
    }

    private func configuration(_ settings: Settings) throws -> AuditConfiguration {
        let (members, anchors) = try self.members.loadAnchored(settings)
        let member = try self.member(of: members, settings)
        guard member.log.key != nil else {
            throw CommandFailure(
                "the members file has no key of log \(member.logOrigin)",
                hint: "put the verifier key that `dossier pki log` printed into log.key")
        }
        let data = try settings.requiredPath("data", option: self.data)
        let isMirror = self.mirror != nil
        let logger = Log.logger(level: .warning)
        let store =
            isMirror
            ? StoreConfiguration(mirrorOf: member.log, below: data, logger: logger)
            : StoreConfiguration(directory: data, log: member.log, logger: logger)
        let guardFolder =
            isMirror ? nil : try GuardFolder.path(settings, option: self.guard, data: data)
        return AuditConfiguration(
            store: store, guardDirectory: guardFolder,
            threadCount: self.threads ?? ProcessInfo.processInfo.activeProcessorCount,
            progressFile: self.resume,
            judge: Self.judge(RecordJudge(members: members, anchors: anchors), log: member.log))
    }

    /// Whose log is audited.
    private func member(of members: Members, _ settings: Settings) throws -> Members.Organisation {
        guard let mirror = self.mirror else {
            return try self.organisation.member(of: members, settings)
        }
        guard let member = members[mirror] else {
            throw CommandFailure("\(mirror) is not in the members file", status: .usage)
        }
        return member
    }

    /// Verifies attestations as the node did when it took them.
    private static func judge(
        _ judge: RecordJudge, log: LogIdentity
    ) -> AuditConfiguration.AttestationJudge {
        { (encoded, lastLeaf) throws(VerificationError) in
            let attestation: Attestation
            do { attestation = try Attestation(decoding: encoded) } catch {
                throw VerificationError(
                    code: .ambiguousForm, message: "it is no attestation", cause: error)
            }
            let batch = try judge.verify(attestation).batch
            try judge.requireOrigin(batch.logOrigin, is: log)
            try judge.requireGood(batch, at: lastLeaf)
            return batch
        }
    }
}

/// Prints what an audit found.
private struct AuditPrinter {
    private let form: OutputOptions.Form

    init(_ form: OutputOptions.Form) { self.form = form }

    func print(_ report: AuditReport, seconds: Double) {
        switch self.form {
        case .table: self.printTable(report.findings)
        case .json: for finding in report.findings { Terminal.answer(Self.json(finding)) }
        }
        if report.omittedFindings > 0 {
            Terminal.warning("\(report.omittedFindings) more findings are not shown")
        }
        for note in report.notes { Terminal.note(note.escapedForTerminal) }
        Terminal.note(Self.summary(report, seconds))
    }

    private func printTable(_ findings: [AuditFinding]) {
        guard !findings.isEmpty else { return }
        var table = Table(["FILE", "OFFSET", "TABLE", "LEAF", "WHAT"])
        for finding in findings {
            table.add([
                finding.file, finding.offset.map { "\($0)" } ?? "-", finding.table ?? "-",
                finding.leaf.map { "\($0)" } ?? "-", finding.what,
            ])
        }
        // Not cut to the terminal's width: what is wrong stands at the end.
        for line in table.lines(width: nil) { Terminal.answer(line) }
    }

    private static func json(_ finding: AuditFinding) -> String {
        var fields = ["\"file\":\(ProtoJSON.string(finding.file))"]
        if let offset = finding.offset { fields.append("\"offset\":\(offset)") }
        if let table = finding.table { fields.append("\"table\":\(ProtoJSON.string(table))") }
        if let leaf = finding.leaf { fields.append("\"leaf\":\"\(leaf)\"") }
        fields.append("\"what\":\(ProtoJSON.string(finding.what))")
        return "{\(fields.joined(separator: ","))}"
    }

    private static func summary(_ report: AuditReport, _ seconds: Double) -> String {
        let counts = report.counts
        let findings = report.findings.count + report.omittedFindings
        let rate = Int(Double(counts.records) / max(seconds, 0.001))
        let read = [
            self.count(counts.records, "record"), self.count(counts.segments, "segment"),
            self.count(counts.attestations, "attestation"),
            self.count(counts.hashes, "hash", "hashes"),
            self.count(counts.checkpoints, "checkpoint"),
            self.count(counts.catalogRecords, "record") + " of the catalog",
        ]
        return "\(self.count(findings, "finding")) in \(read.joined(separator: ", ")): "
            + "\((seconds * 10).rounded() / 10) s, \(rate) records/s"
    }

    private static func count(_ count: Int, _ one: String, _ many: String? = nil) -> String {
        "\(count) \(count == 1 ? one : many ?? "\(one)s")"
    }
}
