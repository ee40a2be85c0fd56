import DossierCrypto
import DossierTestSupport
import Testing

/// What must stand in a certificate, each case one change to a good one.
@Suite("Certificate contents")
struct UsageTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let usages: [TrustAnchors.Usage]
        let code: CryptoError.Code
        let change: @Sendable (inout CertificateProfile) -> Void

        init(
            _ description: String, _ code: CryptoError.Code,
            _ usages: [TrustAnchors.Usage] = [.client, .server, .attestation],
            change: @escaping @Sendable (inout CertificateProfile) -> Void
        ) {
            self.testDescription = description
            self.usages = usages
            self.code = code
            self.change = change
        }
    }

    static let good = "spiffe://msmt.example/org/kr/node/somebody"

    static let cases = [
        Case("for clients only", .wrongUsage, [.server]) { $0.extendedKeyUsages = [.clientAuth] },
        Case("for servers only", .wrongUsage, [.client]) { $0.extendedKeyUsages = [.serverAuth] },
        Case("for no protocol named", .wrongUsage, [.client, .server]) {
            $0.extendedKeyUsages = []
        },
        Case("no key usage", .wrongUsage) { $0.keyUsages = [] },
        Case("a key usage that is not to sign", .wrongUsage) { $0.keyUsages = [.cRLSign] },
        Case("a CA's as end entity", .wrongUsage) {
            $0.role = .authority(maximumIntermediates: 0)
            $0.keyUsages = [.digitalSignature, .keyCertSign]
        },
        Case("no URI", .malformedIdentity) { $0.uniformResourceIdentifiers = [] },
        Case("no URI and no other name", .malformedIdentity) {
            $0.uniformResourceIdentifiers = []
            $0.hosts = []
        },
        Case("the identity in the common name", .malformedIdentity) {
            $0.uniformResourceIdentifiers = []
            $0.commonName = Self.good
        },
        Case("the identity twice", .malformedIdentity) {
            $0.uniformResourceIdentifiers = [Self.good, Self.good]
        },
        Case("two identities", .malformedIdentity) {
            $0.uniformResourceIdentifiers.append("spiffe://msmt.example/org/us/node/somebody")
        },
        Case("an identity and another URI", .malformedIdentity) {
            $0.uniformResourceIdentifiers.append("https://msmt.example/")
        },
        Case("an empty URI", .malformedIdentity) { $0.uniformResourceIdentifiers = [""] },
        Case("a NUL behind the identity", .malformedIdentity) {
            $0.uniformResourceIdentifiers = [Self.good + "\0"]
        },
        Case("a NUL and a suffix", .malformedIdentity) {
            $0.uniformResourceIdentifiers = [Self.good + "\0.evil"]
        },
        Case("a letter that is not ASCII", .malformedIdentity) {
            $0.uniformResourceIdentifiers = ["spiffe://msmt.example/org/\u{43A}r/node/n"]
        },
        Case("an identity of 3,000 bytes", .malformedIdentity) {
            $0.uniformResourceIdentifiers = [Self.good + String(repeating: "a", count: 3000)]
        },
        Case("an upper-case domain", .malformedIdentity) {
            $0.uniformResourceIdentifiers = ["spiffe://MSMT.example/org/kr/node/n"]
        },
        Case("another trust domain", .foreignTrustDomain) {
            $0.uniformResourceIdentifiers = ["spiffe://evil.example/org/kr/node/n"]
        },
        Case("expired", .certificateExpired) {
            $0.notBefore = 1_600_000_000
            $0.notAfter = 1_600_000_001
        },
        Case("not yet valid", .certificateNotYetValid) {
            $0.notBefore = 4_000_000_000
            $0.notAfter = 4_000_000_001
        },
    ]

    @Test("a certificate proves nothing when it is", arguments: cases)
    func refused(example: Case) throws {
        let pki = try TestPKI(organisations: ["kr"])
        var profile = try pki.profile("kr", .node, hosts: ["localhost"])
        // The control: unchanged, it is accepted.
        let control = try pki.issue(profile, by: "kr").certificate
        example.change(&profile)
        let changed = try pki.issue(profile, by: "kr").certificate
        for usage in example.usages {
            #expect(try pki.anchors.verify(chain: [control], usage: usage).spiffeID == Self.good)
            expectRefusal(example.code) {
                _ = try pki.anchors.verify(chain: [changed], usage: usage)
            }
            expectRefusal(example.code) {
                _ = try pki.anchors.verify(encodedChain: [changed.der], usage: usage)
            }
        }
    }

    @Test("persons and services are no servers", arguments: [PeerIdentity.Kind.person, .service])
    func noServers(kind: PeerIdentity.Kind) throws {
        let pki = try TestPKI(organisations: ["kr"])
        let peer = try pki.issue(pki.profile("kr", kind), by: "kr").certificate
        expectRefusal(.wrongUsage) { _ = try pki.anchors.verify(chain: [peer], usage: .server) }
        #expect(try pki.anchors.verify(chain: [peer], usage: .client).kind == kind)
    }
}
