import DossierCrypto
import DossierTestSupport
import Testing

@Suite("Certificates")
struct CertificateTests {
    @Test("a certificate says what its profile said", arguments: KeyAlgorithm.allCases)
    func contents(algorithm: KeyAlgorithm) throws {
        let pki = try TestPKI(organisations: ["kr"], algorithm: algorithm)
        let time: Int64 = 1_760_000_000
        let identity = try PeerIdentity(
            trustDomain: "msmt.example", organisation: "kr", kind: .node, name: "seoul")
        let node = try pki.issue(.endEntity(identity, hosts: ["::1"], issuedAt: time), by: "kr")

        #expect(node.certificate.notBefore == time - CertificateProfile.backdatingSeconds)
        #expect(node.certificate.notAfter == time + CertificateProfile.nodeLifetimeSeconds)
        #expect(node.certificate.subject == "CN=seoul,O=kr")
        #expect(node.certificate.issuer == "CN=Dossier CA of kr,O=kr")
        #expect(try node.certificate.publicKey == node.privateKey.publicKey)
        #expect(node.certificate.fingerprint == SHA256.digest(of: node.certificate.der))
        #expect(try node.certificate.peerIdentity(trustDomain: "msmt.example") == identity)
        #expect(!node.certificate.isAuthority)
        #expect(node.issuer.isAuthority)
    }

    @Test("times before 1970, past 2038 and past 2050 are read as they were written")
    func times() throws {
        let authority = try CertificateAuthority.selfSigned(organisation: "kr")
        let key = try PrivateKey.generate(.ed25519).publicKey
        for (start, end): (Int64, Int64) in [(-86_400, 0), (2_147_483_648, 2_524_608_000)] {
            let profile = CertificateProfile(
                organisationName: "kr", commonName: "x", notBefore: start, notAfter: end)
            let certificate = try authority.issue(profile, for: key)
            #expect(certificate.notBefore == start)
            #expect(certificate.notAfter == end)
        }
    }

    @Test("a name is printed without anything that a terminal or a log would act on")
    func escapedName() throws {
        let authority = try CertificateAuthority.selfSigned(organisation: "kr")
        let profile = CertificateProfile(
            organisationName: "a,b+c=d", commonName: "evil\u{1B}[31m\n\u{202E}한", notBefore: 0,
            notAfter: 1)
        let certificate = try authority.issue(
            profile, for: PrivateKey.generate(.ed25519).publicKey)

        #expect(certificate.subject.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(certificate.subject.contains("O=a\\,b\\+c=d"))
    }

    @Test("a certificate cut at any byte, or with a byte behind it, is refused")
    func otherLength() throws {
        let der = try TestPKI(organisations: ["kr"]).node("kr").certificate.der
        for count in 0..<der.count {
            expectRefusal(.malformedCertificate) { _ = try Certificate(der: Array(der[..<count])) }
        }
        expectRefusal(.malformedCertificate) { _ = try Certificate(der: der + [0]) }
    }

    @Test("a certificate with any byte changed is refused or proves nothing")
    func changedBytes() throws {
        let pki = try TestPKI(organisations: ["kr"])
        let der = try pki.node("kr").certificate.der
        for position in der.indices {
            var changed = der
            changed[position] ^= 1 << (position % 8)
            #expect(throws: CryptoError.self, "byte \(position)") {
                _ = try pki.anchors.verify(encodedChain: [changed], usage: .client)
            }
        }
    }

    @Test("a length in a longer form than needed is refused")
    func laxEncoding() throws {
        let der = try TestPKI(organisations: ["kr"]).node("kr").certificate.der
        try #require(der[1] == 0x82)
        let lax = [der[0], 0x83, 0x00] + der[2...]
        expectRefusal(.malformedCertificate) { _ = try Certificate(der: lax) }
    }

    @Test("a certificate larger than the limit is refused before it is read")
    func tooLarge() {
        let bytes = [UInt8](repeating: 0x30, count: Certificate.maximumBytes + 1)
        expectRefusal(.malformedCertificate) { _ = try Certificate(der: bytes) }
    }

    @Test("a PEM chain is read in its order, whatever text stands around it")
    func chain() throws {
        let node = try TestPKI(organisations: ["kr"]).node("kr")
        let file =
            try Array("hello\n".utf8) + node.certificatePEM + Array("\nworld\n".utf8)
            + node.issuer.pem

        #expect(try Certificate.chain(pem: file) == [node.certificate, node.issuer])
        #expect(try Certificate(pem: node.certificatePEM) == node.certificate)
        expectRefusal(.malformedCertificate) { _ = try Certificate(pem: file) }
    }

    @Test("PEM with no certificate, too many, a broken one or something else is refused")
    func malformedPEM() throws {
        let node = try TestPKI(organisations: ["kr"]).node("kr")
        let good = try node.certificatePEM
        let malformed: [[UInt8]] = [
            [], Array("nothing".utf8), Array(good.dropLast(40)),
            good + Array(good.dropLast(40)),
            good + (try node.privateKeyPEM),
            (try node.privateKeyPEM) + good,
            (0...Certificate.maximumChainLength).flatMap { _ in good },
            pem("CERTIFICATE", [1, 2, 3]), pem("TRUSTED CERTIFICATE", node.certificate.der),
            Array("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n".utf8),
        ]
        for (number, file) in malformed.enumerated() {
            expectRefusal(.malformedCertificate) {
                _ = try Certificate.chain(pem: file)
                Issue.record("file \(number) is accepted")
            }
        }
    }
}
