import DossierCrypto
import DossierTestSupport
import Testing

@Suite("Trust anchors")
struct TrustAnchorsTests {
    @Test(
        "a member's node, person and service prove their identities",
        arguments: KeyAlgorithm.allCases)
    func members(algorithm: KeyAlgorithm) throws {
        let pki = try TestPKI(algorithm: algorithm)

        for organisation in ["kr", "us", "jp"] {
            let node = try pki.node(organisation, name: "seoul")
            let person = try pki.person(organisation, name: "kim")
            let service = try pki.service(organisation, name: "feed.1")
            let asServer = try pki.anchors.verify(chain: [node.certificate], usage: .server)
            let asClient = try pki.anchors.verify(
                chain: [node.certificate, node.issuer], usage: .client)
            let analyst = try pki.anchors.verify(chain: [person.certificate], usage: .client)
            let author = try pki.anchors.verify(chain: [service.certificate], usage: .attestation)

            #expect(asServer == asClient)
            #expect(asServer.spiffeID == "spiffe://msmt.example/org/\(organisation)/node/seoul")
            #expect(analyst.path == "/org/\(organisation)/person/kim")
            #expect(author.path == "/org/\(organisation)/service/feed.1")
        }
    }
}
