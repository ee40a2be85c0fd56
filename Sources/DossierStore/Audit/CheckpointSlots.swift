import DossierCore
import DossierCrypto
import MerkleLog

/// What the slots of a checkpoint file hold.
struct CheckpointSlots {
    /// A slot.
    struct Slot {
        /// Where it begins in the file.
        var offset: Int
        /// What it holds.
        var content: CheckpointFile.Content
    }

    // A slot that is being written does not verify; it is read again.
    private static let attempts = 5
    private static let pause = Duration.milliseconds(20)

    /// The file.
    let path: String
    /// Its slots; none if there is no file.
    let slots: [Slot]

    /// Reads the file in a directory, which a node may be writing.
    init(
        in directory: String, of log: LogIdentity, _ fileSystem: any FileSystem
    ) async throws(StoreError) {
        self.path = "\(directory)/\(CheckpointFile.name)"
        var contents: [CheckpointFile.Content] = []
        for attempt in 1...Self.attempts {
            do throws(FileError) {
                guard try fileSystem.entries(of: directory).contains(CheckpointFile.name) else {
                    break
                }
                let file = try fileSystem.open(self.path, .read)
                contents = try CheckpointFile.contents(of: file, log: log)
            } catch {
                throw StoreError(error)
            }
            guard contents.contains(where: \.isDamaged), attempt < Self.attempts else { break }
            // Cancelled, it only reads again sooner.
            try? await Task.sleep(for: Self.pause)
        }
        self.slots = contents.enumerated().map { number, content in
            Slot(offset: number * CheckpointFile.slotBytes, content: content)
        }
    }

    /// The checkpoints that verify.
    var checkpoints: [SignedCheckpoint] {
        self.slots.compactMap {
            if case .checkpoint(let checkpoint) = $0.content { return checkpoint }
            return nil
        }
    }

    /// What does not check of a log whose tree had these roots; nil for a file without checkpoint.
    func findings(_ roots: [UInt64: Digest], size: UInt64) -> [AuditFinding] {
        self.slots.compactMap { slot in
            switch slot.content {
            case .nothing: return nil
            case .damaged(let error):
                return AuditFinding(
                    self.path, offset: slot.offset,
                    "checkpoint does not verify: \(error.code): \(error.message)")
            case .checkpoint(let checkpoint):
                let head = checkpoint.head
                guard let root = roots[head.size] else {
                    return AuditFinding(
                        self.path, offset: slot.offset, leaf: size,
                        "checkpoint of \(head.size) leaves, of which \(size) are there")
                }
                guard root != head.root else { return nil }
                return AuditFinding(
                    self.path, offset: slot.offset,
                    "checkpoint of \(head.size) leaves that are not those of the log")
            }
        }
    }
}

extension CheckpointFile.Content {
    fileprivate var isDamaged: Bool {
        if case .damaged = self { return true }
        return false
    }
}
