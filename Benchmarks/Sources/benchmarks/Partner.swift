import DossierClient
import DossierCore
import DossierCrypto
import Foundation
import MerkleLog

/// A second organisation, whose node mirrors the log of the first.
struct Partner {
    private static let organisation = "us"
    private static let logOrigin = "msmt.example/dossier/us/1"

    private let site: Site
    private let folder: URL
    private let entry: String

    /// Makes the partner's certificates and keys.
    init(at site: Site) throws {
        self.site = site
        self.folder = site.folder.appending(path: Self.organisation)
        try FileManager.default.createDirectory(
            at: self.folder, withIntermediateDirectories: true)
        let authority = try CertificateAuthority.selfSigned(organisation: Self.organisation)
        try Data(authority.certificate.pem).write(to: self.folder.appending(path: "ca.pem"))
        let logKey = try PrivateKey.generate(.ed25519)
        try logKey.write(toNewFile: self.folder.appending(path: "log.key").path)
        let verifierKey = try VerifierKey(name: Self.logOrigin, publicKey: logKey.publicKey)
        self.entry = """
            {
              "id": "us", "names": [{ "text": "United States of America", "language": "en" }],
              "country": "US", "anchors": ["us/ca.pem"],
              "log": { "origin": "\(Self.logOrigin)", "key": "\(verifierKey)" },
              "roles": [
                { "path": "person/lee", "roles": ["reader", "auditor", "admin"] },
                { "path": "node/*", "roles": ["node"] }
              ]
            }
            """
        for (kind, name, hosts) in [
            (PeerIdentity.Kind.node, "node", ["localhost", "127.0.0.1"]), (.person, "lee", []),
        ] {
            let key = try PrivateKey.generate(.ecdsaP256)
            let identity = try PeerIdentity(
                trustDomain: Site.trustDomain, organisation: Self.organisation, kind: kind,
                name: name)
            let certificate = try authority.issue(
                .endEntity(identity, hosts: hosts), for: key.publicKey)
            try Data(certificate.pem).write(to: self.file("\(kind.rawValue).pem"))
            try key.write(toNewFile: self.file("\(kind.rawValue).key").path)
        }
        try self.writeMembers(to: self.membersOfPeer, address: nil)
    }

    private func file(_ name: String) -> URL { self.folder.appending(path: name) }

    /// What the first organisation's node knows: it dials nobody.
    var membersOfPeer: URL { self.site.folder.appending(path: "members-two.json") }
    /// What the partner's node knows.
    private var members: URL { self.site.folder.appending(path: "members-partner.json") }

    private func writeMembers(to file: URL, address: String?) throws {
        let entry = try Site.member(self.site.verifierKey, address: address)
        try Data(Site.members([entry, self.entry]).utf8).write(to: file)
    }

    /// Starts the partner's node, which mirrors the log of another.
    func startNode(mirroring peer: Program) throws -> Program {
        try self.writeMembers(to: self.members, address: "localhost:\(peer.port)")
        return try Program(
            self.site.dossier,
            [
                "serve", "--members", self.members.path, "--certificate",
                self.file("node.pem").path, "--key", self.file("node.key").path, "--log-key",
                self.file("log.key").path, "--data", self.file("data").path, "--listen",
                "127.0.0.1:0", "--port-file", self.file("port").path, "--log-level", "warning",
            ], portFile: self.file("port"))
    }

    /// Calls `body` with a client of ours at the partner's node, by its port.
    func connected<Result>(
        to port: Int, _ body: (ExchangeClient) async throws -> Result
    ) async throws -> Result {
        let members = try Members(json: [UInt8](Data(contentsOf: self.members)))
        let anchors = try members.trustAnchors { path in
            try [UInt8](Data(contentsOf: self.site.folder.appending(path: path)))
        }
        let credentials = try Credentials(
            chainPEM: [UInt8](Data(contentsOf: self.file("person.pem"))),
            key: PrivateKey(contentsOfFile: self.file("person.key").path),
            trustDomain: Site.trustDomain)
        guard let endpoint = Endpoint("localhost:\(port)"),
            let organisation = members[Self.organisation]
        else { throw Failure("no such node") }
        let client = try await ExchangeClient.connect(
            ExchangeClient.Configuration(
                endpoint: endpoint, organisation: organisation, credentials: credentials,
                judge: RecordJudge(members: members, anchors: anchors)))
        defer { client.close() }
        return try await body(client)
    }
}
