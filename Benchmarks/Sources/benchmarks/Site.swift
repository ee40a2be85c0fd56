import DossierClient
import DossierCore
import DossierCrypto
import Foundation
import MerkleLog

/// Where the work is done: a temporary folder with certificates, members and data.
struct Site {
    let folder: URL
    /// The dossier program.
    let dossier: URL
    /// Folder of the peers' programs.
    let peers: URL
    /// How long to measure what has no end of its own.
    let seconds: Double

    static let organisation = "kr"
    static let trustDomain = "msmt.example"
    static let logOrigin = "msmt.example/dossier/kr/1"

    /// Makes the folder, an authority, a node's and a person's certificate, and members.json.
    ///
    /// - Parameters:
    ///   - dossier: the dossier program; nil for the one beside this program.
    ///   - peers: folder of the peers' programs; nil for Peers of this package.
    init(dossier: String?, peers: String?, seconds: Double) throws {
        self.folder = FileManager.default.temporaryDirectory.appending(
            path: "dossier-benchmarks-\(ProcessInfo.processInfo.processIdentifier)")
        self.dossier = dossier.map { URL(filePath: $0) } ?? Self.built("dossier")
        self.peers = peers.map { URL(filePath: $0) } ?? Self.built("../../Peers")
        self.seconds = seconds
        try FileManager.default.createDirectory(
            at: self.folder, withIntermediateDirectories: true)
        let authority = try CertificateAuthority.selfSigned(organisation: Self.organisation)
        try Data(authority.certificate.pem).write(to: self.anchors)
        try self.issue(.node, "one", hosts: ["localhost", "127.0.0.1"], by: authority)
        try self.issue(.person, "kim", by: authority)
        let logKey = try PrivateKey.generate(.ed25519)
        try logKey.write(toNewFile: self.logKey.path)
        let verifierKey = try VerifierKey(name: Self.logOrigin, publicKey: logKey.publicKey)
        try Data(Self.members([Self.member(verifierKey)]).utf8).write(to: self.members)
    }

    /// What stands beside this program, in .build/release.
    static func built(_ path: String) -> URL {
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: path).standardizedFileURL
    }

    func remove() {
        try? FileManager.default.removeItem(at: self.folder)
    }

    var anchors: URL { self.folder.appending(path: "ca.pem") }
    var members: URL { self.folder.appending(path: "members.json") }
    /// The key that signs the log.
    var logKey: URL { self.folder.appending(path: "log.key") }

    /// Where a node that was started under a name keeps its log.
    func data(of name: String) -> URL { self.folder.appending(path: name) }

    /// Certificate and key of the node or the person.
    func files(of kind: PeerIdentity.Kind) -> (certificate: URL, key: URL) {
        (
            self.folder.appending(path: "\(kind.rawValue).pem"),
            self.folder.appending(path: "\(kind.rawValue).key")
        )
    }

    private func issue(
        _ kind: PeerIdentity.Kind, _ name: String, hosts: [String] = [],
        by authority: CertificateAuthority
    ) throws {
        let identity = try PeerIdentity(
            trustDomain: Self.trustDomain, organisation: Self.organisation, kind: kind, name: name)
        let key = try PrivateKey.generate(.ecdsaP256)
        let certificate = try authority.issue(
            .endEntity(identity, hosts: hosts), for: key.publicKey)
        let files = self.files(of: kind)
        try Data(certificate.pem).write(to: files.certificate)
        try key.write(toNewFile: files.key.path)
    }

    /// A members file with these entries.
    static func members(_ entries: [String]) -> String {
        """
        { "trust_domain": "\(trustDomain)", "organisations": [\(entries.joined(separator: ","))] }
        """
    }

    /// The entry of the organisation whose nodes are measured.
    static func member(_ logKey: VerifierKey, address: String? = nil) -> String {
        let node = address.map { "\"node\": { \"address\": \"\($0)\" }," } ?? ""
        return """
            {
              "id": "\(organisation)",
              "names": [{ "text": "Republic of Korea", "language": "en" }],
              "country": "KR",
              "anchors": ["ca.pem"], \(node)
              "log": { "origin": "\(logOrigin)", "key": "\(logKey)" },
              "roles": [{ "path": "person/kim", "roles": ["submitter", "reader"] }]
            }
            """
    }

    /// The verifier key of the log.
    var verifierKey: VerifierKey {
        get throws {
            try VerifierKey(
                name: Self.logOrigin,
                publicKey: PrivateKey(contentsOfFile: self.logKey.path).publicKey)
        }
    }
}

extension Site {
    /// What a client of ours needs to know.
    func client() throws -> (members: Members, anchors: TrustAnchors, credentials: Credentials) {
        let members = try Members(json: Self.read(self.members))
        let anchors = try members.trustAnchors { path in
            try Self.read(self.folder.appending(path: path))
        }
        let files = self.files(of: .person)
        let credentials = try Credentials(
            chainPEM: Self.read(files.certificate),
            key: PrivateKey(contentsOfFile: files.key.path), trustDomain: Self.trustDomain)
        return (members, anchors, credentials)
    }

    private static func read(_ file: URL) throws -> [UInt8] {
        try [UInt8](Data(contentsOf: file))
    }

    /// Calls `body` with a client of ours at a node.
    func connected<Result>(
        to node: Program, _ body: (ExchangeClient) async throws -> Result
    ) async throws -> Result {
        let (members, anchors, credentials) = try self.client()
        guard let endpoint = Endpoint("localhost:\(node.port)"),
            let organisation = members[Self.organisation]
        else { throw Failure("no such node") }
        var configuration = ExchangeClient.Configuration(
            endpoint: endpoint, organisation: organisation, credentials: credentials,
            judge: RecordJudge(members: members, anchors: anchors))
        configuration.timeout = .seconds(600)
        let client = try await ExchangeClient.connect(configuration)
        defer { client.close() }
        return try await body(client)
    }

    /// Starts our node over an empty data folder.
    ///
    /// - Parameter members: the members file, if it is another than usual.
    func startNode(_ name: String, members: URL? = nil) throws -> Program {
        let files = self.files(of: .node)
        let members = members ?? self.members
        let portFile = self.folder.appending(path: "\(name)-port")
        return try Program(
            self.dossier,
            [
                "serve", "--members", members.path, "--certificate", files.certificate.path,
                "--key", files.key.path, "--log-key", self.logKey.path, "--data",
                self.data(of: name).path,
                "--listen", "127.0.0.1:0", "--port-file", portFile.path, "--log-level", "warning",
            ], portFile: portFile)
    }

    /// Starts a server that gives messages back.
    func startEcho(_ program: URL) throws -> Program {
        let files = self.files(of: .node)
        return try Program(
            program, [self.anchors.path, files.certificate.path, files.key.path])
    }

    /// Where a peer's program would be; nil when it has not been built.
    func peer(_ path: String) -> URL? {
        let program = self.peers.appending(path: path)
        return FileManager.default.isExecutableFile(atPath: program.path) ? program : nil
    }
}
