import DossierCrypto
import DossierTestSupport
import Testing

@Suite("Peer identities")
struct PeerIdentityTests {
    static let domain = "msmt.example"

    static let accepted = [
        "spiffe://msmt.example/org/kr/node/seoul",
        "spiffe://msmt.example/org/k/person/k",
        "spiffe://msmt.example/org/0-1--2/service/a.b_c-d.1",
        "spiffe://msmt.example/org/\(String(repeating: "a", count: 32))/node/n",
        "spiffe://msmt.example/org/kr/node/\(String(repeating: "a", count: 64))",
    ]

    static let refused = [
        "", "spiffe://", "spiffe:///org/kr/node/n", "kr", "msmt.example/org/kr/node/n",
        // Schemes and case.
        "SPIFFE://msmt.example/org/kr/node/n", "Spiffe://msmt.example/org/kr/node/n",
        "https://msmt.example/org/kr/node/n", "spiffe:/msmt.example/org/kr/node/n",
        " spiffe://msmt.example/org/kr/node/n", "spiffe://MSMT.example/org/kr/node/n",
        "spiffe://msmt.example/ORG/kr/node/n", "spiffe://msmt.example/org/KR/node/n",
        "spiffe://msmt.example/org/kr/Node/n", "spiffe://msmt.example/org/kr/node/N",
        // Authority.
        "spiffe://user@msmt.example/org/kr/node/n", "spiffe://msmt.example:443/org/kr/node/n",
        "spiffe://msmt.example./org/kr/node/n", "spiffe://.msmt.example/org/kr/node/n",
        "spiffe://msmt..example/org/kr/node/n", "spiffe://[::1]/org/kr/node/n",
        // Query, fragment, escapes.
        "spiffe://msmt.example/org/kr/node/n?x=1", "spiffe://msmt.example/org/kr/node/n#x",
        "spiffe://msmt.example/org/kr/node/n?", "spiffe://msmt.example/org/kr/node/n#",
        "spiffe://msmt.example/org/k%72/node/n", "spiffe://msmt.example/org/kr%2Fnode/n/x",
        "spiffe://msmt.example/org/kr/node/%6e", "spiffe://msmt%2eexample/org/kr/node/n",
        // Segments.
        "spiffe://msmt.example/org/kr/node", "spiffe://msmt.example/org/kr/node/",
        "spiffe://msmt.example/org/kr/node/n/", "spiffe://msmt.example/org/kr/node/n/m",
        "spiffe://msmt.example//org/kr/node/n", "spiffe://msmt.example/org//node/n",
        "spiffe://msmt.example/org/kr//n", "spiffe://msmt.example/organisation/kr/node/n",
        "spiffe://msmt.example/org/../kr/node/n", "spiffe://msmt.example/org/../node/n",
        "spiffe://msmt.example/org/kr/node/..", "spiffe://msmt.example/org/kr/node/.",
        "spiffe://msmt.example/org/kr/node/a..b", "spiffe://msmt.example/org/kr/node/.a",
        "spiffe://msmt.example/org/kr/node/a.", "spiffe://msmt.example/org/kr/node/a b",
        "spiffe://msmt.example\\org\\kr\\node\\n", "spiffe://msmt.example/org/kr/robot/n",
        "spiffe://msmt.example/org/kr/nodes/n", "spiffe://msmt.example/org/kr/nod/n",
        // Organisations.
        "spiffe://msmt.example/org/-kr/node/n", "spiffe://msmt.example/org/kr-/node/n",
        "spiffe://msmt.example/org/-/node/n", "spiffe://msmt.example/org/k.r/node/n",
        "spiffe://msmt.example/org/k_r/node/n",
        "spiffe://msmt.example/org/\(String(repeating: "a", count: 33))/node/n",
        "spiffe://msmt.example/org/kr/node/\(String(repeating: "a", count: 65))",
        "spiffe://msmt.example/org/kr/node/\(String(repeating: "a", count: 3000))",
        // NUL, control characters, what is not ASCII or only looks like it.
        "spiffe://msmt.example/org/kr\0/node/n", "spiffe://msmt.example/org/kr/node/n\0",
        "spiffe://msmt.example\0.evil/org/kr/node/n", "\0spiffe://msmt.example/org/kr/node/n",
        "spiffe://msmt.example/org/kr/node/n\n", "spiffe://msmt.example/org/kr/node/n\r\n",
        "spiffe://msmt.example/org/kr/node/\u{430}", "spiffe://msmt.example/org/\u{212A}r/node/n",
        "spiffe://msmt.example/org/kr\u{200D}/node/n", "spiffe://msmt.example/org/kr/node/e\u{301}",
        "spiffe://msmt.example\u{FF0F}org/kr/node/n",
    ]

    @Test("an identity in the one form is read and written back the same", arguments: accepted)
    func reads(text: String) throws {
        let identity = try PeerIdentity(spiffeID: text.utf8, trustDomain: Self.domain)
        let again = try PeerIdentity(
            trustDomain: identity.trustDomain, organisation: identity.organisation,
            kind: identity.kind, name: identity.name)

        #expect(identity.spiffeID == text)
        #expect(again == identity)
    }

    @Test("anything else is refused", arguments: refused)
    func refuses(text: String) {
        expectRefusal(.malformedIdentity) {
            _ = try PeerIdentity(spiffeID: text.utf8, trustDomain: Self.domain)
        }
    }

    @Test(
        "a well-formed identity of another trust domain is refused as that",
        arguments: ["evil.example", "msmt.example.evil", "msmt", "xmsmt.example", "msmt-example"])
    func foreign(domain: String) {
        expectRefusal(.foreignTrustDomain) {
            _ = try PeerIdentity(
                spiffeID: "spiffe://\(domain)/org/kr/node/n".utf8, trustDomain: Self.domain)
        }
    }

    @Test("every byte but those of the grammar is refused in every place")
    func everyByte() throws {
        let good = Array("spiffe://msmt.example/org/k0r/node/n1n".utf8)
        let oracle = IdentityOracle(trustDomain: Self.domain)
        for position in good.indices {
            for byte in UInt8.min...UInt8.max {
                var text = good
                text[position] = byte
                #expect(self.isAccepted(text) == oracle.matches(text), "\(text)")
            }
        }
    }

    @Test("of 100,000 generated texts, exactly those that match the grammar are accepted")
    func generated() {
        var generator = SeededGenerator(seed: 20_251_123)
        let oracle = IdentityOracle(trustDomain: Self.domain)
        var acceptedCount = 0
        for number in 0..<100_000 {
            let text = IdentityGenerator.text(using: &generator)
            let isAccepted = self.isAccepted(text)
            if isAccepted { acceptedCount += 1 }
            guard isAccepted == oracle.matches(text) else {
                Issue.record(
                    "text \(number) of seed 20251123: \(String(decoding: text, as: UTF8.self))")
                continue
            }
        }
        // Both sides of the question have been asked.
        #expect((10_000...90_000).contains(acceptedCount), "\(acceptedCount) accepted")
    }

    @Test("of 1,000 generated texts in certificates, exactly those that match are accepted")
    func generatedCertificates() throws {
        var generator = SeededGenerator(seed: 7)
        let oracle = IdentityOracle(trustDomain: Self.domain)
        let authority = try CertificateAuthority.selfSigned(organisation: "kr")
        let key = try PrivateKey.generate(.ecdsaP256).publicKey
        var profile = CertificateProfile(
            organisationName: "kr", commonName: "somebody", notBefore: 0, notAfter: 4_000_000_000)
        for _ in 0..<1_000 {
            // Through a string, so that the bytes in the certificate are known.
            let text = String(decoding: IdentityGenerator.text(using: &generator), as: UTF8.self)
            profile.uniformResourceIdentifiers = [text]
            let certificate = try authority.issue(profile, for: key)
            let identity = try? certificate.peerIdentity(trustDomain: Self.domain)
            #expect((identity != nil) == oracle.matches(Array(text.utf8)), "\(text)")
            if let identity { #expect(identity.spiffeID == text) }
        }
    }

    @Test("a part that is not in its form is refused")
    func malformedParts() {
        for (domain, organisation, name) in [
            ("", "kr", "n"), ("A", "kr", "n"), ("a/b", "kr", "n"), ("a", "", "n"),
            ("a", "kr/x", "n"), ("a", "kr", ""), ("a", "kr", "a/b"), ("a", "kr", ".."),
            (String(repeating: "a", count: 256), "kr", "n"),
        ] {
            expectRefusal(.malformedIdentity) {
                _ = try PeerIdentity(
                    trustDomain: domain, organisation: organisation, kind: .node, name: name)
            }
        }
    }

    private func isAccepted(_ text: [UInt8]) -> Bool {
        (try? PeerIdentity(spiffeID: text, trustDomain: Self.domain)) != nil
    }
}

/// The grammar once more, as a regular expression and with nothing of the room's.
private struct IdentityOracle {
    private let expression: Regex<AnyRegexOutput>?
    private let scheme: String

    init(trustDomain: String) {
        self.scheme = "spiffe://\(trustDomain)/"
        self.expression = try? Regex(
            "org/[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?/(?:node|person|service)/"
                + "(?=.{1,64}$)[a-z0-9]+(?:[._-][a-z0-9]+)*")
    }

    func matches(_ bytes: [UInt8]) -> Bool {
        guard let expression, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return false }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix(self.scheme) else { return false }
        return text.dropFirst(self.scheme.count).wholeMatch(of: expression) != nil
    }
}

/// Makes identities, about half of them damaged in one or two places.
private enum IdentityGenerator {
    static func text(using generator: inout SeededGenerator) -> [UInt8] {
        let organisation = self.word("abz019-", 1...34, &generator)
        let kind =
            ["node", "person", "service", "nod", "robot"].randomElement(using: &generator) ?? ""
        let name = self.word("abyz059._-", 1...12, &generator)
        let good = Bool.random(using: &generator)
        let parts =
            good
            ? [
                "kr", ["node", "person", "service"].randomElement(using: &generator) ?? "",
                "a\(name)z",
            ]
            : [organisation, kind, name]
        var bytes = Array("spiffe://msmt.example/org/\(parts.joined(separator: "/"))".utf8)
        if Int.random(in: 0..<3, using: &generator) == 0 {
            for _ in 0...Int.random(in: 0...1, using: &generator) {
                self.damage(&bytes, &generator)
            }
        }
        return bytes
    }

    private static func word(
        _ alphabet: String, _ length: ClosedRange<Int>, _ generator: inout SeededGenerator
    ) -> String {
        let count = Int.random(in: length, using: &generator)
        return String((0..<count).compactMap { _ in alphabet.randomElement(using: &generator) })
    }

    private static func damage(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        let special = Array("/.%:@?#\0 \\-_A\u{E9}".utf8)
        let byte =
            Bool.random(using: &generator)
            ? special.randomElement(using: &generator) ?? 0
            : UInt8.random(in: 0...255, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[position] = byte
        case 1: bytes.insert(byte, at: position)
        case 2: bytes.remove(at: position)
        default: bytes.append(byte)
        }
    }
}
