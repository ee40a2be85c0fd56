import DossierCore
import DossierCrypto
import FoundationEssentials
import MerkleLog

/// A folder with development CAs and certificates, one folder an organisation.
///
/// Nothing in it is ever overwritten: a key that somebody trusts must not change by accident.
struct PKIFolder {
    /// The folder.
    let path: String
    /// Trust domain of the identities.
    let trustDomain: String
    /// Algorithm of new keys.
    let algorithm: KeyAlgorithm

    /// The members file.
    var membersPath: String { "\(self.path)/members.json" }

    /// Path of a certificate.
    func certificatePath(_ organisation: String, _ name: String) -> String {
        "\(self.path)/\(organisation)/\(name).pem"
    }

    /// Path of a private key.
    func keyPath(_ organisation: String, _ name: String) -> String {
        "\(self.path)/\(organisation)/\(name).key"
    }

    /// Makes a CA, and gives the files it wrote.
    func makeAuthority(of organisation: String) throws -> [String] {
        guard OrganisationID.isValid(organisation) else {
            throw CommandFailure(
                "organisation \"\(organisation)\" must match \(OrganisationID.pattern)",
                status: .usage)
        }
        let authority = try CertificateAuthority.selfSigned(
            organisation: organisation, algorithm: self.algorithm)
        let key = self.keyPath(organisation, "ca")
        let certificate = self.certificatePath(organisation, "ca")
        try self.makeFolder(organisation)
        try self.refuseExisting([certificate, key])
        try authority.writePrivateKey(toNewFile: key)
        try Files.write(authority.certificate.pem, to: certificate)
        return [certificate, key]
    }

    /// Makes a certificate of an organisation's CA, and gives the files it wrote.
    func makeCertificate(
        of organisation: String, kind: PeerIdentity.Kind, name: String, hosts: [String]
    ) throws -> [String] {
        let authority = try self.authority(of: organisation)
        let identity = try self.identity(organisation, kind, name)
        let key = try PrivateKey.generate(self.algorithm)
        let certificate = try authority.issue(
            .endEntity(identity, hosts: hosts), for: key.publicKey)
        let paths = [self.certificatePath(organisation, name), self.keyPath(organisation, name)]
        try self.refuseExisting(paths)
        try key.write(toNewFile: paths[1])
        try Files.write(certificate.pem, to: paths[0])
        return paths
    }

    /// Makes the key that signs a log's checkpoints, and gives the file and the verifier key.
    func makeLogKey(
        of organisation: String, origin: String, algorithm: KeyAlgorithm
    ) throws -> (file: String, verifierKey: VerifierKey) {
        guard OrganisationID.isValid(organisation) else {
            throw CommandFailure(
                "organisation \"\(organisation)\" must match \(OrganisationID.pattern)",
                status: .usage)
        }
        let key = try PrivateKey.generate(algorithm)
        let verifierKey: VerifierKey
        do {
            verifierKey = try VerifierKey(name: origin, publicKey: key.publicKey)
        } catch {
            throw CommandFailure("origin \"\(origin)\": \(error.message)", status: .usage)
        }
        let path = self.keyPath(organisation, "log")
        try self.makeFolder(organisation)
        try self.refuseExisting([path])
        try key.write(toNewFile: path)
        return (path, verifierKey)
    }

    /// Makes the members file of the example, and CA, log key, node, analyst and
    /// operator of each member.
    func makeAll() throws -> [String] {
        let members = try Members(json: SampleData.members)
        try self.refuseExisting([self.membersPath])
        var files: [String] = []
        var file = String(decoding: SampleData.members, as: UTF8.self)
        for organisation in members.organisations.map(\.id) {
            files += try self.makeAuthority(of: organisation)
            files += try self.makeCertificate(
                of: organisation, kind: .node, name: "node",
                hosts: ["localhost", "127.0.0.1", "::1"])
            for name in ["analyst", "operator"] {
                files += try self.makeCertificate(
                    of: organisation, kind: .person, name: name, hosts: [])
            }
            let origin = members[organisation]?.logOrigin ?? ""
            let log = try self.makeLogKey(
                of: organisation, origin: origin, algorithm: .ed25519)
            files.append(log.file)
            // As text, so that the file keeps the form that its readers know.
            file.replace(
                "\"origin\": \"\(origin)\"",
                with: "\"origin\": \"\(origin)\", \"key\": \"\(log.verifierKey)\"")
        }
        try Files.write(Array(file.utf8), to: self.membersPath)
        return files + [self.membersPath]
    }

    private func authority(of organisation: String) throws -> CertificateAuthority {
        let path = self.certificatePath(organisation, "ca")
        guard Files.exists(path) else {
            throw CommandFailure(
                "\(path): there is no CA of \(organisation) here",
                hint: "dossier pki ca --organisation \(organisation) --out \(self.path)")
        }
        return try CertificateAuthority(
            certificate: Certificate(pem: Files.read(path)),
            privateKey: PrivateKey(contentsOfFile: self.keyPath(organisation, "ca")))
    }

    private func identity(
        _ organisation: String, _ kind: PeerIdentity.Kind, _ name: String
    ) throws -> PeerIdentity {
        do {
            return try PeerIdentity(
                trustDomain: self.trustDomain, organisation: organisation, kind: kind, name: name)
        } catch let error as CryptoError {
            throw CommandFailure("\(kind.rawValue) \"\(name)\": \(error.message)", status: .usage)
        }
    }

    private func makeFolder(_ organisation: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(self.path)/\(organisation)", withIntermediateDirectories: true)
    }

    private func refuseExisting(_ paths: [String]) throws {
        if let path = paths.first(where: Files.exists) {
            throw CommandFailure(
                "\(path) is there already", hint: "remove it, or choose another folder or name")
        }
    }
}
