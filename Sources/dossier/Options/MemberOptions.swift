import ArgumentParser
import DossierCore
import DossierCrypto

/// Which organisations take part, and the profile that says so.
struct MemberOptions: ParsableArguments {
    @Option(help: "Profile to take settings from (JSON file).")
    var profile: String?

    @Option(help: "The members file: organisations, trust anchors, logs, roles.")
    var members: String?

    /// The profile's and environment's settings.
    func settings() async throws -> Settings {
        try await Settings.load(profile: self.profile)
    }

    /// The members; their trust anchors are not read.
    func load(_ settings: Settings) throws -> Members {
        let path = try settings.requiredPath("members", option: self.members)
        do {
            return try Members(json: Files.read(path))
        } catch let error as CoreError {
            throw CommandFailure("\(path): \(error.message)")
        }
    }

    /// The members and their trust anchors.
    func loadAnchored(_ settings: Settings) throws -> (members: Members, anchors: TrustAnchors) {
        let members = try self.load(settings)
        let path = try settings.requiredPath("members", option: self.members)
        do {
            let folder = Files.folder(of: path)
            return (members, try members.trustAnchors { try Files.read("\(folder)/\($0)") })
        } catch let error as CryptoError {
            throw CommandFailure("\(path): \(error.message)")
        }
    }
}

/// The certificate and key a command speaks with.
struct CredentialOptions: ParsableArguments {
    @Option(help: "Certificate chain (PEM file), end-entity certificate first.")
    var certificate: String?

    @Option(help: "Private key of the certificate (PEM file, readable by its owner only).")
    var key: String?
}

/// The organisation a command works for, when no certificate says it.
struct OrganisationOptions: ParsableArguments {
    @Option(help: "Organisation id, such as kr (default: the profile's organisation).")
    var organisation: String?

    /// The organisation's entry in the members file.
    func member(of members: Members, _ settings: Settings) throws -> Members.Organisation {
        guard let id = settings.text("organisation", option: self.organisation) else {
            throw CommandFailure(
                "organisation is not set",
                hint: "give --organisation kr, set DOSSIER_ORGANISATION, or put \"organisation\" "
                    + "into the profile", status: .usage)
        }
        guard let member = members[id] else {
            throw CommandFailure(
                "organisation \(id) is not in the members file",
                hint: "members: \(members.organisations.map(\.id).joined(separator: ", "))",
                status: .usage)
        }
        return member
    }
}
