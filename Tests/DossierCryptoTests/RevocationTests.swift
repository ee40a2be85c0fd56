import DossierTestSupport
import Testing

@testable import DossierCrypto

@Suite("Revocation lists")
struct RevocationTests {
    private static func peer(
        _ credential: TestPKI.Credential, _ pki: TestPKI, chain: [Certificate] = []
    ) throws -> VerifiedPeer {
        try pki.anchors.verify(
            encodedChain: [credential.certificate.der] + chain.map(\.der), usage: .client)
    }

    /// A CA below an organisation's, and a person of its.
    private static func intermediate(
        of organisation: String, _ pki: TestPKI
    ) throws -> (authority: CertificateAuthority, person: TestPKI.Credential) {
        let key = try PrivateKey.generate(.ecdsaP256)
        var profile = CertificateProfile.authority(
            organisation: organisation, commonName: "Issuing CA", maximumIntermediates: 0)
        profile.notAfter = UnixTime.now + 86_400
        let authority = try CertificateAuthority(
            certificate: pki.authority(of: organisation).issue(profile, for: key.publicKey),
            privateKey: key)
        let own = try PrivateKey.generate(.ecdsaP256)
        let certificate = try authority.issue(
            pki.profile(organisation, .person), for: own.publicKey)
        return (
            authority,
            TestPKI.Credential(
                certificate: certificate, privateKey: own, issuer: authority.certificate)
        )
    }

    @Test(
        "what a CA took back is refused, everything else is not", arguments: KeyAlgorithm.allCases)
    func revoked(algorithm: KeyAlgorithm) throws {
        let pki = try TestPKI(organisations: ["kr", "us"], algorithm: algorithm)
        let (first, second) = (try pki.person("kr"), try pki.person("kr"))
        let stranger = try pki.person("us")
        var file = try pki.authority(of: "kr").revoke([first.certificate])
        var lists = try RevocationLists(pem: file, anchors: pki.anchors)
        #expect(lists.revokedCount == 1 && lists.lists.count == 1)
        let (one, two) = (try Self.peer(first, pki), try Self.peer(second, pki))
        expectRefusal(.certificateRevoked) { try lists.check(one) }
        try lists.check(two)
        try lists.check(Self.peer(stranger, pki))
        try RevocationLists().check(one)

        file = try pki.authority(of: "kr").revoke([second.certificate], addingTo: file)
        file = try pki.authority(of: "us").revoke([stranger.certificate], addingTo: file)
        lists = try RevocationLists(pem: file, anchors: pki.anchors)
        #expect(lists.revokedCount == 3 && lists.lists.count == 2)
        for credential in [first, second, stranger] {
            let peer = try Self.peer(credential, pki)
            expectRefusal(.certificateRevoked) { try lists.check(peer) }
        }
    }

    @Test("a CA takes back no certificate of another, nor its number under another's name")
    func foreign() throws {
        let pki = try TestPKI(organisations: ["kr", "us"])
        let person = try pki.person("kr")
        expectRefusal(.untrustedChain) {
            _ = try pki.authority(of: "us").revoke([person.certificate])
        }
        var profile = CertificateProfile.authority(organisation: "kr")
        profile.commonName = "Dossier CA of kr"
        let impostor = try CertificateAuthority.selfSigned(profile, key: .generate(.ecdsaP256))
        let anchors = try TrustAnchors(
            trustDomain: "msmt.example",
            anchors: [
                "kr": [pki.authority(of: "kr").certificate], "us": [impostor.certificate],
            ])
        let list = try impostor.revocationList(
            of: [person.certificate.serialNumber], issuedAt: UnixTime.now, lifetimeSeconds: 60)
        let lists = try RevocationLists(pem: pem("X509 CRL", list), anchors: anchors)
        #expect(lists.revokedCount == 1)
        try lists.check(
            anchors.verify(encodedChain: [person.certificate.der], usage: .client))
    }

    @Test("a list past its time counts, and says when that was")
    func outdated() throws {
        let pki = try TestPKI(organisations: ["kr"])
        let (gone, good) = (try pki.person("kr"), try pki.person("kr"))
        let made = UnixTime.now - 1_000
        let file = try pki.authority(of: "kr").revoke(
            [gone.certificate], issuedAt: made, lifetimeSeconds: 10)
        let lists = try RevocationLists(pem: file, anchors: pki.anchors)
        let peer = try Self.peer(gone, pki)
        expectRefusal(.certificateRevoked) { try lists.check(peer) }
        try lists.check(Self.peer(good, pki))
        #expect(lists.lists.first?.thisUpdate == made)
        #expect(lists.lists.first?.nextUpdate == made + 10)
    }

    @Test("with a CA's certificate, everything below it is taken back")
    func intermediateRevoked() throws {
        let pki = try TestPKI(organisations: ["kr"])
        let (authority, person) = try Self.intermediate(of: "kr", pki)
        let file = try pki.authority(of: "kr").revoke([authority.certificate])
        let lists = try RevocationLists(pem: file, anchors: pki.anchors)
        let peer = try Self.peer(person, pki, chain: [authority.certificate])
        #expect(peer.issuances.count == 2)
        expectRefusal(.certificateRevoked) { try lists.check(peer) }
    }

    @Test(
        "an intermediate CA's list counts if its certificate is in the file and leads to an anchor")
    func intermediateList() throws {
        let pki = try TestPKI(organisations: ["kr"])
        let (authority, person) = try Self.intermediate(of: "kr", pki)
        let list = try authority.revoke([person.certificate])
        expectRefusal(.untrustedRevocationList) {
            _ = try RevocationLists(pem: list, anchors: pki.anchors)
        }
        let lists = try RevocationLists(
            pem: authority.certificate.pem + list, anchors: pki.anchors)
        let peer = try Self.peer(person, pki, chain: [authority.certificate])
        expectRefusal(.certificateRevoked) { try lists.check(peer) }
        // Adding to such a file keeps the certificate.
        let more = try pki.authority(of: "kr").revoke(
            [], addingTo: authority.certificate.pem + list)
        #expect(try RevocationLists(pem: more, anchors: pki.anchors).lists.count == 2)

        let other = try TestPKI(organisations: ["kr"])
        let stranger = try Self.intermediate(of: "kr", other)
        expectRefusal(.untrustedRevocationList) {
            _ = try RevocationLists(
                pem: stranger.authority.certificate.pem + stranger.authority.revoke([]),
                anchors: pki.anchors)
        }
        expectRefusal(.untrustedRevocationList) {
            _ = try RevocationLists(
                pem: person.certificate.pem + list, anchors: pki.anchors)
        }
    }

    @Test("a list that no member's CA signed, or that its CA may not sign, is refused")
    func untrusted() throws {
        let pki = try TestPKI(organisations: ["kr"])
        expectRefusal(.untrustedRevocationList) {
            _ = try RevocationLists(
                pem: TestPKI(organisations: ["kr"]).authority(of: "kr").revoke([]),
                anchors: pki.anchors)
        }
        var profile = CertificateProfile.authority(organisation: "kr")
        profile.keyUsages = [.keyCertSign]
        let silent = try CertificateAuthority.selfSigned(profile, key: .generate(.ecdsaP256))
        let anchors = try TrustAnchors(
            trustDomain: "msmt.example", anchors: ["kr": [silent.certificate]])
        expectRefusal(.untrustedRevocationList) {
            _ = try RevocationLists(pem: silent.revoke([]), anchors: anchors)
        }
    }

    @Test("bytes that are no lists are refused, and so is every flipped bit and every cut")
    func malformed() throws {
        let pki = try TestPKI(organisations: ["kr"])
        let file = try pki.authority(of: "kr").revoke([pki.person("kr").certificate])
        let list = try der(ofPEM: file)
        let broken: [[UInt8]] = [
            [], Array("no list".utf8), Array(file.prefix(file.count / 2)),
            pem("X509 CRL", []), pem("X509 CRL", list + [0]), pem("CERTIFICATE", list),
            pem("PRIVATE KEY", list), try pki.authority(of: "kr").certificate.pem,
        ]
        for bytes in broken {
            expectRefusal(.malformedRevocationList, .malformedCertificate) {
                _ = try RevocationLists(pem: bytes, anchors: pki.anchors)
            }
        }
        for count in 0..<list.count {
            expectRefusal(.malformedRevocationList) {
                _ = try RevocationLists(
                    pem: pem("X509 CRL", Array(list[..<count])), anchors: pki.anchors)
            }
        }
        for index in list.indices {
            var flipped = list
            flipped[index] ^= 1
            #expect(throws: CryptoError.self) {
                _ = try RevocationLists(pem: pem("X509 CRL", flipped), anchors: pki.anchors)
            }
        }
    }

    @Test(
        "the openssl program and we take the same certificates back",
        .enabled(if: OpenSSLProgram.isInstalled))
    func foreignProgram() throws {
        try withTemporaryDirectory { directory in
            let openssl = OpenSSLProgram(directory: directory)
            try openssl.makeAuthority()
            var program = openssl
            program.environment["DOSSIER_NAME"] = "somebody"
            program.environment["DOSSIER_HOSTS"] = "DNS:localhost"
            for name in ["gone", "good"] { try program.issue(name, profile: "person") }
            let anchor = try Certificate(pem: openssl.read("ca.pem"))
            let anchors = try TrustAnchors(trustDomain: "msmt.example", anchors: ["kr": [anchor]])
            let peers = try ["gone", "good"].map { name in
                try anchors.verify(
                    encodedChain: [Certificate(pem: openssl.read("\(name).pem")).der],
                    usage: .client)
            }

            try openssl.write("", to: "index.txt")
            try openssl.write("01\n", to: "number")
            try openssl.write(Self.authorityConfiguration, to: "ca.cnf")
            let ca = "ca -config ca.cnf -keyfile ca.key -cert ca.pem"
            try openssl("\(ca) -revoke gone.pem")
            try openssl("\(ca) -gencrl -out theirs.pem")
            let theirs = try RevocationLists(pem: openssl.read("theirs.pem"), anchors: anchors)
            expectRefusal(.certificateRevoked) { try theirs.check(peers[0]) }
            try theirs.check(peers[1])

            for (extensions, digest) in [
                ("delta", "sha256"), ("indirect", "sha256"), ("strange", "sha256"),
                ("plain", "sha1"),
            ] {
                try openssl("\(ca) -gencrl -crlexts \(extensions) -md \(digest) -out odd.pem")
                let odd = try openssl.read("odd.pem")
                expectRefusal(.malformedRevocationList) {
                    _ = try RevocationLists(pem: odd, anchors: anchors)
                }
            }
            try openssl("\(ca) -gencrl -crlexts part -out part.pem")
            #expect(
                try RevocationLists(pem: openssl.read("part.pem"), anchors: anchors).revokedCount
                    == 1)

            let ours = try CertificateAuthority(
                certificate: anchor, privateKey: PrivateKey(pem: openssl.read("ca.key"))
            ).revoke([Certificate(pem: openssl.read("gone.pem"))])
            try openssl.write(String(decoding: ours, as: UTF8.self), to: "ours.pem")
            let verify = "verify -x509_strict -crl_check -CAfile ca.pem -CRLfile ours.pem"
            #expect(try openssl("\(verify) good.pem") == "good.pem: OK\n")
            #expect(throws: TestSupportError.self) { try openssl("\(verify) gone.pem") }
        }
    }

    private static let authorityConfiguration = """
        [ca]
        default_ca = own
        [own]
        database = index.txt
        crlnumber = number
        default_md = sha256
        default_crl_days = 30
        [plain]
        authorityKeyIdentifier = keyid
        [delta]
        2.5.29.27 = critical,ASN1:INTEGER:1
        [indirect]
        issuingDistributionPoint = critical,@wide
        [wide]
        indirectCRL = TRUE
        [part]
        issuingDistributionPoint = critical,@narrow
        [narrow]
        onlyuser = TRUE
        [strange]
        1.2.3.4 = critical,ASN1:NULL

        """
}
