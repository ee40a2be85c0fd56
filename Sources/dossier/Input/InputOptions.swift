import ArgumentParser
import DossierClient
import DossierCore
import DossierCrypto
import Glibc

/// Where records come from, and what the client adds to them.
struct InputOptions: ParsableArguments {
    /// The forms input can have.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        /// One JSON object, several, or an array of them.
        case json
        /// One JSON object a line.
        case ndjson
        /// A table, with a mapping file.
        case csv
    }

    @Argument(help: "Files with records; - for standard input.")
    var files: [String]

    @Option(help: "json, ndjson or csv (default: from the file's name, else json).")
    var format: Format?

    @Option(
        help: """
            Mapping file for CSV: which column fills which field. The names incidents and \
            itworkers stand for the mappings of the sample data.
            """)
    var mapping: String?

    @Option(
        help: "Organisations and groups to release records to that name none, comma-separated.")
    var releaseTo: String?

    @Option(help: "TLP marking of records that have none: clear, green, amber, amber-strict, red.")
    var tlp: TLPArgument?

    @Option(
        help: """
            File with the secret that salts are derived from (default: the key's path with .salt; \
            made when missing). With the same secret the same input makes the same records.
            """)
    var saltSecret: String?

    func validate() throws {
        if self.files.isEmpty { throw ValidationError("name at least one file, or - ") }
    }

    /// Reads all input.
    func items() throws -> (items: [InputItem], refused: [RefusedInput]) {
        var items: [InputItem] = []
        var refused: [RefusedInput] = []
        for file in self.files {
            let bytes = try Files.read(file)
            switch self.format ?? Self.format(of: file) {
            case .json:
                items += JSONPieces.split(bytes).map {
                    InputItem(place: "\(file):\($0.line)", json: Array($0.json))
                }
            case .ndjson:
                items += JSONPieces.lines(bytes).map {
                    InputItem(place: "\(file):\($0.line)", json: Array($0.json))
                }
            case .csv:
                let (rows, problems) = try self.csv().import(bytes)
                items += rows.map { row in
                    InputItem(place: "\(file):\(row.line)", json: row.record.encoded()) {
                        row.problem(for: $0).line(in: file)
                    }
                }
                refused += Self.refused(problems, in: file)
            }
        }
        return (items, refused)
    }

    /// What is wrong with each row that cannot be a record.
    private static func refused(_ problems: [ImportProblem], in file: String) -> [RefusedInput] {
        var rows: [Int: [String]] = [:]
        for problem in problems { rows[problem.line, default: []].append(problem.line(in: file)) }
        return rows.sorted { $0.key < $1.key }.map { RefusedInput(lines: $0.value) }
    }

    private static func format(of file: String) -> Format {
        if file.hasSuffix(".csv") { return .csv }
        return file.hasSuffix(".ndjson") || file.hasSuffix(".jsonl") ? .ndjson : .json
    }

    private func csv() throws -> CSVImport {
        guard let mapping = self.mapping else {
            throw CommandFailure(
                "CSV needs a mapping file",
                hint: "give --mapping FILE, or --mapping incidents for data like the sample's",
                status: .usage)
        }
        do {
            return try CSVImport(mapping: SampleData.mapping(named: mapping) ?? Files.read(mapping))
        } catch let error as CoreError {
            throw CommandFailure("\(mapping): \(error.message)")
        }
    }
}

extension InputOptions {
    /// What finishes the records of an originator.
    func draft(for originator: String, members: Members, saltSecret: [UInt8]) throws -> RecordDraft
    {
        let names = self.releaseTo.map { $0.split(separator: ",").map(String.init) } ?? []
        let groups = names.filter { members.group($0) != nil }
        let organisations = names.filter { members.group($0) == nil }
        if let stranger = organisations.first(where: { !members.contains($0) }) {
            throw CommandFailure(
                "--release-to \(stranger): neither a member nor a group",
                hint: "members: \(members.organisations.map(\.id).joined(separator: ", ")); "
                    + "groups: \(members.groupNames.joined(separator: ", "))", status: .usage)
        }
        return RecordDraft(
            originator: originator, members: members, saltSecret: saltSecret,
            tlp: self.tlp?.tlp ?? .unspecified,
            releaseTo: .init(organisations: organisations, groups: groups))
    }

    /// The secret that salts are derived from.
    func saltSecret(_ settings: Settings, keyPath: String) throws -> [UInt8] {
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

extension ImportProblem {
    /// The problem on one line, with its place.
    fileprivate func line(in file: String) -> String {
        var place = "\(file):\(self.line)"
        if let column = self.column { place += ":\(column)" }
        let name = self.columnName ?? self.field ?? ""
        let value = self.value.isEmpty ? "" : " \"\(self.value)\""
        return
            "\(place): \(name.isEmpty ? "row" : name):\(value) \(self.rule.rawValue): \(self.hint)"
    }
}
