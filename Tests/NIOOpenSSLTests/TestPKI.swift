import Foundation
import Testing

/// Certificates for these tests, made by the `openssl` program in a temporary folder, once a run.
struct TestPKI: Sendable {
    /// A certificate with its key, as files in the PKI's folder.
    struct Identity: Sendable, CustomTestStringConvertible {
        let name: String
        let chainPEM: [UInt8]
        let keyPEM: [UInt8]
        var testDescription: String { self.name }
    }

    /// Its folder goes when the process does.
    static let shared: Result<TestPKI, any Error> = Result {
        let pki = try TestPKI()
        atexit {
            guard let pki = try? TestPKI.shared.get() else { return }
            try? FileManager.default.removeItem(at: pki.directory)
        }
        return pki
    }

    let directory: URL
    /// The authority that both sides trust, in DER.
    let anchor: [UInt8]
    /// An authority that the other one has signed.
    let intermediate: [UInt8]
    private let identities: [String: Identity]

    struct UnknownIdentity: Error { let name: String }

    func identity(_ name: String) throws -> Identity {
        guard let identity = self.identities[name] else { throw UnknownIdentity(name: name) }
        return identity
    }

    /// The path of `name`'s certificates, for the program's options.
    func certificateFile(_ name: String) -> String { "\(name).pem" }

    /// The path of `name`'s key.
    func keyFile(_ name: String) -> String { "\(name).key" }

    private init() throws {
        let maker = try PKIMaker()
        try maker.authority("ca")
        try maker.authority("foreign-ca")
        try maker.issue("intermediate", by: "ca", PKIMaker.authorityExtensions)
        let both = "extendedKeyUsage=serverAuth,clientAuth"
        let localhost = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        try maker.issue("server", by: "ca", [both, localhost])
        try maker.issue("elsewhere", by: "ca", [both, "subjectAltName=DNS:elsewhere.example"])
        try maker.issue("client", by: "ca", ["extendedKeyUsage=clientAuth"])
        try maker.issue("expired", by: "ca", [both, localhost], from: "20200101", to: "20200201")
        try maker.issue("early", by: "ca", [both, localhost], from: "20490101", to: "20490201")
        try maker.issue("server-only", by: "ca", ["extendedKeyUsage=serverAuth"])
        try maker.issue("indirect", by: "intermediate", ["extendedKeyUsage=clientAuth"])
        try maker.issue("foreign", by: "foreign-ca", [both, localhost])
        try maker.issue(
            "weak", by: "ca", [both, localhost], key: ["rsa", "-pkeyopt", "rsa_keygen_bits:1024"])
        try maker.issue("old-digest", by: "ca", [both, localhost], digest: "sha1")

        try maker.append(["intermediate"], to: "indirect", as: "indirect-chain")
        try Self.issueUnusableChains(maker)

        self.directory = maker.directory
        self.anchor = try maker.der("ca")
        self.intermediate = try maker.der("intermediate")
        self.identities = try maker.identities()
    }

    /// Chains that break a limit: too many intermediates, one below an authority that may have
    /// none (path length), a certificate of more bytes than a handshake may carry.
    private static func issueUnusableChains(_ maker: PKIMaker) throws {
        let client = ["extendedKeyUsage=clientAuth"]
        var intermediates: [String] = []
        for depth in 1...5 {
            let name = "deep-\(depth)"
            try maker.issue(
                name, by: intermediates.first ?? "ca", PKIMaker.authorityExtensions)
            intermediates.insert(name, at: 0)
        }
        try maker.issue("deep", by: "deep-5", client)
        try maker.append(intermediates, to: "deep", as: "deep-chain")

        try maker.issue(
            "last", by: "ca",
            ["basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=keyCertSign"])
        try maker.issue("below-last", by: "last", PKIMaker.authorityExtensions)
        try maker.issue("nested", by: "below-last", client)
        try maker.append(["below-last", "last"], to: "nested", as: "nested-chain")

        let comment = String(repeating: "x", count: 1000)
        try maker.issue(
            "huge", by: "ca",
            client + ["subjectAltName=@names", "[names]"]
                + (0..<120).map { "URI.\($0)=urn:\(comment)" })
    }
}
