import DossierAPI
import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog
import Testing

@testable import DossierClient

@Suite("What a client says that it knows of more logs than a request may name")
struct KnownLogsTests {
    private static let organisations = (10..<90).map { "org-\($0)" }
    private static let most = 64

    private static func checkpoint(_ organisation: String, _ size: UInt64) throws
        -> SignedCheckpoint
    {
        let root = SHA256.digest(of: Array("\(size)".utf8))
        return try TestLogKey.signer(of: TestMembers.logOrigin(organisation))
            .sign(TreeHead(size: size, root: root))
    }

    private static func trackers() throws -> LogTrackers {
        let members = try TestMembers(self.organisations).members
        return LogTrackers(
            own: try #require(members[self.organisations[0]]), members: members,
            known: try self.organisations.map { try self.checkpoint($0, 9) })
    }

    @Test("it names as many as it may, and those of the originators that are asked for first")
    func asked() throws {
        let trackers = try Self.trackers()
        #expect(trackers.known(first: []).otherTrees.count == Self.most)
        for asked in [["org-89"], ["org-11", "org-80", "org-88"], ["org-10"], ["stranger"]] {
            let known = trackers.known(first: asked)
            #expect(known.otherTrees.count == Self.most)
            for organisation in asked where trackers.own.log.origin.contains(organisation) == false
            {
                let origin = TestMembers.logOrigin(organisation)
                let isMember = Self.organisations.contains(organisation)
                #expect((known[origin] != nil) == isMember, "\(organisation)")
            }
        }
    }

    @Test("a mirror that is behind in a log that was not named leaves nothing to be proven")
    func behind() throws {
        let trackers = try Self.trackers()
        let tracker = try trackers.tracker(of: TestMembers.logOrigin("org-89"))
        let shown = try Self.checkpoint("org-89", 5)
        _ = try tracker.accept(
            ProvenCheckpoint(checkpoint: shown.bytes, consistencyProof: []), knowing: nil)
        #expect(tracker.takePairs().isEmpty)
        #expect(tracker.newest?.head.size == 9)

        let newer = try Self.checkpoint("org-89", 12)
        _ = try tracker.accept(
            ProvenCheckpoint(checkpoint: newer.bytes, consistencyProof: []), knowing: nil)
        #expect(tracker.takePairs().map(\.smaller.head.size) == [9], "what came must go on from it")
    }
}
