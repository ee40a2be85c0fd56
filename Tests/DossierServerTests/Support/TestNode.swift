import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierServer
import DossierTestSupport
import GRPCWire
import Logging
import NIOOpenSSL
import ServiceLifecycle
import Synchronization

/// A clock that a test sets.
final class TestClock: Sendable {
    private let offset = Mutex<Int64>(0)

    /// Seconds since 1970, as the test has it.
    var now: Int64 { self.offset.withLock { UnixTime.now + $0 } }

    func advance(by seconds: Int64) {
        self.offset.withLock { $0 += seconds }
    }
}

/// Organisations with certificates, and the node of one of them at kr's place.
struct Consortium: Sendable {
    static let roles: TestMembers.Roles = [
        ("person/reader", ["reader"]), ("person/submitter", ["submitter"]),
        ("person/analyst", ["submitter", "reader"]), ("person/nobody", ["admin", "auditor"]),
        ("node/*", ["node"]),
    ]

    let organisations: [String]
    let pki: TestPKI
    /// The members file.
    let file: String
    let members: Members
    let clock = TestClock()

    init(
        _ organisations: [String] = ["kr", "us", "jp"], roles: TestMembers.Roles = Self.roles
    ) throws {
        self.organisations = organisations
        self.pki = try TestPKI(organisations: organisations)
        self.file =
            TestMembers(
                organisations,
                roles: Dictionary(uniqueKeysWithValues: organisations.map { ($0, roles) })
            ).json
        self.members = try Members(json: Array(self.file.utf8))
    }

    /// Runs kr's node while `body` runs, in a data directory of its own unless one is given, and
    /// with a certificate that stays unless an identity is given.
    func withNode<Result: Sendable>(
        data: String? = nil, identity: NodeIdentity? = nil,
        _ body: (TestNode) async throws -> Result
    ) async throws -> Result {
        guard let data else {
            return try await withTemporaryDirectory {
                try await self.withNode(data: "\($0)/data", identity: identity, body)
            }
        }
        var configuration = try self.configuration(data)
        if let identity { configuration.identity = identity }
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let node = try Node(configuration, logger: Self.quiet) { port in
            listening.yield(port)
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: node, successTerminationBehavior: .gracefullyShutdownGroup)
                ], logger: Self.quiet))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { listening.finish() }
                try await group.run()
            }
            for await port in ports {
                let result: Swift.Result<Result, any Error>
                do {
                    result = .success(try await body(TestNode(consortium: self, port: port)))
                } catch {
                    result = .failure(error)
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                return try result.get()
            }
            try await tasks.waitForAll()
            throw TestSupportError("the node ended before it listened")
        }
    }

    /// What kr's node with data in a directory is made from.
    func configuration(_ data: String) throws -> Node.Configuration {
        let credential = try self.pki.node("kr")
        let clock = self.clock
        return Node.Configuration(
            members: self.members, anchors: self.pki.anchors, dataDirectory: data,
            guardDirectory: "\(data).guard", logKey: TestLogKey.privateKey,
            identity: NodeIdentity(
                try Credentials(
                    chainPEM: credential.certificatePEM, key: credential.privateKey,
                    trustDomain: self.members.trustDomain)),
            host: "127.0.0.1", port: 0, now: { clock.now })
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Kr's node, and connections to it.
struct TestNode: Sendable {
    static let logOrigin = TestMembers.logOrigin("kr")

    let consortium: Consortium
    let port: Int

    /// Connects as a person, with a certificate made for it unless one is given, calls `body`, and disconnects.
    ///
    /// - Parameter configure: changes what the client is made from.
    @discardableResult
    func connected<Result: Sendable>(
        as organisation: String = "kr", _ name: String = "analyst",
        credential: TestPKI.Credential? = nil,
        configuring configure: (inout ExchangeClient.Configuration) throws -> Void = { _ in },
        _ body: (TestPeer) async throws -> Result
    ) async throws -> Result {
        let credential =
            try credential ?? self.consortium.pki.person(organisation, name: name)
        let peer = try await self.connect(with: credential, configure)
        do {
            let result = try await body(peer)
            await peer.close()
            return result
        } catch {
            await peer.close()
            throw error
        }
    }

    /// References of all records that are released to an organisation, in log order.
    func references(as organisation: String) async throws -> [String] {
        try await self.connected(as: organisation) { try await $0.references() }
    }

    private func connect(
        with credential: TestPKI.Credential,
        _ configure: (inout ExchangeClient.Configuration) throws -> Void
    ) async throws -> TestPeer {
        let anchors = self.consortium.pki.anchors
        let tls = try TLSContext(
            TLSConfiguration(
                role: .client(serverName: "127.0.0.1"),
                certificateChainPEM: credential.certificatePEM,
                privateKeyPEM: credential.privateKeyPEM,
                trustAnchors: self.consortium.pki.anchorCertificates,
                applicationProtocols: ["h2"],
                verifyPeer: { _ = try anchors.verify(encodedChain: $0, usage: .server) }))
        let credentials = try Credentials(
            chainPEM: credential.certificatePEM, key: credential.privateKey,
            trustDomain: "msmt.example")
        var configuration = ExchangeClient.Configuration(
            endpoint: try self.endpoint(), organisation: try self.organisation(),
            credentials: credentials,
            judge: RecordJudge(members: self.consortium.members, anchors: anchors))
        configuration.now = { [clock = self.consortium.clock] in clock.now }
        try configure(&configuration)
        return TestPeer(
            credentials: credentials, now: configuration.now,
            client: try await ExchangeClient.connect(configuration),
            grpc: try await GRPCClient.connect(host: "127.0.0.1", port: self.port, tls: tls))
    }

    private func endpoint() throws -> Endpoint {
        guard let endpoint = Endpoint("127.0.0.1:\(self.port)") else {
            throw TestSupportError("no endpoint")
        }
        return endpoint
    }

    private func organisation() throws -> Members.Organisation {
        guard let organisation = self.consortium.members["kr"] else {
            throw TestSupportError("kr is no member")
        }
        return organisation
    }
}
