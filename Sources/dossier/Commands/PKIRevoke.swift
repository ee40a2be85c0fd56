import ArgumentParser
import DossierCrypto

extension PKI {
    /// `dossier pki revoke`.
    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take certificates back: make or renew a CA's revocation list.",
            discussion: """
                The list is written into a file for dossier serve --crl. What the CA took back \
                before stays in it, and so do other CAs' lists that are there. Without certificates \
                the list is only made good for longer.
                """)

        @Option(help: "Certificate of the CA (PEM file).")
        var ca: String

        @Option(help: "Private key of the CA (PEM file; default: the certificate's name and .key).")
        var caKey: String?

        @Option(help: "File with revocation lists to make, or to change (PEM file).")
        var out: String

        @Option(help: "For how many days the list is good.")
        var days: Int64 = CertificateAuthority.revocationListLifetimeSeconds / 86_400

        @Argument(help: "Certificates to take back (PEM files; of a chain, the first one).")
        var certificates: [String] = []

        func validate() throws {
            guard (1...Self.maximumDays).contains(self.days) else {
                throw ValidationError("--days must be 1 to \(Self.maximumDays)")
            }
        }

        func run() throws {
            let authority = try CertificateAuthority(
                certificate: Self.naming(self.ca) { try Certificate(pem: Files.read(self.ca)) },
                privateKey: PrivateKey(contentsOfFile: self.caKey ?? self.usualKey))
            let revoked = try self.certificates.map { path in
                try Self.naming(path) { try Certificate.chain(pem: Files.read(path))[0] }
            }
            let old = Files.exists(self.out) ? try Files.read(self.out) : []
            do {
                let lists = try authority.revoke(
                    revoked, addingTo: old, lifetimeSeconds: self.days * 86_400)
                try Files.write(lists, to: self.out)
            } catch let error as CryptoError where error.code == .malformedRevocationList {
                throw CommandFailure("\(self.out): \(error.message)")
            }
            Terminal.answer(self.out)
        }

        private static let maximumDays: Int64 = 3_650

        private var usualKey: String {
            let name = self.ca.hasSuffix(".pem") ? String(self.ca.dropLast(4)) : self.ca
            return "\(name).key"
        }

        private static func naming<Value>(_ path: String, _ body: () throws -> Value) throws
            -> Value
        {
            do { return try body() } catch let error as CryptoError {
                throw CommandFailure("\(path): \(error.message)")
            }
        }
    }
}
