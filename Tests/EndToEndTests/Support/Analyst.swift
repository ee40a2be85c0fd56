import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import Foundation

/// The client library, in this process, as somebody of an organisation at a served node.
struct Analyst: Sendable {
    let members: Members
    let anchors: TrustAnchors
    let credentials: Credentials

    /// An analyst of kr, unless it is said who.
    ///
    /// - Parameter name: `analyst`, `operator` or `node`.
    init(_ scene: Scene, of organisation: String = "kr", _ name: String = "analyst") throws {
        func read(_ path: String) throws -> [UInt8] {
            try [UInt8](Data(contentsOf: URL(filePath: "\(scene.pki)/\(path)")))
        }
        self.members = try Members(json: read("members.json"))
        self.anchors = try self.members.trustAnchors { try read($0) }
        self.credentials = try Credentials(
            chainPEM: read("\(organisation)/\(name).pem"),
            key: PrivateKey(contentsOfFile: "\(scene.pki)/\(organisation)/\(name).key"),
            trustDomain: self.members.trustDomain)
    }

    /// Connects to a node; whoever does closes the connection.
    func connect(to node: ServedNode) async throws -> ExchangeClient {
        guard let endpoint = Endpoint("localhost:\(node.port)"),
            let member = self.members[node.organisation]
        else { throw TestSupportError("no endpoint") }
        return try await ExchangeClient.connect(
            ExchangeClient.Configuration(
                endpoint: endpoint, organisation: member, credentials: self.credentials,
                judge: RecordJudge(members: self.members, anchors: self.anchors)))
    }

    /// Connects to a node, calls `body`, and disconnects.
    func connected<Result>(
        to node: ServedNode, _ body: (ExchangeClient) async throws -> Result
    ) async throws -> Result {
        let client = try await self.connect(to: node)
        do {
            let result = try await body(client)
            await client.shutdownGracefully()
            return result
        } catch {
            await client.shutdownGracefully()
            throw error
        }
    }

    /// A plan with one batch for each list of records: of those of one list the releasability is
    /// the same, of two that follow each other it differs.
    func plan(_ batches: [[TestRecord]]) throws -> [SubmissionPlan.PlannedBatch] {
        try batches.flatMap { records in
            SubmissionPlan(
                try records.map { record in
                    let bytes = try record.encoded
                    return (bytes, RecordCheck.check(bytes).facts)
                }
            ).batches
        }
    }

    /// References and leaf indexes of everything in the log.
    func list(_ node: ServedNode) async throws -> [(reference: String, leafIndex: UInt64)] {
        try await self.connected(to: node) { client in
            var listed: [(reference: String, leafIndex: UInt64)] = []
            _ = try await client.list(ListRequest(filter: Filter())) { record in
                listed.append((RecordCheck.check(record.bytes).facts.reference, record.leafIndex))
            }
            return listed
        }
    }
}
