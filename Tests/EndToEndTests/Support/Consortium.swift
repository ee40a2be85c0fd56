import DossierAPI
import DossierClient
import DossierCore
import DossierTestSupport
import Foundation
import Synchronization
import Testing

/// Organisations with a node each, on ports that stay the same, that mirror each other through a
/// proxy for each pair.
final class Consortium: Sendable {
    /// A way from a node to that of a peer whose log it mirrors.
    struct Way: Hashable, Sendable {
        var from: String
        var to: String
    }

    let organisations: [String]
    /// The port of each organisation's node.
    let ports: [String: Int]
    /// What each way leads through.
    let proxies: [Way: Proxy]
    private let scenes: [String: Scene]
    private let options: [String]
    /// What each organisation's node is started with beside that.
    private let extra: [String: [String]]
    private let nodes = Mutex<[String: ServedNode]>([:])

    /// - Parameters:
    ///   - places: ports of peers that are not where their node is.
    ///   - knows: whether the first's members file has the address of the second's node.
    private init(
        _ scene: Scene, _ organisations: [String], _ places: [String: Int],
        _ options: [String], _ extra: [String: [String]], knows: (String, String) -> Bool
    ) throws {
        self.options = options
        self.organisations = organisations
        self.extra = extra
        var ports: [String: Int] = [:]
        for organisation in organisations { ports[organisation] = try LoopbackPorts.next() }
        var proxies: [Way: Proxy] = [:]
        var scenes: [String: Scene] = [:]
        for reader in organisations {
            var addresses: [String: Int] = [reader: ports[reader] ?? 0]
            for peer in organisations where peer != reader && knows(reader, peer) {
                let proxy = try Proxy.start(to: places[peer] ?? ports[peer] ?? 0)
                proxies[Way(from: reader, to: peer)] = proxy
                addresses[peer] = proxy.port
            }
            scenes[reader] = try scene.withAddresses(addresses, for: reader)
        }
        self.ports = ports
        self.proxies = proxies
        self.scenes = scenes
    }

    /// Runs nodes of organisations while `body` runs.
    ///
    /// - Parameters:
    ///   - places: ports at which the peers look for others' nodes instead.
    ///   - unstarted: organisations whose node is not started.
    ///   - options: what each node is started with beside the usual.
    ///   - extra: what organisations' nodes are started with beside that.
    ///   - knows: whether the first's members file has the address of the second's node.
    static func with<Result>(
        _ organisations: [String], places: [String: Int] = [:], unstarted: [String] = [],
        options: [String] = [], extra: [String: [String]] = [:],
        knows: (String, String) -> Bool = { _, _ in true },
        _ body: (Consortium) async throws -> Result
    ) async throws -> Result {
        try await Scene.with { scene in
            let consortium = try Consortium(
                scene, organisations, places, options, extra, knows: knows)
            do {
                for organisation in organisations where !unstarted.contains(organisation) {
                    try await consortium.start(organisation)
                }
                let result = try await body(consortium)
                await consortium.end(SIGTERM)
                return result
            } catch {
                await consortium.end(SIGKILL)
                throw error
            }
        }
    }

    private func end(_ signal: Int32) async {
        for proxy in self.proxies.values { proxy.close() }
        for organisation in self.organisations { await self.stop(organisation, signal) }
    }

    // MARK: - Nodes

    /// Starts an organisation's node, with the data that it had.
    @discardableResult
    func start(_ organisation: String) async throws -> ServedNode {
        let node = try await ServedNode.start(
            self.scene(organisation), of: organisation, host: "127.0.0.1",
            port: self.ports[organisation] ?? 0, data: organisation,
            portFile: "\(organisation).port",
            options: self.options + (self.extra[organisation] ?? []))
        self.nodes.withLock { $0[organisation] = node }
        return node
    }

    /// Ends an organisation's node with a signal.
    func stop(_ organisation: String, _ signal: Int32) async {
        let node = self.nodes.withLock { $0.removeValue(forKey: organisation) }
        await node?.end(signal)
    }

    /// An organisation's node; throws while it does not run.
    func node(_ organisation: String) throws -> ServedNode {
        guard let node = self.nodes.withLock({ $0[organisation] }) else {
            throw TestSupportError("\(organisation)'s node does not run")
        }
        return node
    }

    /// The scene of an organisation: its own members file, and a folder that all share.
    func scene(_ organisation: String) throws -> Scene {
        guard let scene = self.scenes[organisation] else {
            throw TestSupportError("\(organisation) is not here")
        }
        return scene
    }

    func proxy(_ from: String, _ to: String) throws -> Proxy {
        guard let proxy = self.proxies[Way(from: from, to: to)] else {
            throw TestSupportError("no way from \(from) to \(to)")
        }
        return proxy
    }

    // MARK: - People

    /// Runs a command as somebody of an organisation, at its own node or another's.
    func dossier(
        _ arguments: String..., as organisation: String, _ person: String = "analyst",
        at place: String? = nil, input: String = ""
    ) async throws -> Program.Outcome {
        try await self.program(organisation, person, at: place)
            .run(arguments, input: Array(input.utf8))
    }

    /// The program as somebody of an organisation, at its own node or another's.
    func program(
        _ organisation: String, _ person: String = "analyst", at place: String? = nil
    ) throws -> Program {
        let scene = try self.scene(organisation)
        let own = "\(scene.pki)/\(organisation)"
        var program = scene.program(organisation)
        program.environment["DOSSIER_CERTIFICATE"] = "\(own)/\(person).pem"
        program.environment["DOSSIER_KEY"] = "\(own)/\(person).key"
        program.environment["DOSSIER_OF"] = place ?? organisation
        program.environment["DOSSIER_NODE"] =
            "localhost:\(self.ports[place ?? organisation] ?? 0)"
        program.environment["DOSSIER_STATE"] = "\(scene.folder)/state-\(organisation)-\(person)"
        return program
    }

    /// The client library as somebody of an organisation, at its own node or another's.
    func connected<Result>(
        as organisation: String, _ person: String = "analyst", at place: String? = nil,
        _ body: (ExchangeClient) async throws -> Result
    ) async throws -> Result {
        try await Analyst(self.scene(organisation), of: organisation, person)
            .connected(to: self.node(place ?? organisation), body)
    }

    /// How an organisation's mirror of a peer's log stands.
    func status(_ reader: String, of peer: String) async throws -> PeerSyncStatus {
        let report = try await self.connected(as: reader, "operator") { try await $0.syncStatus() }
        return try #require(report.peers.first { $0.organisation == peer })
    }

    /// Waits until a condition holds, and notes an issue if it does not within `limit`.
    func eventually(
        within limit: Duration = .seconds(20), _ what: String = "",
        sourceLocation: SourceLocation = #_sourceLocation,
        _ condition: () async throws -> Bool
    ) async throws {
        let start = ContinuousClock.now
        while try await !condition() {
            guard start.duration(to: .now) < limit else {
                Issue.record("not within \(limit): \(what)", sourceLocation: sourceLocation)
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

extension Scene {
    /// A scene with copies of the certificates, and a members file in which only those have a node whose
    /// port is given.
    fileprivate func withAddresses(_ ports: [String: Int], for reader: String) throws -> Scene {
        let own = "\(self.folder)/\(reader).pki"
        let files = FileManager.default
        try files.createDirectory(atPath: own, withIntermediateDirectories: true)
        for name in try files.contentsOfDirectory(atPath: self.pki) where name != "members.json" {
            try files.copyItem(atPath: "\(self.pki)/\(name)", toPath: "\(own)/\(name)")
        }
        let data = try Data(contentsOf: URL(filePath: "\(self.pki)/members.json"))
        var file = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let organisations = try #require(file["organisations"] as? [[String: Any]])
        file["organisations"] = organisations.map { organisation in
            var organisation = organisation
            let port = ports[organisation["id"] as? String ?? ""]
            organisation["node"] = port.map { ["address": "127.0.0.1:\($0)"] }
            return organisation
        }
        try JSONSerialization.data(withJSONObject: file, options: .withoutEscapingSlashes)
            .write(to: URL(filePath: "\(own)/members.json"))
        return Scene(folder: self.folder, pki: own)
    }
}
