import DossierCrypto
import DossierTestSupport
import Foundation
import GRPCWire
import Logging
import Testing

@testable import DossierServer

@Suite("Warnings of what ends")
struct ExpiryTests {
    private static let day: Int64 = 86_400
    private static let end: Int64 = 2_000_000_000

    private static let thing = Expiring(subject: "the thing", end: Self.end, advice: "renew it")

    @Test("come at 30, 14 and 3 days to the second, and stay after the end")
    func days() {
        let notice = { (secondsBefore: Int64) in
            Self.thing.notice(at: Self.end - secondsBefore)?.rawValue
        }
        #expect(notice(30 * Self.day + 1) == nil)
        #expect(notice(30 * Self.day) == 30)
        #expect(notice(14 * Self.day + 1) == 30)
        #expect(notice(14 * Self.day) == 14)
        #expect(notice(3 * Self.day + 1) == 14)
        #expect(notice(3 * Self.day) == 3)
        #expect(notice(0) == 3)
        #expect(notice(-1_000 * Self.day) == 3)
    }

    @Test("say what ends, when, and what to do")
    func text() {
        let text = { (secondsBefore: Int64) in Self.thing.text(at: Self.end - secondsBefore) }
        let moment = "2033-05-18T03:33:20Z"
        #expect(text(30 * Self.day) == "the thing ends \(moment), in 30 days: renew it")
        #expect(text(30 * Self.day - 1) == "the thing ends \(moment), in 29 days: renew it")
        #expect(text(Self.day) == "the thing ends \(moment), in 1 day: renew it")
        #expect(text(1) == "the thing ends \(moment), within a day: renew it")
        #expect(text(0) == "the thing ended \(moment): renew it")
    }

    /// The health of the three services, as a client is told it.
    private static func serves(_ health: HealthService) -> [Bool] {
        ["30d", "14d", "3d"].map { health.status(of: "dossier.certificate.\($0)") == .serving }
    }

    @Test("set the health of a service for each notice")
    func health() {
        let health = HealthService()
        var watch = ExpiryWatch(health, logger: LogLines().logger)
        for (secondsBefore, expected) in [
            (30 * Self.day + 1, [true, true, true]), (30 * Self.day, [false, true, true]),
            (14 * Self.day, [false, false, true]), (3 * Self.day, [false, false, false]),
            (-1, [false, false, false]), (90 * Self.day, [true, true, true]),
        ] {
            watch.look(at: [Self.thing], at: Self.end - secondsBefore)
            #expect(Self.serves(health) == expected, "\(secondsBefore)")
        }
        let late = Expiring(subject: "another", end: Self.end + 100 * Self.day, advice: "")
        watch.look(at: [late, Self.thing], at: Self.end - 10 * Self.day)
        #expect(Self.serves(health) == [false, false, true])
        #expect(health.status(of: "") == .serving)
    }

    @Test("are logged when they begin, when they become urgent, and once a day")
    func log() {
        let lines = LogLines()
        var watch = ExpiryWatch(HealthService(), logger: lines.logger)
        var told: [(Int64, Logger.Level)] = []
        for hour in stride(from: 31 * 24, through: -24, by: -1) as StrideThrough<Int64> {
            watch.look(at: [Self.thing], at: Self.end - hour * 3_600)
            for level in [Logger.Level.warning, .error] {
                told += lines.take(level).map { _ in (hour, level) }
            }
        }
        #expect(told.map(\.0) == Array(stride(from: 30 * 24, through: -24, by: -24)))
        #expect(told.allSatisfy { $0.1 == ($0.0 > 3 * 24 ? .warning : .error) })

        watch.look(at: [Self.thing], at: Self.end)
        #expect(lines.take(.error).isEmpty)
        watch.begin()
        watch.look(at: [Self.thing], at: Self.end)
        #expect(lines.take(.error).count == 1)
    }

    @Test("are of the node's chain, its organisation's anchors, and the revocation lists")
    func subjects() throws {
        let pki = try TestPKI()
        let now = UnixTime.now
        let key = try PrivateKey.generate(.ecdsaP256)
        var profile = CertificateProfile.authority(
            organisation: "kr", commonName: "Issuing CA", maximumIntermediates: 0)
        profile.notAfter = now + 20 * Self.day
        let intermediate = try CertificateAuthority(
            certificate: pki.authority(of: "kr").issue(profile, for: key.publicKey),
            privateKey: key)
        let own = try PrivateKey.generate(.ecdsaP256)
        var node = try pki.profile("kr", .node, "node-1", hosts: ["localhost"])
        node.notAfter = now + 10 * Self.day
        let certificate = try intermediate.issue(node, for: own.publicKey)
        let anchor = try pki.authority(of: "kr").certificate
        let chain = try certificate.pem + intermediate.certificate.pem + anchor.pem
        let lists = try RevocationLists(
            pem: pki.authority(of: "us").revoke(
                [], issuedAt: now - 5 * Self.day, lifetimeSeconds: 3 * Self.day)
                + pki.authority(of: "jp").revoke([], issuedAt: now, lifetimeSeconds: 40 * Self.day),
            anchors: pki.anchors)
        let identity = NodeIdentity(
            try Credentials(chainPEM: chain, key: own, trustDomain: pki.trustDomain),
            revocations: lists)

        var warnings = identity.warnings(pki.anchors, at: now)
        #expect(warnings.count == 3, "\(warnings)")
        #expect(warnings[0].contains("revocation list of CN=Dossier CA of us,O=us ended"))
        #expect(warnings[1].contains("certificate of spiffe://msmt.example/org/kr/node/node-1"))
        #expect(warnings[1].contains("in 10 days"))
        #expect(warnings[2].contains("CA CN=Issuing CA,O=kr") && warnings[2].contains("in 20 days"))

        identity.setPairProblem("the pair is broken")
        identity.setListsProblem("the lists are broken")
        warnings = identity.warnings(pki.anchors, at: anchor.notAfter - 30 * Self.day)
        #expect(Array(warnings.prefix(2)) == ["the pair is broken", "the lists are broken"])
        #expect(warnings.count == 7, "\(warnings)")
        #expect(
            warnings.last?.contains("trust anchor CN=Dossier CA of kr,O=kr of kr ends") == true)
        #expect(identity.expiring(pki.anchors).count == 5)
    }
}
