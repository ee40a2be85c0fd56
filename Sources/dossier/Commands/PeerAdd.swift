import ArgumentParser
import DossierCore
import DossierCrypto

/// `dossier peer add`.
struct PeerAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Take another organisation's file into your members file.",
        discussion: """
            Shows what it says (address, log and its keys, trust anchors, keys that were revoked, \
            and who of its people and services has which role), with the fingerprints to compare \
            over the telephone, and writes the trust anchors to ORGANISATION/ca.pem beside the \
            members file and the entry into it; everything else in the members file stays as it \
            is. A running node reads the members file when it starts.
            """)

    @OptionGroup var members: MemberOptions

    @Argument(help: "File that dossier peer export has written; - for standard input.")
    var file: String

    @Flag(
        help: """
            Replace what the members file says of the organisation, and its trust anchors, also \
            when their file is missing.
            """)
    var replace = false

    @Flag(help: "Only check the file and show what it says.")
    var dryRun = false

    func run() async throws {
        let settings = try await self.members.settings()
        let path = try settings.requiredPath("members", option: self.members.members)
        let bytes = try Files.read(self.file)
        guard !self.dryRun else { return try self.add(bytes, to: path) }
        // Whoever adds another peer meanwhile must find this one in the file.
        try Files.withLock(on: "\(path).lock") { try self.add(bytes, to: path) }
    }

    private func add(_ bytes: [UInt8], to path: String) throws {
        let addition = try PeerAddition(
            PeerFile(path: self.file, bytes), named: self.file, toMembersFile: path)
        for line in addition.lines(fingerprint: SHA256.digest(of: bytes)) {
            Terminal.answer(line.escapedForTerminal)
        }
        guard try addition.isNeeded(replacing: self.replace) else {
            return Terminal.note("\(path) says all of it already")
        }
        guard !self.dryRun else { return Terminal.note("nothing was written (--dry-run)") }
        try addition.write()
        Terminal.note("\(addition.peer.id) is in \(path)")
        Terminal.hint("running nodes read the members file at their start: start yours again")
    }
}
