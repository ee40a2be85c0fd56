import DossierClient
import DossierCore
import DossierCrypto
import MerkleLog

/// The newest checkpoint of each log that this user has seen, a file for each key of a log: the
/// signed note itself.
///
/// What a node shows later must go on from it. A file is written whole, under a lock, and never
/// replaced by an older one. A log of the same name under a key that is unrelated is another log.
struct CheckpointMemory {
    private let folder: String
    private let log: LogIdentity

    /// The memory of a log in a folder, which need not be there yet.
    init(folder: String, log: LogIdentity) {
        self.folder = folder
        self.log = log
    }

    /// The newest checkpoint that was seen, under the log's key or a former one; nil if none was.
    ///
    /// - Throws: ``CommandFailure`` when a file holds anything else.
    func newest() throws -> SignedCheckpoint? {
        let keys = [self.log.key].compactMap { $0 } + self.log.formerKeys.map(\.key)
        return try keys.compactMap { try self.checkpoint(in: self.path(of: $0)) }
            .max { $0.head.size < $1.head.size }
    }

    private func checkpoint(in path: String) throws -> SignedCheckpoint? {
        guard Files.exists(path) else { return nil }
        do {
            return try self.log.verify(checkpoint: Files.read(path))
        } catch let error as VerificationError {
            throw CommandFailure(
                "\(path): \(error.code): \(error.message)",
                hint:
                    "this is the newest checkpoint that was seen of the log; find out why it does "
                    + "not verify before you remove it", status: .verificationFailed)
        }
    }

    private func path(of key: VerifierKey) -> String {
        let id = String(key.keyID, radix: 16)
        let digits = String(repeating: "0", count: 8 - id.count) + id
        return "\(self.folder)/\(Self.fileName(of: self.log.origin))+\(digits).checkpoint"
    }

    /// Keeps a checkpoint, unless a newer one is kept.
    func keep(_ checkpoint: SignedCheckpoint) throws {
        guard let key = self.log.key else { return }
        try Files.makeFolder(self.folder)
        try Files.withLock(on: "\(self.folder)/lock") {
            if let newest = try self.newest(), newest.head.size >= checkpoint.head.size { return }
            try Files.write(checkpoint.bytes, to: self.path(of: key))
        }
    }

    /// A log's origin as a file's name: bytes that do not belong into one are escaped.
    fileprivate static func fileName(of origin: String) -> String {
        origin.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                String(UnicodeScalar(byte))
            case _:
                "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        .joined()
    }
}

/// The memories of the members' logs, in one folder.
struct CheckpointMemories {
    private let folder: String
    private let memories: [(origin: String, memory: CheckpointMemory)]

    /// The memories of those of the logs whose key is known.
    init(folder: String, logs: [LogIdentity]) {
        self.folder = folder
        self.memories = logs.filter { $0.key != nil }.map {
            ($0.origin, CheckpointMemory(folder: folder, log: $0))
        }
    }

    /// The newest checkpoint of each log of which one was seen.
    ///
    /// - Throws: ``CommandFailure`` when a file holds anything else.
    func newest() throws -> [SignedCheckpoint] {
        try self.memories.compactMap { try $0.memory.newest() }
    }

    /// Keeps checkpoints, each unless a newer one of its log is kept.
    func keep(_ checkpoints: [SignedCheckpoint]) throws {
        for checkpoint in checkpoints {
            for (origin, memory) in self.memories where origin == checkpoint.checkpoint.origin {
                try memory.keep(checkpoint)
            }
        }
    }

    /// Keeps both checkpoints of a conflict, and gives the file's path.
    func keepEvidence(_ conflict: CheckpointConflict) throws -> String {
        try Files.makeFolder(self.folder)
        let origin = try Checkpoint(text: SignedNote(conflict.known).text).origin
        // A name of its own for each pair: the same conflict again is the same file.
        let pair = SHA256.digest(of: conflict.known + conflict.shown).hexadecimal.prefix(16)
        let path =
            "\(self.folder)/\(CheckpointMemory.fileName(of: origin)).conflict-\(pair)"
        try Files.write(conflict.known + Array("\n".utf8) + conflict.shown, to: path)
        return path
    }
}
