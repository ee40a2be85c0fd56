import DossierCrypto
import DossierTestSupport
import Testing

/// Certificates that the `openssl` program made, as an agency's own CA makes them.
@Suite("Certificates of a foreign CA", .enabled(if: OpenSSLProgram.isInstalled))
struct ForeignCertificateTests {
    @Test(
        "the profiles of Certs/ make certificates that prove identities",
        arguments: [PeerIdentity.Kind.node, .person, .service],
        ["EC -pkeyopt ec_paramgen_curve:P-256", "ED25519", "RSA -pkeyopt rsa_keygen_bits:2048"])
    func profiles(kind: PeerIdentity.Kind, authorityKey: String) throws {
        try self.withProgram(authorityKey) { openssl, anchors in
            try openssl.issue("peer", profile: kind.rawValue)
            let peer = try Certificate(pem: openssl.read("peer.pem"))
            let identity = try anchors.verify(chain: [peer], usage: .client)

            #expect(identity.path == "/org/kr/\(kind.rawValue)/somebody")
            #expect(try anchors.verify(chain: [peer], usage: .attestation) == identity)
            if kind == .node {
                #expect(try anchors.verify(chain: [peer], usage: .server) == identity)
            }
            let key = try PrivateKey(pem: openssl.read("peer.key"))
            #expect(try peer.publicKey == key.publicKey)
        }
    }

    @Test(
        "our own CA puts into certificates what the profiles say",
        arguments: PeerIdentity.Kind.allCases)
    func sameContents(kind: PeerIdentity.Kind) throws {
        try self.withProgram { openssl, _ in
            try openssl.issue("theirs", profile: kind.rawValue)
            let pki = try TestPKI(organisations: ["kr"])
            let hosts = kind == .node ? ["localhost", "127.0.0.1"] : []
            let ours = try pki.issue(pki.profile("kr", kind, hosts: hosts), by: "kr")
            try openssl.write(String(decoding: ours.certificatePEM, as: UTF8.self), to: "ours.pem")
            try openssl.write(String(decoding: ours.issuer.pem, as: UTF8.self), to: "our-ca.pem")
            let shown =
                " -noout -subject -nameopt RFC2253 -ext"
                + " basicConstraints,keyUsage,extendedKeyUsage,subjectAltName"

            let end = try openssl("x509 -in ours.pem" + shown)
            #expect(try openssl("x509 -in theirs.pem" + shown) == end)
            #expect(end.contains("URI:spiffe://msmt.example/org/kr/\(kind.rawValue)/somebody"))
            #expect(
                try openssl("x509 -in ca.pem" + shown) == openssl("x509 -in our-ca.pem" + shown))
            let verified = try openssl("verify -x509_strict -CAfile our-ca.pem ours.pem")
            #expect(verified == "ours.pem: OK\n")
        }
    }

    @Test("a key under a passphrase is refused and not asked for; SEC 1 is read")
    func keyForms() throws {
        try self.withProgram { openssl, _ in
            try openssl("pkey -in ca.key -aes256 -passout pass:secret -out locked.key")
            try openssl("ec -in ca.key -out sec1.key")
            try openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.key")
            try openssl(
                "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"
                    + " -pkeyopt ec_param_enc:explicit -out explicit.key")

            let armour = "-----BEGIN EC " + "PRIVATE KEY"  // in two, or it looks like a key here
            #expect(try openssl.read("sec1.key").starts(with: armour.utf8))
            let sec1 = try PrivateKey(pem: openssl.read("sec1.key"))
            #expect(try sec1.publicKey == PrivateKey(pem: openssl.read("ca.key")).publicKey)
            expectRefusal(.malformedKey) { _ = try PrivateKey(pem: openssl.read("locked.key")) }
            expectRefusal(.unsupportedKey) { _ = try PrivateKey(pem: openssl.read("rsa.key")) }
            expectRefusal(.unsupportedKey) {
                _ = try PrivateKey(pem: openssl.read("explicit.key"))
            }
        }
    }

    @Test("weak keys and weak signatures prove nothing")
    func weak() throws {
        try self.withProgram { openssl, anchors in
            try openssl.issue("rsa1024", profile: "node", key: "RSA -pkeyopt rsa_keygen_bits:1024")
            try openssl.issue("sha1", profile: "node", digest: "sha1")
            try openssl.issue("rsa2048", profile: "node", key: "RSA -pkeyopt rsa_keygen_bits:2048")
            for name in ["rsa1024", "sha1"] {
                let peer = try Certificate(pem: openssl.read("\(name).pem"))
                expectRefusal(.untrustedChain) {
                    _ = try anchors.verify(chain: [peer], usage: .client)
                }
            }
            // Strong enough to connect with, but it signs no attestations.
            let peer = try Certificate(pem: openssl.read("rsa2048.pem"))
            #expect(try anchors.verify(chain: [peer], usage: .client).kind == .node)
            expectRefusal(.unsupportedKey) { _ = try peer.publicKey }
        }
    }

    @Test(
        "an extension that libcrypto does not know or cannot accept proves nothing",
        arguments: [
            ("1.2.3.4 = critical,ASN1:NULL", CryptoError.Code.untrustedChain),
            ("subjectAltName = DNS:localhost", .malformedIdentity),
            (
                "subjectAltName = otherName:1.2.3.4;UTF8:spiffe://msmt.example/org/kr/node/n",
                .malformedIdentity
            ),
            ("subjectAltName = email:a@b.example,RID:1.2.3.4", .malformedIdentity),
            ("subjectAltName = DER:0500", .malformedCertificate),
            ("keyUsage = critical,keyAgreement", .wrongUsage),
            ("extendedKeyUsage = anyExtendedKeyUsage", .wrongUsage),
            ("extendedKeyUsage = codeSigning,emailProtection", .wrongUsage),
            ("basicConstraints = DER:0500", .malformedCertificate),
        ])
    func extensions(line: String, code: CryptoError.Code) throws {
        try self.withProgram { openssl, anchors in
            let name = line.prefix { $0 != " " }
            let usual = [
                "basicConstraints = critical,CA:FALSE", "keyUsage = critical,digitalSignature",
                "extendedKeyUsage = serverAuth,clientAuth", "subjectKeyIdentifier = hash",
                "authorityKeyIdentifier = keyid:always",
                "subjectAltName = URI:spiffe://msmt.example/org/kr/node/somebody",
            ]
            // The control: with nothing exchanged, it is accepted.
            try openssl.write((["[extensions]"] + usual).joined(separator: "\n"), to: "good.cnf")
            try openssl.issue("good", profile: "node", extensions: "good.cnf")
            let good = try Certificate(pem: openssl.read("good.pem"))
            #expect(try anchors.verify(chain: [good], usage: .client).name == "somebody")
            let lines = ["[extensions]"] + usual.filter { !$0.hasPrefix("\(name) ") } + [line]
            try openssl.write(lines.joined(separator: "\n"), to: "changed.cnf")
            try openssl.issue("changed", profile: "node", extensions: "changed.cnf")
            expectRefusal(code) {
                let peer = try Certificate(pem: openssl.read("changed.pem"))
                _ = try anchors.verify(chain: [peer], usage: .client)
            }
        }
    }

    @Test("a CA issues no identity outside the names that its certificate permits")
    func nameConstraints() throws {
        try self.withProgram { openssl, _ in
            for (host, isPermitted) in [("msmt.example", true), ("other.example", false)] {
                try openssl.write(
                    """
                    [extensions]
                    basicConstraints = critical,CA:TRUE
                    keyUsage = critical,keyCertSign
                    subjectKeyIdentifier = hash
                    authorityKeyIdentifier = keyid:always
                    nameConstraints = critical,permitted;URI:\(host)
                    """, to: "limited.cnf")
                try openssl(
                    "req -new -config \(OpenSSLProgram.profiles)/authority.cnf -key ca.key"
                        + " -out ca.csr")
                try openssl(
                    "x509 -req -in ca.csr -key ca.key -extfile limited.cnf"
                        + " -extensions extensions -days 30 -out ca.pem")
                try openssl.issue("peer", profile: "person")
                let authority = try Certificate(pem: openssl.read("ca.pem"))
                let anchors = try TrustAnchors(
                    trustDomain: "msmt.example", anchors: ["kr": [authority]])
                let peer = try Certificate(pem: openssl.read("peer.pem"))
                guard !isPermitted else {
                    #expect(try anchors.verify(chain: [peer], usage: .client).name == "somebody")
                    continue
                }
                expectRefusal(.untrustedChain) {
                    _ = try anchors.verify(chain: [peer], usage: .client)
                }
            }
        }
    }

    @Test("a CA that copies another's name and key identifier does not disturb its members")
    func copiedKeyIdentifier() throws {
        try self.withProgram { openssl, _ in
            try openssl.issue("peer", profile: "node")
            let genuine = try Certificate(pem: openssl.read("ca.pem"))
            let identifier =
                try openssl("x509 -in ca.pem -noout -ext subjectKeyIdentifier")
                .split(separator: "\n").last.map { $0.filter { $0 != " " && $0 != ":" } } ?? ""
            try openssl.write(
                """
                [req]
                prompt = no
                distinguished_name = subject
                [subject]
                O = kr
                CN = Dossier CA of kr
                [extensions]
                basicConstraints = critical,CA:TRUE
                keyUsage = critical,keyCertSign
                subjectKeyIdentifier = \(identifier)
                """, to: "copy.cnf")
            try openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out copy.key")
            try openssl(
                "req -x509 -new -utf8 -config copy.cnf -extensions extensions -key copy.key"
                    + " -days 9999 -out copy.pem")
            let copy = try Certificate(pem: openssl.read("copy.pem"))
            let anchors = try TrustAnchors(
                trustDomain: "msmt.example", anchors: ["kr": [genuine], "us": [copy]])
            let peer = try Certificate(pem: openssl.read("peer.pem"))

            #expect(try anchors.verify(chain: [peer, copy], usage: .client).organisation == "kr")
        }
    }

    /// Calls `body` with the program in a directory that has a CA, and with that CA as anchor.
    private func withProgram(
        _ authorityKey: String = "EC -pkeyopt ec_paramgen_curve:P-256",
        _ body: (OpenSSLProgram, TrustAnchors) throws -> Void
    ) throws {
        try withTemporaryDirectory { directory in
            var openssl = OpenSSLProgram(directory: directory)
            openssl.environment["DOSSIER_NAME"] = "somebody"
            openssl.environment["DOSSIER_HOSTS"] = "DNS:localhost,IP:127.0.0.1"
            try openssl.makeAuthority(authorityKey)
            let authority = try Certificate(pem: openssl.read("ca.pem"))
            let anchors = try TrustAnchors(
                trustDomain: "msmt.example", anchors: ["kr": [authority]])
            try body(openssl, anchors)
        }
    }
}
