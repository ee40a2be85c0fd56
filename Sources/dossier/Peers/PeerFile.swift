import DossierCore
import DossierCrypto

/// What one operator gives another so that their nodes can talk: an organisation's entry of the
/// members file, and its trust anchors.
struct PeerFile {
    /// The form of the file, which it names.
    private static let form = JSONValue.number("1")
    /// What of an organisation's entry is in the file: the anchors are in it themselves.
    private static let names = [
        "id", "names", "country", "log", "node", "roles", "revoked_keys",
    ]

    /// Trust domain that both must be of.
    let trustDomain: String
    /// Organisation id.
    let id: String
    /// The entry of the members file, but for the anchors.
    let organisation: JSONValue
    /// The trust anchors.
    let anchors: [Certificate]

    /// What the file says of an organisation of a members file.
    init(of entry: JSONValue, trustDomain: String, anchors: [Certificate]) {
        self.trustDomain = trustDomain
        self.id = entry["id"]?.string ?? ""
        self.organisation = Self.entry(entry)
        self.anchors = anchors
    }

    /// The entry but for the anchors, in the order of the members file.
    static func entry(_ entry: JSONValue) -> JSONValue {
        .object(entry.members.filter { self.names.contains($0.name) })
    }

    /// Reads a file.
    ///
    /// - Throws: ``CommandFailure`` naming what is wrong with it.
    init(path: String, _ bytes: [UInt8]) throws {
        func fault(_ message: String) -> CommandFailure {
            CommandFailure(
                "\(path): \(message)",
                hint: "ask for a file that dossier peer export has written, whole")
        }
        let file: JSONValue
        do {
            file = try JSONValue(json: bytes)
        } catch let error as CoreError {
            throw fault(error.message)
        }
        let names = ["dossier_peer", "trust_domain", "organisation", "anchors_pem"]
        if let stranger = file.members.first(where: { !names.contains($0.name) }) {
            throw fault("\(stranger.name): a peer file has \(names.joined(separator: ", "))")
        }
        guard file["dossier_peer"] == Self.form else {
            throw fault("dossier_peer must be 1: this is no peer file that is known here")
        }
        let entry = file["organisation"] ?? .null
        if let stranger = entry.members.first(where: { !Self.names.contains($0.name) }) {
            throw fault(
                "organisation.\(stranger.name): it has \(Self.names.joined(separator: ", "))")
        }
        guard let id = entry["id"]?.string, OrganisationID.isValid(id) else {
            throw fault("organisation.id must match \(OrganisationID.pattern)")
        }
        guard let trustDomain = file["trust_domain"]?.string else {
            throw fault("trust_domain is missing")
        }
        self.id = id
        self.trustDomain = trustDomain
        self.organisation = entry
        do {
            self.anchors = try Self.anchors(file["anchors_pem"] ?? .null)
        } catch let error as CryptoError {
            throw fault("anchors_pem: \(error.message)")
        }
    }

    private static func anchors(_ value: JSONValue) throws -> [Certificate] {
        let anchors = try value.elements.map { element in
            try Certificate(pem: Array((element.string ?? "").utf8))
        }
        guard (1...Certificate.maximumChainLength).contains(anchors.count) else {
            throw CryptoError(
                code: .malformedCertificate,
                message: "holds \(anchors.count) certificates; it must be 1 to "
                    + "\(Certificate.maximumChainLength)")
        }
        if let other = anchors.first(where: { !$0.isAuthority }) {
            throw CryptoError(
                code: .malformedCertificate,
                message: "\(other.subject) is no CA certificate, so it cannot be a trust anchor")
        }
        return anchors
    }

    /// The file.
    var text: String {
        get throws {
            let anchors = try self.anchors.map {
                JSONValue.string(String(decoding: try $0.pem, as: UTF8.self))
            }
            let file = JSONValue.object([
                JSONMember("dossier_peer", Self.form),
                JSONMember("trust_domain", .string(self.trustDomain)),
                JSONMember("organisation", self.organisation),
                JSONMember("anchors_pem", .array(anchors)),
            ])
            return file.laidOut(isBroken: true) + "\n"
        }
    }

    /// Path of the file with its trust anchors, relative to the members file.
    var anchorPath: String { "\(self.id)/ca.pem" }

    /// The entry as it stands in a members file.
    var memberEntry: JSONValue {
        var members = self.organisation.members
        let place = members.firstIndex { $0.name == "log" } ?? members.count
        members.insert(
            JSONMember("anchors", .array([.string(self.anchorPath)])), at: place)
        return .object(members)
    }

    /// The trust anchors in one PEM file.
    var anchorsPEM: [UInt8] { get throws { try self.anchors.flatMap { try $0.pem } } }
}

extension Digest {
    /// The digest in groups of four digits, to be read out over the telephone.
    var inGroups: String {
        let digits = Array(self.hexadecimal)
        return stride(from: 0, to: digits.count, by: 4).map {
            String(digits[$0..<min($0 + 4, digits.count)])
        }
        .joined(separator: " ")
    }
}
