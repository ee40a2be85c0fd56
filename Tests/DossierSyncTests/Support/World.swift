import DossierAPI
import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog

@testable import DossierSync

/// Seven organisations with certificates and logs. Keys take long to make: one world serves a whole
/// test process.
struct World: Sendable {
    static let organisations = ["au", "gb", "jp", "kr", "us", "ca", "nz"]

    static let shared: World = {
        do { return try World() } catch { preconditionFailure("no world: \(error)") }
    }()

    let pki: TestPKI
    let members: Members
    let judge: RecordJudge
    /// Who signs the batches of each organisation.
    let feeders: [String: TestPKI.Credential]
    /// What signs the checkpoints of each organisation.
    let signers: [String: NoteSigner]
    /// What signs in the name of each organisation's log with a key that nobody knows.
    let strangers: [String: NoteSigner]
    let signedAt: Moment

    private init() throws {
        let pki = try TestPKI(organisations: Self.organisations)
        self.pki = pki
        self.members = try TestMembers(Self.organisations).members
        self.judge = RecordJudge(members: self.members, anchors: pki.anchors)
        var feeders: [String: TestPKI.Credential] = [:]
        var signers: [String: NoteSigner] = [:]
        var strangers: [String: NoteSigner] = [:]
        let stranger = try PrivateKey.generate(.ed25519)
        for organisation in Self.organisations {
            let origin = TestMembers.logOrigin(organisation)
            feeders[organisation] = try pki.service(organisation)
            signers[organisation] = try TestLogKey.signer(of: origin)
            strangers[organisation] = try NoteSigner(name: origin, privateKey: stranger)
        }
        self.feeders = feeders
        self.signers = signers
        self.strangers = strangers
        guard let now = Moment(unixSeconds: UnixTime.now) else {
            throw TestSupportError("the clock shows no moment")
        }
        self.signedAt = now
    }

    /// One organisation's log, mirrored for another.
    func subject(of originator: String, for reader: String) throws -> MirrorSubject {
        MirrorSubject(
            originator: originator, log: try self.judge.log(of: originator), reader: reader,
            judge: self.judge)
    }

    /// What an organisation signs for records in their order.
    ///
    /// - Parameter signer: who signs, if it is not the organisation's feeder.
    func attest(
        _ hashes: [Digest], by organisation: String, signer: TestPKI.Credential? = nil,
        changing change: (inout AttestedBatch) -> Void = { _ in }
    ) throws -> Attestation {
        guard let feeder = signer ?? self.feeders[organisation] else {
            throw TestSupportError("\(organisation) is no organisation of the world")
        }
        var batch = AttestedBatch(
            logOrigin: TestMembers.logOrigin(organisation), originator: organisation,
            batchRoot: Tree.root(of: hashes), size: hashes.count, signedAt: self.signedAt,
            keyID: feeder.privateKey.publicKey.keyID)
        change(&batch)
        return try Attestation(
            signing: batch, with: feeder.privateKey, certificates: [feeder.certificate])
    }

    /// The checkpoint that an organisation's log signs of a tree.
    func checkpoint(_ head: TreeHead, of organisation: String) throws -> SignedCheckpoint {
        guard let signer = self.signers[organisation] else {
            throw TestSupportError("\(organisation) is no organisation of the world")
        }
        return try signer.sign(head)
    }

    /// The same checkpoint under a log's name, signed with a key that nobody knows.
    func forged(_ head: TreeHead, of organisation: String) throws -> SignedCheckpoint {
        guard let signer = self.strangers[organisation] else {
            throw TestSupportError("\(organisation) is no organisation of the world")
        }
        return try signer.sign(head)
    }
}

extension Digest {
    /// A hash of nothing that any test logs.
    static let stranger = SHA256.digest(of: [0xD0])
}
