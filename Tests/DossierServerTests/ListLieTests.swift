import DossierAPI
import DossierClient
import DossierCore
import DossierCrypto
import DossierTestSupport
import GRPCWire
import MerkleLog
import Testing

@Suite("A node that lies in a list")
struct ListLieTests {
    private typealias Change = @Sendable (inout ListResponse) throws -> Void

    /// What is changed in each page that has records, and what its reader must say to it. The
    /// records are leaves 0, 1 and 3.
    private static let lies: [(code: VerificationError.Code, what: String, change: Change)] = [
        (.wrongLeaf, "another record", { $0.records[1].record = try TestRecord("X").encoded }),
        (.wrongProof, "a record under another batch", { $0.records[0].attestationIndex = 1 }),
        (.wrongIndex, "a position past the batch", { $0.records[0].positionInBatch = 9 }),
        (.wrongIndex, "another leaf index", { $0.records[1].leafIndex = 2 }),
        (.wrongIndex, "records in another order", { $0.records.swapAt(0, 1) }),
        (.wrongIndex, "ranges in the wrong order", { $0.ranges.reverse() }),
        (.wrongIndex, "a range that is too long", { $0.ranges[1].count += 1 }),
        (.wrongIndex, "a range of nothing", { $0.ranges[1].count = 0 }),
        (.wrongIndex, "a range past every number", { $0.ranges[1].firstIndex = .max }),
        (
            .wrongIndex, "a range of leaves that it does not have",
            { $0.ranges.append($0.ranges[1]) }
        ),
        (.wrongIndex, "a record less", { $0.records.removeLast() }),
        (.wrongProof, "a record more", { $0.records.append($0.records[2]) }),
        (.wrongProof, "no ranges", { $0.ranges = [] }),
        (.wrongProof, "a range less", { $0.ranges.removeLast() }),
        (.wrongProof, "a proof longer", { $0.ranges[0].proof = $0.ranges[0].proof.lengthened }),
        (.wrongRoot, "another proof", { $0.ranges[0].proof = $0.ranges[0].proof.altered }),
        (
            .wrongRoot, "a leaf that is elsewhere",
            {
                $0.records[2].leafIndex = 2
                $0.ranges[1].firstIndex = 2
            }
        ),
        (.wrongSignature, "another signature", { $0.attestations[0].signature[20] ^= 1 }),
        (
            .ambiguousForm, "a batch in another form",
            { $0.attestations[0].attestedBatch += [0x28, 3] }
        ),
    ]

    /// Runs a lying node before one in which three of four records are released to us.
    private static func withLyingNode(_ body: (LyingNode) async throws -> Void) async throws {
        try await Consortium().withNode { honest in
            try await honest.connected { kr in
                try await kr.submit([TestRecord("A-0", to: ["us"]), TestRecord("A-1", to: ["us"])])
                try await kr.submit([TestRecord("SECRET")])
                try await kr.submit([TestRecord("A-3", to: ["us"])])
            }
            try await LyingNode.before(honest, as: "us") { try await body($0) }
        }
    }

    @Test("is caught, and told what it did; what was not verified is not handed out")
    func caught() async throws {
        try await Self.withLyingNode { lying in
            try await lying.node.connected(as: "us") { us in
                for lie in Self.lies {
                    lying.lies.change(Exchange.list) { (page: inout ListResponse) in
                        if !page.records.isEmpty { try lie.change(&page) }
                    }
                    var handedOut = 0
                    await expectRefusal(lie.code, "\(lie.what)") {
                        _ = try await us.client.list(ListRequest(filter: Filter())) { _ in
                            handedOut += 1
                        }
                    }
                    #expect(handedOut == 0, "\(lie.what)")
                }
                lying.lies.end()
                let records = try await us.list().records
                #expect(records.map(\.leafIndex) == [0, 1, 3])
            }
        }
    }

    @Test(
        "a record whose attestation is not on the page is refused, and a last page's lies as well")
    func pages() async throws {
        try await Self.withLyingNode { lying in
            try await lying.node.connected(as: "us") { us in
                lying.lies.change(Exchange.list) { (page: inout ListResponse) in
                    if !page.records.isEmpty { page.records[2].attestationIndex = 2 }
                }
                await #expect(throws: ExchangeError.self) { _ = try await us.list() }

                let forged = try FalseCheckpoint.forged(4, proof: [])
                lying.lies.change(Exchange.list) { (page: inout ListResponse) in
                    if page.records.isEmpty { page.checkpoint = forged }
                }
                await expectRefusal(.splitView) { _ = try await us.list() }
                lying.lies.change(Exchange.list) { (page: inout ListResponse) in
                    let last = ProvenRange(firstIndex: 0, count: 1, proof: [])
                    if page.records.isEmpty { page.ranges = [last] }
                }
                await expectRefusal(.wrongIndex) { _ = try await us.list() }
            }
        }
    }
}
