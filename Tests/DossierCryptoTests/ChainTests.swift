import DossierCrypto
import DossierTestSupport
import Testing

@Suite("Certificate chains")
struct ChainTests {
    static let time: Int64 = 1_760_000_000

    @Test("an intermediate is accepted in the chain and as an anchor, and missed when it is absent")
    func intermediate() throws {
        let pki = try TestPKI()
        let issuing = try self.subordinate(of: pki.authority(of: "kr"))
        let node = try self.issue(pki.profile("kr", .node, "n"), by: issuing)
        let expected = "spiffe://msmt.example/org/kr/node/n"

        let full = [node, issuing.certificate]
        #expect(try pki.anchors.verify(chain: full, usage: .client).spiffeID == expected)
        expectRefusal(.untrustedChain) {
            _ = try pki.anchors.verify(chain: [node], usage: .client)
        }
        let partial = try TrustAnchors(
            trustDomain: "msmt.example", anchors: ["kr": [issuing.certificate]])
        #expect(try partial.verify(chain: [node], usage: .client).spiffeID == expected)
        // What the root issues besides is not under this anchor.
        let beside = try pki.node("kr")
        expectRefusal(.untrustedChain) {
            _ = try partial.verify(chain: [beside.certificate, beside.issuer], usage: .client)
        }
    }

    @Test(
        "the root that one organisation's anchor stands under does not speak for that organisation")
    func commonRoot() throws {
        let root = try CertificateAuthority.selfSigned(
            .authority(organisation: "government", maximumIntermediates: nil),
            key: .generate(.ecdsaP256))
        let kr = try self.subordinate(of: root)
        let us = try self.subordinate(of: root)
        let anchors = try TrustAnchors(
            trustDomain: "msmt.example", anchors: ["kr": [kr.certificate], "us": [us.certificate]])
        let support = try TestPKI(organisations: [])
        let good = try self.issue(support.profile("kr", .node), by: kr)
        let crossed = try self.issue(support.profile("kr", .node), by: us)
        let above = try self.issue(support.profile("kr", .node), by: root)

        let chain = [good, kr.certificate, root.certificate]
        #expect(try anchors.verify(chain: chain, usage: .client).organisation == "kr")
        expectRefusal(.untrustedChain) {
            let chain = [crossed, us.certificate, root.certificate]
            _ = try anchors.verify(chain: chain, usage: .client)
        }
        expectRefusal(.untrustedChain) {
            _ = try anchors.verify(chain: [above, root.certificate], usage: .client)
        }
    }

    @Test("a CA issues no more levels of CAs than its certificate permits")
    func pathLength() throws {
        let pki = try TestPKI()  // roots that permit one level
        let first = try self.subordinate(of: pki.authority(of: "kr"), maximumIntermediates: nil)
        let second = try self.subordinate(of: first)
        let node = try self.issue(pki.profile("kr", .node), by: second)
        expectRefusal(.untrustedChain) {
            let chain = [node, second.certificate, first.certificate]
            _ = try pki.anchors.verify(chain: chain, usage: .client)
        }
    }

    @Test("four intermediates are followed, five are not")
    func depth() throws {
        let root = try CertificateAuthority.selfSigned(
            .authority(organisation: "kr", maximumIntermediates: nil), key: .generate(.ecdsaP256))
        let anchors = try TrustAnchors(
            trustDomain: "msmt.example", anchors: ["kr": [root.certificate]])
        let profile = try TestPKI(organisations: []).profile("kr", .node)
        var authority = root
        var above: [Certificate] = []
        for _ in 1...TrustAnchors.maximumIntermediates {
            authority = try self.subordinate(of: authority, maximumIntermediates: nil)
            above.insert(authority.certificate, at: 0)
            let chain = [try self.issue(profile, by: authority)] + above
            #expect(try anchors.verify(chain: chain, usage: .client).organisation == "kr")
        }
        authority = try self.subordinate(of: authority, maximumIntermediates: nil)
        let chain = [try self.issue(profile, by: authority), authority.certificate] + above
        expectRefusal(.untrustedChain) { _ = try anchors.verify(chain: chain, usage: .client) }
    }

    @Test("an end entity issues nothing")
    func endEntityAsAuthority() throws {
        let pki = try TestPKI()
        var profile = try pki.profile("kr", .node, "issuer")
        profile.keyUsages = [.digitalSignature, .keyCertSign]
        let node = try pki.issue(profile, by: "kr")
        // A CA of the same name and key, self-made, signs what the node's certificate would not.
        var authorityProfile = profile
        authorityProfile.role = .authority(maximumIntermediates: nil)
        let own = try CertificateAuthority.selfSigned(authorityProfile, key: node.privateKey)
        let forged = try self.issue(pki.profile("kr", .node, "forged"), by: own)
        expectRefusal(.untrustedChain, .wrongUsage) {
            _ = try pki.anchors.verify(chain: [forged, node.certificate], usage: .client)
        }
    }

    @Test("a chain is valid from its first second until its last, whoever's certificate that is")
    func validity() throws {
        let root = try CertificateAuthority.selfSigned(
            .authority(organisation: "kr", issuedAt: Self.time), key: .generate(.ecdsaP256))
        let anchors = try TrustAnchors(
            trustDomain: "msmt.example", anchors: ["kr": [root.certificate]])
        let identity = try PeerIdentity(
            trustDomain: "msmt.example", organisation: "kr", kind: .person, name: "kim")
        let person = try self.issue(.endEntity(identity, issuedAt: Self.time), by: root)
        for usage in [TrustAnchors.Usage.client, .attestation] {
            for time in [person.notBefore, Self.time, person.notAfter - 1] {
                #expect(try anchors.verify(chain: [person], at: time, usage: usage) == identity)
            }
            expectRefusal(.certificateNotYetValid) {
                _ = try anchors.verify(chain: [person], at: person.notBefore - 1, usage: usage)
            }
            for time in [person.notAfter, person.notAfter + 1, 253_402_300_799] {
                expectRefusal(.certificateExpired) {
                    _ = try anchors.verify(chain: [person], at: time, usage: usage)
                }
            }
        }
        // An end entity that outlives its CA does not outlive it here.
        var longer = CertificateProfile.endEntity(identity, issuedAt: Self.time)
        longer.notAfter = root.certificate.notAfter + 1000
        let certificate = try self.issue(longer, by: root)
        expectRefusal(.certificateExpired) {
            _ = try anchors.verify(
                chain: [certificate], at: root.certificate.notAfter, usage: .client)
        }
    }

    @Test(
        "a remembered chain is as good as a new one, and only as long and for what it was good for")
    func remembered() throws {
        let pki = try TestPKI()
        let person = try pki.person("kr", name: "kim")
        let chain = [person.certificate.der]
        for _ in 0..<3 {
            let peer = try pki.anchors.verify(encodedChain: chain, usage: .client)
            #expect(peer.identity.name == "kim")
            #expect(peer.certificate == person.certificate)
            #expect(
                peer.validity == person.certificate.notBefore..<person.certificate.notAfter)
            expectRefusal(.certificateExpired) {
                let time = person.certificate.notAfter
                _ = try pki.anchors.verify(encodedChain: chain, at: time, usage: .client)
            }
            expectRefusal(.certificateNotYetValid) {
                let time = person.certificate.notBefore - 1
                _ = try pki.anchors.verify(encodedChain: chain, at: time, usage: .client)
            }
            expectRefusal(.wrongUsage) {
                _ = try pki.anchors.verify(encodedChain: chain, usage: .server)
            }
        }
        // Other anchors remember nothing of it.
        expectRefusal(.untrustedChain) {
            _ = try TestPKI().anchors.verify(encodedChain: chain, usage: .client)
        }
    }

    private func subordinate(
        of authority: CertificateAuthority, maximumIntermediates: Int? = 0
    ) throws -> CertificateAuthority {
        let key = try PrivateKey.generate(.ecdsaP256)
        let profile = CertificateProfile.authority(
            organisation: "kr",
            commonName: "Issuing CA \(key.publicKey.keyID.hexadecimal.prefix(8))",
            maximumIntermediates: maximumIntermediates)
        return try CertificateAuthority(
            certificate: authority.issue(profile, for: key.publicKey), privateKey: key)
    }

    private func issue(
        _ profile: CertificateProfile, by authority: CertificateAuthority
    ) throws -> Certificate {
        try authority.issue(profile, for: PrivateKey.generate(.ecdsaP256).publicKey)
    }
}
