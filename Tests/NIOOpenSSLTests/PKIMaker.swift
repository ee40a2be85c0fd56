import Foundation

/// Drives `openssl req` and `openssl ca` to make a `TestPKI`.
final class PKIMaker {
    static let authorityExtensions = [
        "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
    ]
    private static let ecKey = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]

    let directory: URL
    private var names: [String] = []

    init() throws {
        self.directory = FileManager.default.temporaryDirectory
            .appending(path: "dossier-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: self.directory, withIntermediateDirectories: true)
        try self.write("", to: "index.txt")
        try self.write(
            """
            [ca]
            default_ca = ours
            [ours]
            database = index.txt
            new_certs_dir = .
            rand_serial = yes
            unique_subject = no
            policy = any
            [any]
            commonName = supplied
            """, to: "ca.cnf")
    }

    /// Makes a self-signed authority.
    func authority(_ name: String) throws {
        try self.openssl(
            ["req", "-x509", "-newkey"] + Self.ecKey
                + ["-nodes", "-keyout", "\(name).key", "-out", "\(name).pem", "-days", "2"]
                + ["-subj", "/CN=\(name)"] + Self.authorityExtensions.flatMap { ["-addext", $0] })
        self.names.append(name)
    }

    /// Makes a key and a certificate for it. Dates are years, months and days.
    func issue(
        _ name: String, by issuer: String, _ extensions: [String], from: String = "20200101",
        to: String = "20490101", key: [String]? = nil, digest: String = "sha256"
    ) throws {
        try self.write(extensions.joined(separator: "\n"), to: "\(name).ext")
        try self.openssl(
            ["req", "-newkey"] + (key ?? Self.ecKey)
                + ["-nodes", "-keyout", "\(name).key", "-out", "\(name).csr"]
                + ["-subj", "/CN=\(name)"])
        try self.openssl(
            ["ca", "-batch", "-notext", "-config", "ca.cnf", "-md", digest]
                + ["-cert", "\(issuer).pem", "-keyfile", "\(issuer).key"]
                + ["-startdate", "\(from)000000Z", "-enddate", "\(to)000000Z"]
                + ["-extfile", "\(name).ext", "-in", "\(name).csr", "-out", "\(name).pem"])
        self.names.append(name)
    }

    /// Makes `result`: the identity `name` with the certificates of `issuers` behind its own.
    func append(_ issuers: [String], to name: String, as result: String) throws {
        var chain: [UInt8] = []
        for certificate in [name] + issuers { chain += try self.read("\(certificate).pem") }
        try Data(chain).write(to: self.directory.appending(path: "\(result).pem"))
        try Data(self.read("\(name).key")).write(
            to: self.directory.appending(path: "\(result).key"))
        self.names.append(result)
    }

    /// The certificate of `name` in DER.
    func der(_ name: String) throws -> [UInt8] {
        try self.openssl(["x509", "-in", "\(name).pem", "-outform", "DER", "-out", "\(name).der"])
        return try self.read("\(name).der")
    }

    /// Everything made so far.
    func identities() throws -> [String: TestPKI.Identity] {
        var identities: [String: TestPKI.Identity] = [:]
        for name in self.names {
            identities[name] = TestPKI.Identity(
                name: name, chainPEM: try self.read("\(name).pem"),
                keyPEM: try self.read("\(name).key"))
        }
        return identities
    }

    private func openssl(_ arguments: [String]) throws {
        try OpenSSLProgram.run(arguments, in: self.directory)
    }

    private func read(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: self.directory.appending(path: file)))
    }

    private func write(_ text: String, to file: String) throws {
        try Data(text.utf8).write(to: self.directory.appending(path: file))
    }
}
