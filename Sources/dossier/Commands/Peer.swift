import ArgumentParser
import DossierCore
import DossierCrypto

/// `dossier peer`.
struct Peer: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Exchange with other operators what the nodes must know of each other.",
        discussion: """
            What a peer says of itself (address, log, trust anchors, roles) is one file. Compare \
            its fingerprint by another way, such as the telephone, before you trust it.
            """,
        subcommands: [PeerExport.self, PeerAdd.self])
}

/// `dossier peer export`.
struct PeerExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write your organisation's entry and trust anchors into one file.",
        discussion: """
            Prints the SHA-256 fingerprint of the file, to be compared over the telephone by \
            whoever adds it with dossier peer add. There is nothing secret in it.
            """)

    @OptionGroup var members: MemberOptions
    @OptionGroup var organisation: OrganisationOptions

    @Option(help: "File to write to; - for standard output.")
    var out: String

    func run() async throws {
        let settings = try await self.members.settings()
        let (members, anchors) = try self.members.loadAnchored(settings)
        let member = try self.organisation.member(of: members, settings)
        guard member.log.key != nil else {
            throw CommandFailure(
                "\(member.id) has no log.key in the members file: peers could check nothing",
                hint: "dossier pki log makes a key and prints what belongs there")
        }
        let path = try settings.requiredPath("members", option: self.members.members)
        let file = try JSONValue(json: Files.read(path))
        let entry = (file["organisations"] ?? .null).elements.first {
            $0["id"]?.string == member.id
        }
        let text = try PeerFile(
            of: entry ?? .null, trustDomain: members.trustDomain,
            anchors: anchors.certificates[member.id] ?? []
        ).text
        let fingerprint = SHA256.digest(of: Array(text.utf8)).inGroups
        guard self.out != "-" else {
            Terminal.answer(bytes: Array(text.utf8))
            return Terminal.note("SHA-256 fingerprint: \(fingerprint)")
        }
        try Files.write(Array(text.utf8), to: self.out)
        Terminal.answer(fingerprint)
        Terminal.note(
            "\(self.out) is for the operators of the other nodes; the line above is its SHA-256 "
                + "fingerprint, for comparing over the telephone")
    }
}
