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

    // What libcrypto's path validation alone would accept: a good chain to a known anchor.
    @Test("a certificate of one organisation's CA that names another proves nothing")
    func foreignOrganisation() throws {
        let pki = try TestPKI()
        for (issuer, named) in [("kr", "us"), ("us", "kr"), ("jp", "us")] {
            let forged = try pki.issue(pki.profile(named, .node), by: issuer)
            for usage in [TrustAnchors.Usage.client, .server, .attestation] {
                expectRefusal(.untrustedChain) {
                    _ = try pki.anchors.verify(
                        chain: [forged.certificate, forged.issuer], usage: usage)
                }
            }
        }
    }

    @Test("CAs with equal names do not stand in for each other, nor in each other's way")
    func equalNames() throws {
        let profile = CertificateProfile.authority(organisation: "ca", commonName: "The CA")
        let kr = try CertificateAuthority.selfSigned(profile, key: .generate(.ecdsaP256))
        let us = try CertificateAuthority.selfSigned(profile, key: .generate(.ecdsaP256))
        let anchors = try TrustAnchors(
            trustDomain: "msmt.example", anchors: ["kr": [kr.certificate], "us": [us.certificate]])
        let key = try PrivateKey.generate(.ecdsaP256).publicKey
        let support = try TestPKI(organisations: [])
        for (named, own, other) in [("kr", kr, us), ("us", us, kr)] {
            let profile = try support.profile(named, .node)
            let good = try own.issue(profile, for: key)
            let forged = try other.issue(profile, for: key)
            let identity = try anchors.verify(chain: [good, other.certificate], usage: .client)
            #expect(identity.organisation == named)
            expectRefusal(.untrustedChain) {
                _ = try anchors.verify(chain: [forged, other.certificate], usage: .client)
            }
        }
    }

    @Test("an organisation without anchors is nobody")
    func unknownOrganisation() throws {
        let pki = try TestPKI()
        let stranger = try pki.issue(pki.profile("fr", .node), by: "kr")
        expectRefusal(.unknownOrganisation) {
            _ = try pki.anchors.verify(chain: [stranger.certificate], usage: .client)
        }
        let none = try TrustAnchors(trustDomain: "msmt.example", anchors: ["kr": []])
        let node = try pki.node("kr")
        expectRefusal(.untrustedChain) {
            _ = try none.verify(chain: [node.certificate, node.issuer], usage: .client)
        }
    }

    @Test("a CA nobody knows, and a certificate that signed itself, prove nothing")
    func unknownAuthority() throws {
        let pki = try TestPKI()
        let evil = try TestPKI().node("kr")
        expectRefusal(.untrustedChain) {
            _ = try pki.anchors.verify(chain: [evil.certificate, evil.issuer], usage: .client)
        }
        let key = try PrivateKey.generate(.ecdsaP256)
        var profile = try pki.profile("kr", .node)
        profile.role = .authority(maximumIntermediates: 0)
        profile.keyUsages = [.digitalSignature, .keyCertSign]
        let own = try CertificateAuthority.selfSigned(profile, key: key)
        expectRefusal(.wrongUsage) {
            _ = try pki.anchors.verify(chain: [own.certificate], usage: .client)
        }
    }

    @Test("a chain that is empty, too long or in another order proves nothing")
    func malformedChain() throws {
        let pki = try TestPKI()
        let node = try pki.node("kr")
        let long = [Certificate](
            repeating: node.certificate, count: Certificate.maximumChainLength + 1)
        for chain in [[], long] {
            expectRefusal(.untrustedChain) {
                _ = try pki.anchors.verify(chain: chain, usage: .client)
            }
            expectRefusal(.untrustedChain) {
                _ = try pki.anchors.verify(encodedChain: chain.map(\.der), usage: .client)
            }
        }
        expectRefusal(.malformedIdentity) {
            _ = try pki.anchors.verify(chain: [node.issuer, node.certificate], usage: .client)
        }
    }

    @Test("an anchor under two organisations is refused, also under another certificate of its key")
    func sharedAnchor() throws {
        let pki = try TestPKI()
        let kr = try pki.authority(of: "kr")
        expectRefusal(.malformedAnchors) {
            _ = try TrustAnchors(
                trustDomain: "msmt.example",
                anchors: ["kr": [kr.certificate], "us": [kr.certificate]])
        }
        let key = try PrivateKey.generate(.ecdsaP256)
        let names = ["kr", "us"]
        let certificates = try names.map {
            try CertificateAuthority.selfSigned(.authority(organisation: $0), key: key).certificate
        }
        expectRefusal(.malformedAnchors) {
            _ = try TrustAnchors(
                trustDomain: "msmt.example",
                anchors: ["kr": [certificates[0]], "us": [certificates[1]]])
        }
        // Both under one organisation: a CA that renewed its certificate.
        _ = try TrustAnchors(trustDomain: "msmt.example", anchors: ["kr": certificates])
    }

    @Test("what is no CA's certificate is no anchor, and malformed names have none")
    func malformedAnchors() throws {
        let pki = try TestPKI()
        let node = try pki.node("kr").certificate
        let authority = try pki.authority(of: "kr").certificate
        expectRefusal(.malformedAnchors) {
            _ = try TrustAnchors(trustDomain: "msmt.example", anchors: ["kr": [node]])
        }
        for (domain, organisation) in [("MSMT.example", "kr"), ("", "kr"), ("a", "KR"), ("a", "")] {
            expectRefusal(.malformedIdentity) {
                _ = try TrustAnchors(trustDomain: domain, anchors: [organisation: [authority]])
            }
        }
    }
}
