import DossierCore
import DossierCrypto
import Foundation

/// A PostgreSQL of our own over mutual TLS, with a table of records and one of what they are found
/// by: the same look-ups as the catalog has.
enum Postgres {
    /// Rows a second.
    struct Figures {
        var copyingIn: Double
        var copyingOut: Double
    }

    private static let schema = """
        CREATE TABLE record (
            leaf_index bigint PRIMARY KEY, record_id bytea UNIQUE NOT NULL,
            originator text NOT NULL, reference text NOT NULL, version int NOT NULL,
            kind int NOT NULL, occurred_start text, occurred_end text, known text,
            body bytea NOT NULL, UNIQUE (originator, reference, version));
        CREATE INDEX ON record (kind);
        CREATE INDEX ON record (occurred_start);
        CREATE INDEX ON record (known);
        CREATE TABLE lookup (key text NOT NULL, leaf_index bigint NOT NULL);
        CREATE INDEX ON lookup (key);
        """

    /// Copies `count` records in and out again; nil when PostgreSQL is not installed.
    static func measure(_ count: Int, at site: Site) throws -> Figures? {
        let folders = (13...18).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        guard let programs = Installed.find("initdb", in: folders)?.deletingLastPathComponent(),
            Installed.find("psql", in: ["/usr/bin", "/usr/local/bin"]) != nil
        else { return nil }
        let rows = site.folder.appending(path: "rows")
        let lookups = site.folder.appending(path: "lookups")
        Console.progress("making PostgreSQL's rows")
        try self.writeRows(count, rows, lookups)
        let server = try Server(programs, at: site)
        defer { server.stop() }
        try server.psql(self.schema)

        let clock = ContinuousClock()
        let copyingIn = try clock.measure {
            let second = try server.start(
                "\\copy lookup from '\(lookups.path)' with (format binary)")
            try server.psql("\\copy record from '\(rows.path)' with (format binary)")
            second.waitUntilExit()
            guard second.terminationStatus == 0 else { throw Failure("psql failed") }
        }
        let copyingOut = try clock.measure {
            try server.psql("\\copy record to '/dev/null' with (format binary)")
        }
        return Figures(
            copyingIn: Double(count) / copyingIn.seconds,
            copyingOut: Double(count) / copyingOut.seconds)
    }

    private static func writeRows(_ count: Int, _ rows: URL, _ lookups: URL) throws {
        let records = try CopyFile(rows)
        let keys = try CopyFile(lookups)
        for number in 0..<count {
            let body = try Sample.record(number).encoded()
            let facts = RecordCheck.check(body).facts
            let index = CopyFile.bytes(of: UInt64(number).bigEndian)
            let text = { (text: String) in Array(text.utf8) }
            try records.add([
                index, RecordID(ofEncoded: body).digest.bytes, text(facts.originator),
                text(facts.reference), CopyFile.bytes(of: facts.version.bigEndian),
                CopyFile.bytes(of: UInt32(bitPattern: facts.kind).bigEndian),
                text(facts.occurredStart), text(facts.occurredEnd), text(facts.known), body,
            ])
            for key in facts.lookupKeys { try keys.add([text(key.key), index]) }
        }
        try records.finish()
        try keys.finish()
    }
}

/// A file in PostgreSQL's binary COPY format.
private final class CopyFile {
    private let handle: FileHandle
    private var buffer = Data("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + Data(count: 8)

    init(_ file: URL) throws {
        try Data().write(to: file)
        self.handle = try FileHandle(forWritingTo: file)
    }

    static func bytes<Value: FixedWidthInteger>(of value: Value) -> [UInt8] {
        withUnsafeBytes(of: value) { Array($0) }
    }

    func add(_ fields: [[UInt8]]) throws {
        self.buffer.append(contentsOf: Self.bytes(of: UInt16(fields.count).bigEndian))
        for field in fields {
            self.buffer.append(contentsOf: Self.bytes(of: UInt32(field.count).bigEndian))
            self.buffer.append(contentsOf: field)
        }
        guard self.buffer.count > 1 << 20 else { return }
        try self.handle.write(contentsOf: self.buffer)
        self.buffer.removeAll(keepingCapacity: true)
    }

    func finish() throws {
        try self.handle.write(contentsOf: self.buffer + [0xFF, 0xFF])
        try self.handle.close()
    }
}

extension Postgres {
    /// A running server.
    private final class Server {
        private let process: Process
        private let connection: String

        init(_ programs: URL, at site: Site) throws {
            let data = site.folder.appending(path: "postgres").path
            let port = try FreePort.any()
            let (node, person) = (site.files(of: .node), site.files(of: .person))
            // PostgreSQL does not run as root, and its user must own its key.
            let user =
                getuid() == 0
                ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
            try Program.run(
                "install", ["-d", "-m", "700"] + (user.isEmpty ? [] : ["-o", "postgres"]) + [data])
            try Program.run("chmod", ["755", site.folder.path])
            try Program.run(
                "env",
                user + ["\(programs.path)/initdb", "-D", data, "-U", "postgres", "--no-sync"])
            for (file, name) in [
                (node.certificate, "node.pem"), (node.key, "node.key"), (site.anchors, "ca.pem"),
            ] {
                try Program.run(
                    "install",
                    ["-m", "600"] + (user.isEmpty ? [] : ["-o", "postgres"]) + [
                        file.path, "\(data)/\(name)",
                    ])
            }
            let rule = "hostssl all all 127.0.0.1/32 trust clientcert=verify-ca\n"
            try Program.run("cp", ["/dev/stdin", "\(data)/pg_hba.conf"], input: rule)
            self.process = Process()
            self.process.executableURL = URL(filePath: "/usr/bin/env")
            self.process.arguments =
                user + ["\(programs.path)/postgres", "-D", data, "-k", data, "-p", "\(port)"]
                + [
                    "ssl=on", "ssl_cert_file=node.pem", "ssl_key_file=node.key",
                    "ssl_ca_file=ca.pem", "max_wal_size=8GB", "shared_buffers=512MB",
                ].flatMap { ["-c", $0] }
            self.process.standardError = FileHandle.nullDevice
            self.connection =
                "host=localhost hostaddr=127.0.0.1 port=\(port) user=postgres dbname=postgres "
                + "sslmode=verify-full sslrootcert=\(site.anchors.path) "
                + "sslcert=\(person.certificate.path) sslkey=\(person.key.path)"
            try self.process.run()
            try FreePort.wait(for: port, while: self.process)
        }

        /// Runs statements.
        func psql(_ statements: String) throws {
            let process = try self.start(statements)
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw Failure("psql failed") }
        }

        /// Begins to run statements.
        func start(_ statements: String) throws -> Process {
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--command", statements,
                self.connection,
            ]
            try process.run()
            return process
        }

        func stop() {
            self.process.interrupt()
            self.process.waitUntilExit()
        }
    }
}
