import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import DossierTestSupport
import Logging
import MerkleLog

@testable import DossierServer

/// What kr's node answers from, without the node: logs that a test fills as their originators'
/// nodes may, right or wrong.
struct TestHoldings {
    /// Of each organisation, kr first.
    let logs: [String: Mirror]
    let members: Members
    private let organisations: [String]
    private let pki: TestPKI

    /// Calls `body` with empty logs, kr's own and those of others.
    static func with(
        _ organisations: [String] = ["kr", "us", "jp"],
        _ body: (TestHoldings) async throws -> Void
    ) async throws {
        let pki = try TestPKI(organisations: organisations)
        let members = try TestMembers(organisations).members
        try await withTemporaryDirectory { path in
            var logs: [String: Mirror] = [:]
            let threads = MirrorThreads()
            for organisation in organisations {
                let origin = TestMembers.logOrigin(organisation)
                let log = try await Mirror.open(
                    of: TestLogKey.log(origin), below: path,
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    threads: threads)
                try await log.append(
                    MirroredLeaves(
                        runs: [], firstIndex: 0,
                        checkpoint: try TestLogKey.signer(of: origin).sign(.empty)))
                logs[organisation] = log
            }
            try await body(
                TestHoldings(
                    logs: logs, members: members, organisations: organisations, pki: pki))
            for log in logs.values { try? await log.close() }
        }
    }

    /// The log of an organisation.
    func log(_ organisation: String) throws -> Mirror {
        guard let log = self.logs[organisation] else {
            throw TestSupportError("\(organisation) has no log")
        }
        return log
    }

    /// Logs records as one batch of an organisation; gives their ids.
    @discardableResult
    func append(_ records: [TestRecord], to organisation: String) async throws -> [Digest] {
        let log = try self.log(organisation)
        let encoded = try records.map { try $0.encoded }
        let hashes = encoded.map { Tree.leafHash(of: $0) }
        let feeder = try self.pki.service(organisation)
        guard let signedAt = Moment(unixSeconds: UnixTime.now) else {
            throw TestSupportError("the clock shows no moment")
        }
        let root = Tree.root(of: hashes)
        let attestation = try Attestation(
            signing: AttestedBatch(
                logOrigin: log.held.identity.origin, originator: organisation, batchRoot: root,
                size: hashes.count, signedAt: signedAt, keyID: feeder.privateKey.publicKey.keyID),
            with: feeder.privateKey, certificates: [feeder.certificate])
        var edge = log.standing.edge
        for hash in hashes { edge.append(hash) }
        try await log.append(
            MirroredLeaves(
                runs: [
                    MirroredRun(
                        attestation: attestation.encoded(), leafHashes: hashes, root: root,
                        appended: Array(hashes.indices), records: encoded,
                        facts: encoded.map { RecordCheck.check($0).facts })
                ], firstIndex: log.standing.edge.size,
                checkpoint: try TestLogKey.signer(of: log.held.identity.origin).sign(edge.head)))
        return hashes
    }

    /// What answers from them.
    func retrieval(
        heartbeat: Duration = .seconds(20), now: @escaping @Sendable () -> Int64 = { UnixTime.now }
    ) throws -> Retrieval {
        let others = try self.organisations.dropFirst().map { organisation in
            MirroredLog(organisation: organisation, held: try self.log(organisation).held) {
                DirectContact(heardAt: "2026-01-31T12:00:00Z")
            }
        }
        let own = try self.log(self.organisations[0]).held
        return Retrieval(
            organisation: self.organisations[0], members: self.members,
            holdings: Holdings(own: own, of: self.organisations[0], mirrors: others),
            cursors: CursorSealer(
                key: try SealingKey.generate(), logOrigin: own.identity.origin),
            heartbeat: heartbeat, now: now)
    }

    /// Somebody of an organisation who may read.
    func reader(_ organisation: String) throws -> Peer {
        try Peer(
            chain: [self.pki.person(organisation).certificate.der], anchors: self.pki.anchors,
            members: self.members, revocations: RevocationLists())
    }
}
