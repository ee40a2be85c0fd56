import ArgumentParser
import DossierClient
import DossierCore
import DossierCrypto
import Glibc

/// Where records come from, and what the client adds to them.
struct InputOptions: ParsableArguments {
    @Argument(help: "Files with records; - for standard input.")
    var files: [String]

    @OptionGroup var form: FormOptions
    @OptionGroup var marking: MarkingOptions
    @OptionGroup var salt: SaltOptions

    func validate() throws {
        if self.files.isEmpty { throw ValidationError("name at least one file, or - ") }
    }

    /// Reads all input.
    func items() throws -> (items: [InputItem], refused: [RefusedInput]) {
        var items: [InputItem] = []
        var refused: [RefusedInput] = []
        for file in self.files {
            let read = try self.form.items(in: file)
            items += read.items
            refused += read.refused
        }
        return (items, refused)
    }
}

/// What the client adds to the marking of records that leave it out.
struct MarkingOptions: ParsableArguments {
    @Option(
        help: "Organisations and groups to release records to that name none, comma-separated.")
    var releaseTo: String?

    @Option(help: "TLP marking of records that have none: clear, green, amber, amber-strict, red.")
    var tlp: TLPArgument?

    /// What finishes the records of an originator.
    func draft(for originator: String, members: Members, saltSecret: [UInt8]) throws -> RecordDraft
    {
        RecordDraft(
            originator: originator, members: members, saltSecret: saltSecret,
            tlp: self.tlp?.tlp ?? .unspecified,
            releaseTo: try ReleaseList.read(self.releaseTo ?? "", members))
    }
}

/// Organisations and groups as one writes them on the command line.
enum ReleaseList {
    /// Reads names that stand between commas.
    ///
    /// - Throws: ``CommandFailure`` for one that is neither a member nor a group.
    static func read(_ text: String, _ members: Members) throws -> RecordDraft.Releasability {
        let names = text.split(separator: ",").map(String.init)
        let groups = names.filter { members.group($0) != nil }
        let organisations = names.filter { members.group($0) == nil }
        if let stranger = organisations.first(where: { !members.contains($0) }) {
            throw CommandFailure(
                "--release-to \(stranger): neither a member nor a group",
                hint: "members: \(members.organisations.map(\.id).joined(separator: ", ")); "
                    + "groups: \(members.groupNames.joined(separator: ", "))", status: .usage)
        }
        return RecordDraft.Releasability(organisations: organisations, groups: groups)
    }
}

/// Where the secret is that salts are derived from.
struct SaltOptions: ParsableArguments {
    @Option(
        help: """
            File with the secret that salts are derived from (default: the key's path with .salt; \
            made when missing). With the same secret the same input makes the same records.
            """)
    var saltSecret: String?

    /// The secret.
    func secret(_ settings: Settings, keyPath: String) throws -> [UInt8] {
        let path = settings.path("salt-secret", option: self.saltSecret) ?? "\(keyPath).salt"
        return try SaltSecretFile.open(path)
    }
}

/// The file with the secret that salts are derived from.
enum SaltSecretFile {
    /// Length of the secret, in bytes.
    private static let byteCount = 32

    /// Reads the secret, or makes it where there is none.
    static func open(_ path: String) throws -> [UInt8] {
        let made = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if made >= 0 {
            defer { close(made) }
            let secret = SecureRandom.bytes(self.byteCount)
            guard Glibc.write(made, secret, secret.count) == secret.count, fsync(made) == 0 else {
                throw CommandFailure("\(path): \(String(cString: strerror(errno)))")
            }
            return secret
        }
        let secret = try Files.read(path)
        guard secret.count == self.byteCount else {
            throw CommandFailure(
                "\(path): has \(secret.count) bytes, expected \(self.byteCount)",
                hint: "name the right file with --salt-secret; a new secret makes new records")
        }
        return secret
    }
}

/// A TLP marking as an argument.
struct TLPArgument: ExpressibleByArgument {
    let tlp: TLP

    init?(argument: String) {
        switch argument.lowercased() {
        case "clear": self.tlp = .clear
        case "green": self.tlp = .green
        case "amber": self.tlp = .amber
        case "amber-strict": self.tlp = .amberStrict
        case "red": self.tlp = .red
        default: return nil
        }
    }
}
