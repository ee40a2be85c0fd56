import DossierCore
import DossierCrypto

/// A peer file that is to be taken into a members file, checked against everything in there.
struct PeerAddition {
    /// The peer file.
    let peer: PeerFile
    private let path: String
    /// The members file as it will be.
    private let text: [UInt8]
    /// The organisation as the members file will say.
    private let member: Members.Organisation
    /// The entry that is there already.
    private let present: JSONValue?
    /// The trust anchors that are there already.
    private let presentAnchors: [Certificate]

    /// Checks a peer file.
    ///
    /// - Throws: ``CommandFailure`` when it is of another trust domain, or members file and trust
    ///   anchors would not be valid with it.
    init(_ peer: PeerFile, named file: String, toMembersFile path: String) throws {
        let before = try Files.read(path)
        let members = try Members(json: before)
        guard peer.trustDomain == members.trustDomain else {
            throw CommandFailure(
                "\(file): trust_domain is \(peer.trustDomain), that of \(path) is "
                    + members.trustDomain,
                hint: "organisations of different trust domains cannot be peers")
        }
        self.peer = peer
        self.path = path
        let entries = try JSONValue(json: before)["organisations"] ?? .null
        self.present = entries.elements.first { $0["id"]?.string == peer.id }
        self.text = try MembersText(before).setting(peer.memberEntry)
        let after = try Self.members(self.text, file)
        guard let member = after[peer.id], member.log.key != nil else {
            throw CommandFailure(
                "\(file): organisation.log.key is missing: what its log shows could not be checked",
                hint: "ask \(peer.id) for a file with it")
        }
        self.member = member
        let folder = Files.folder(of: path)
        // A file that is missing is what an addition can mend.
        self.presentAnchors = try (members[peer.id]?.anchorPaths ?? [])
            .map { "\(folder)/\($0)" }.filter { Files.exists($0) }
            .flatMap { try Certificate.chain(pem: Files.read($0)) }
        do {
            // Refuses an anchor that stands under another organisation.
            _ = try after.trustAnchors { anchorPath in
                try anchorPath == peer.anchorPath && after[peer.id]?.anchorPaths == [anchorPath]
                    ? peer.anchorsPEM : Files.read("\(folder)/\(anchorPath)")
            }
        } catch let error as CryptoError {
            throw CommandFailure("\(file): anchors_pem: \(error.message)")
        }
    }

    private static func members(_ text: [UInt8], _ file: String) throws -> Members {
        do {
            return try Members(json: text)
        } catch let error as CoreError {
            throw CommandFailure("\(file): \(error.message)")
        }
    }

    /// What the file says, for people.
    func lines(fingerprint: Digest) -> [String] {
        let name = self.member.names.first.map { ", \($0.text)" } ?? ""
        let address = self.member.nodeAddress
        let head = [
            "file          SHA-256 \(fingerprint.inGroups)",
            "organisation  \(self.peer.id)\(name), \(self.member.country)",
            "node          \(address.isEmpty ? "not to be dialled" : address)",
            "log           \(self.member.logOrigin)",
            "log key       \(self.member.log.key.map { "\($0)" } ?? "")",
        ]
        let anchors = self.peer.anchors.flatMap { anchor in
            [
                "anchor        \(anchor.subject)",
                "              SHA-256 \(SHA256.digest(of: anchor.der).inGroups)",
            ]
        }
        return head + self.linesOfFormerKeys + anchors + self.linesOfRoles
    }

    /// What signs no more, and what it signed that still counts.
    private var linesOfFormerKeys: [String] {
        self.member.log.formerOrigins.map { "former log    \($0)" }
            + self.member.log.formerKeys.map {
                "former key    \($0.key), for trees of at most \($0.treeSize) leaves"
            }
            + self.member.revocations.map {
                "revoked key   \($0.keyID.hexadecimal), from leaf \($0.leafIndex) on"
            }
    }

    private var linesOfRoles: [String] {
        self.member.grants.map { grant in
            let roles = grant.roles.map(\.rawValue).sorted().joined(separator: ", ")
            let end = grant.until.map { ", until \($0)" } ?? ""
            return "role          \(grant.path): \(roles)\(end)"
        }
    }

    /// Whether anything is to be written.
    ///
    /// - Throws: ``CommandFailure`` when something else is there, unless it may be replaced.
    func isNeeded(replacing: Bool) throws -> Bool {
        let anchorFile = self.anchorFile
        if let present = self.present {
            let differences = self.differences(from: present)
            guard !differences.isEmpty else { return false }
            guard replacing else {
                throw CommandFailure(
                    "\(self.peer.id) is in \(self.path) already, and the file says something else",
                    details: differences,
                    hint: "compare with \(self.peer.id)'s operator, then give --replace")
            }
        }
        if Files.exists(anchorFile), !replacing,
            try Certificate.chain(pem: Files.read(anchorFile)) != self.peer.anchors
        {
            throw CommandFailure(
                "\(anchorFile) is there already and holds other certificates",
                hint: "find out whose they are; --replace overwrites them")
        }
        return true
    }

    /// What the file says otherwise than the members file, a line each.
    private func differences(from present: JSONValue) -> [String] {
        let before = PeerFile.entry(present)
        var names: [String] = []
        for name in (before.members + self.peer.organisation.members).map(\.name)
        where !names.contains(name) {
            names.append(name)
        }
        var lines = names.filter {
            before[$0]?.ordered != self.peer.organisation[$0]?.ordered
        }
        .map { name in
            "\(name): \(Self.text(before[name])) becomes "
                + Self.text(self.peer.organisation[name])
        }
        if Set(self.presentAnchors) != Set(self.peer.anchors) {
            lines.append(
                "anchors: \(Self.list(self.presentAnchors)) become \(Self.list(self.peer.anchors))")
        }
        return lines
    }

    private static func text(_ value: JSONValue?) -> String {
        value.map { String(decoding: $0.encoded(), as: UTF8.self) } ?? "nothing"
    }

    private static func list(_ anchors: [Certificate]) -> String {
        guard !anchors.isEmpty else { return "none" }
        return anchors.map { "\($0.subject) (SHA-256 \(SHA256.digest(of: $0.der).hexadecimal))" }
            .joined(separator: ", ")
    }

    private var anchorFile: String { "\(Files.folder(of: self.path))/\(self.peer.anchorPath)" }

    /// Writes anchors and entry. The anchors come first: an entry whose anchors are missing would
    /// stop every reader of the members file.
    func write() throws {
        try Files.makeFolder(Files.folder(of: self.anchorFile))
        try Files.write(self.peer.anchorsPEM, to: self.anchorFile)
        try Files.write(self.text, to: self.path)
    }
}
