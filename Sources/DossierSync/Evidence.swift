import DossierClient
import DossierCore
import DossierCrypto
import FoundationEssentials
import MerkleLog

/// What shows that a peer gave an answer which no honest node gives.
struct Evidence: Sendable {
    /// What does not check.
    let failure: SyncFailure
    /// Organisation id of the peer.
    let peer: String
    /// The message, exactly as it came; empty if there was none.
    let message: [UInt8]

    init(_ failure: SyncFailure, peer: String, message: [UInt8]) {
        self.failure = failure
        self.peer = peer
        self.message = message
    }

    /// The two signed checkpoints that contradict each other, if that is what it is.
    var conflict: CheckpointConflict? { self.failure.conflict }

    /// The file: what was found, both checkpoints, and the message in base64.
    var text: String {
        var text = "dossier-evidence/v1\npeer \(self.peer)\nfound \(self.failure.code)\n"
        text += "reason \(self.failure.message.escapedForTerminal)\n"
        if let conflict {
            text += "\nknown\n" + String(decoding: conflict.known, as: UTF8.self)
            text += "\nshown\n" + String(decoding: conflict.shown, as: UTF8.self)
        }
        if !self.message.isEmpty {
            text += "\nmessage \(StrictBase64.encode(self.message))\n"
        }
        return text
    }

    /// The same evidence again has the same name.
    var name: String {
        var digest = Array("\(self.failure.code)\n".utf8) + self.message
        if let conflict { digest += conflict.known + conflict.shown }
        return "\(self.peer)-\(SHA256.digest(of: digest).hexadecimal.prefix(16)).evidence"
    }
}

/// Where evidence is kept: a file each, at most so many for each peer.
struct EvidenceFolder: Sendable {
    /// The most files for each peer: what comes after them shows nothing new, and must not fill the
    /// disk. As many more are kept of two signed checkpoints that contradict each other.
    static let maximumFiles = 16

    // A hyphen, 16 digits, and the ending.
    private static let nameBytes = 26

    let path: String

    /// Keeps evidence, and gives the file's path.
    ///
    /// Throws `storage` when it cannot be written.
    func keep(_ evidence: Evidence) throws(SyncFailure) -> String {
        do {
            try FileManager.default.createDirectory(
                atPath: self.path, withIntermediateDirectories: true)
            let standing = try self.files(of: evidence.peer)
            let file = "\(self.path)/\(evidence.name)"
            if standing.contains(evidence.name) { return file }
            let limit =
                evidence.conflict == nil ? Self.maximumFiles : 2 * Self.maximumFiles
            if standing.count >= limit, let newest = self.newest(of: evidence.peer) {
                return newest
            }
            try Data(evidence.text.utf8).write(to: URL(filePath: file), options: .atomic)
            return file
        } catch {
            throw SyncFailure(.storage, "evidence cannot be kept in \(self.path)", cause: error)
        }
    }

    /// The newest file about a peer; nil if there is none.
    func newest(of peer: String) -> String? {
        let files = (try? self.files(of: peer)) ?? []
        let dated = files.map { name -> (String, Date) in
            let path = "\(self.path)/\(name)"
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (path, attributes?[.modificationDate] as? Date ?? .distantPast)
        }
        return dated.max { $0.1 < $1.1 }?.0
    }

    private func files(of peer: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.path)
            .filter { name in
                // Another's id may begin with this one's.
                name.hasPrefix("\(peer)-") && name.hasSuffix(".evidence")
                    && name.utf8.count == peer.utf8.count + Self.nameBytes
            }.sorted()
    }
}
