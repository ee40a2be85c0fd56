import ArgumentParser
import DossierCore
import DossierCrypto
import FoundationEssentials

/// `dossier pki`.
struct PKI: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pki",
        abstract: "Make development certificates.",
        discussion: """
            For trying things out. An agency's real certificates come from its own CA; what they \
            must contain stands in Certs/README.md.
            """,
        subcommands: [
            Init.self, Authority.self, NodeCertificate.self, Person.self, ServiceCertificate.self,
            LogKey.self, Revoke.self,
        ])
}

/// Where certificates go.
struct PKIOptions: ParsableArguments {
    @Option(help: "Folder for certificates and keys; each organisation gets one below it.")
    var out = "Certs/development"

    @Option(help: "Trust domain of the identities.")
    var trustDomain = "msmt.example"

    @Option(help: "Key algorithm: p256, p384 or ed25519.")
    var algorithm: AlgorithmArgument = AlgorithmArgument(algorithm: .ecdsaP256)

    /// The folder.
    var folder: PKIFolder {
        PKIFolder(
            path: self.out, trustDomain: self.trustDomain, algorithm: self.algorithm.algorithm)
    }
}

/// A key algorithm as an argument.
struct AlgorithmArgument: ExpressibleByArgument, CustomStringConvertible {
    let algorithm: KeyAlgorithm

    var description: String {
        switch self.algorithm {
        case .ecdsaP256: "p256"
        case .ecdsaP384: "p384"
        case .ed25519: "ed25519"
        }
    }

    init(algorithm: KeyAlgorithm) {
        self.algorithm = algorithm
    }

    init?(argument: String) {
        let match = KeyAlgorithm.allCases.first {
            AlgorithmArgument(algorithm: $0).description == argument
        }
        guard let match else { return nil }
        self.algorithm = match
    }
}

extension PKI {
    /// `dossier pki init`.
    struct Init: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make everything for trying Dossier out.",
            discussion: """
                A members file with the eleven participating states, and for each a CA, a node's \
                certificate for localhost, an analyst's and an operator's, and the key of the \
                node's log.
                """)

        @OptionGroup var options: PKIOptions

        func run() throws {
            let folder = self.options.folder
            for file in try folder.makeAll() { Terminal.answer(file) }
        }
    }

    /// `dossier pki ca`.
    struct Authority: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ca", abstract: "Make an organisation's CA.")

        @OptionGroup var options: PKIOptions

        @Option(help: "Organisation id, such as kr.")
        var organisation: String

        func run() throws {
            for file in try self.options.folder.makeAuthority(of: self.organisation) {
                Terminal.answer(file)
            }
        }
    }

    /// `dossier pki node`.
    struct NodeCertificate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "node", abstract: "Make a node's certificate.")

        @OptionGroup var options: PKIOptions
        @OptionGroup var holder: HolderOptions

        @Option(help: "Host name or IP address of the node; may be given more than once.")
        var host: [String] = ["localhost", "127.0.0.1", "::1"]

        func run() throws {
            try self.holder.make(.node, in: self.options.folder, hosts: self.host)
        }
    }

    /// `dossier pki person`.
    struct Person: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a person's certificate.")

        @OptionGroup var options: PKIOptions
        @OptionGroup var holder: HolderOptions

        func run() throws {
            try self.holder.make(.person, in: self.options.folder)
        }
    }

    /// `dossier pki service`.
    struct ServiceCertificate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "service", abstract: "Make a service's certificate.")

        @OptionGroup var options: PKIOptions
        @OptionGroup var holder: HolderOptions

        func run() throws {
            try self.holder.make(.service, in: self.options.folder)
        }
    }
}

extension PKI {
    /// `dossier pki log`.
    struct LogKey: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "log", abstract: "Make the key that signs a log's checkpoints.",
            discussion: """
                Prints the key's file, and the verifier key that members put into the members file \
                as log.key.
                """)

        @Option(help: "Folder for keys; each organisation gets one below it.")
        var out = "Certs/development"

        @Option(help: "Organisation id, such as kr.")
        var organisation: String

        @Option(help: "Origin of the log (default: msmt.example/dossier/ORGANISATION/1).")
        var origin: String?

        @Option(help: "Key algorithm: ed25519, or p256 where the FIPS provider offers no other.")
        var algorithm: AlgorithmArgument = AlgorithmArgument(algorithm: .ed25519)

        func run() throws {
            let folder = PKIFolder(
                path: self.out, trustDomain: "", algorithm: self.algorithm.algorithm)
            let made = try folder.makeLogKey(
                of: self.organisation,
                origin: self.origin ?? "msmt.example/dossier/\(self.organisation)/1",
                algorithm: self.algorithm.algorithm)
            Terminal.answer(made.file)
            Terminal.answer("\(made.verifierKey)")
        }
    }
}

/// Who a certificate is for.
struct HolderOptions: ParsableArguments {
    @Option(help: "Organisation id, such as kr; its CA must be in the folder.")
    var organisation: String

    @Option(help: "Name within the organisation, such as analyst-1.")
    var name: String

    /// Makes certificate and key and prints their paths.
    func make(_ kind: PeerIdentity.Kind, in folder: PKIFolder, hosts: [String] = []) throws {
        let files = try folder.makeCertificate(
            of: self.organisation, kind: kind, name: self.name, hosts: hosts)
        for file in files { Terminal.answer(file) }
    }
}
