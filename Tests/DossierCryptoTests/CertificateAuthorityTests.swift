import DossierCrypto
import DossierTestSupport
import Testing

@Suite("Certificate authority")
struct CertificateAuthorityTests {
    @Test("a CA read back from its files goes on issuing", arguments: KeyAlgorithm.allCases)
    func resumes(algorithm: KeyAlgorithm) throws {
        let made = try CertificateAuthority.selfSigned(organisation: "kr", algorithm: algorithm)
        let again = try CertificateAuthority(
            certificate: Certificate(pem: made.certificate.pem),
            privateKey: PrivateKey(pem: made.privateKeyPEM()))
        let profile = try TestPKI(organisations: []).profile("kr", .person, "kim")
        let certificate = try again.issue(
            profile, for: PrivateKey.generate(.ecdsaP256).publicKey)
        let anchors = try TrustAnchors(
            trustDomain: "msmt.example", anchors: ["kr": [made.certificate]])

        #expect(try anchors.verify(chain: [certificate], usage: .attestation).name == "kim")
    }

    @Test("a key that is not the certificate's, and a certificate that is no CA's, are refused")
    func mismatch() throws {
        let pki = try TestPKI(organisations: ["kr"])
        let node = try pki.node("kr")
        expectRefusal(.keyMismatch) {
            _ = try CertificateAuthority(
                certificate: node.issuer, privateKey: .generate(.ecdsaP256))
        }
        expectRefusal(.wrongUsage) {
            _ = try CertificateAuthority(
                certificate: node.certificate, privateKey: node.privateKey)
        }
        expectRefusal(.invalidProfile) {
            _ = try CertificateAuthority.selfSigned(
                pki.profile("kr", .node), key: .generate(.ecdsaP256))
        }
    }

    @Test(
        "a host that is neither a name nor an address is refused",
        arguments: [
            "", ".", "a..b", "-a", "a-", "a b", "a,DNS:b", "a/b", "*.example", "ä.example", "a\0",
            "1.2.3.4:50", String(repeating: "a", count: 64), "a\n",
            Array(repeating: "abcdefg", count: 40).joined(separator: "."),
        ])
    func malformedHost(host: String) throws {
        let pki = try TestPKI(organisations: ["kr"])
        expectRefusal(.invalidProfile) {
            _ = try pki.issue(pki.profile("kr", .node, hosts: [host]), by: "kr")
        }
    }

    @Test("names too long and times that run backwards are refused")
    func malformedProfile() throws {
        let pki = try TestPKI(organisations: ["kr"])
        var long = try pki.profile("kr", .person)
        long.commonName = String(repeating: "a", count: 65)
        var backwards = try pki.profile("kr", .person)
        backwards.notAfter = backwards.notBefore - 1
        for profile in [long, backwards] {
            expectRefusal(.invalidProfile) { _ = try pki.issue(profile, by: "kr") }
        }
    }

    @Test("no two certificates have the same bytes, even from one profile and key")
    func serialNumbers() throws {
        let authority = try CertificateAuthority.selfSigned(organisation: "kr", algorithm: .ed25519)
        let key = try PrivateKey.generate(.ed25519).publicKey
        let profile = try TestPKI(organisations: []).profile("kr", .node)

        let certificates = try (0..<50).map { _ in try authority.issue(profile, for: key) }

        #expect(Set(certificates).count == 50)
    }
}
