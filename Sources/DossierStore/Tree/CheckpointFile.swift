import DossierCore
import MerkleLog

/// A file that keeps the newest checkpoint.
///
/// Two slots of 4,096 bytes are written in turn, so that a torn write leaves the one before. A slot
/// is the signed note, byte for byte, and zeros behind it: the file never changes its size, and a
/// power cut cannot leave a note without its end. It is not synchronised with every checkpoint,
/// but when a segment ends and at closing: otherwise it is as old as the system's write-back lets
/// it be, and never newer than the log.
struct CheckpointFile {
    /// The file's name.
    static let name = "checkpoint"
    /// Bytes of a slot, and at most of a checkpoint.
    static let slotBytes = 4_096

    private static let slotCount = 2

    /// What a file holds.
    enum Content {
        /// There is no file, or nothing was ever written to it.
        case nothing
        /// Its newest checkpoint, which verifies.
        case checkpoint(SignedCheckpoint)
        /// No slot verifies, and why.
        case damaged(VerificationError)
    }

    private let file: any File
    // Which slot is written next.
    private var nextSlot = 0
    /// What it held when it was opened.
    let content: Content

    /// Opens the file in a directory, or makes it; its name is not durable yet.
    init(
        in directory: String, of log: LogIdentity, _ fileSystem: any FileSystem
    ) throws(FileError) {
        self.file = try fileSystem.open("\(directory)/\(Self.name)", .create)
        var newest: SignedCheckpoint?
        var failure: VerificationError?
        for slot in 0..<Self.slotCount {
            switch Self.checkpoint(inSlot: try Self.bytes(of: self.file, slot), of: log) {
            case .nothing: continue
            case .damaged(let error): failure = error
            case .checkpoint(let checkpoint):
                guard newest.map({ $0.head.size <= checkpoint.head.size }) ?? true else { continue }
                newest = checkpoint
                self.nextSlot = (slot + 1) % Self.slotCount
            }
        }
        self.content =
            newest.map(Content.checkpoint) ?? failure.map(Content.damaged) ?? .nothing
    }

    /// The checkpoint that it held when it was opened; nil if none verified.
    var checkpoint: SignedCheckpoint? {
        if case .checkpoint(let checkpoint) = self.content { return checkpoint }
        return nil
    }

    /// What stands in each slot, for whoever looks for damage.
    static func contents(
        of file: any File, log: LogIdentity
    ) throws(FileError) -> [Content] {
        var contents: [Content] = []
        for slot in 0..<self.slotCount {
            contents.append(self.checkpoint(inSlot: try self.bytes(of: file, slot), of: log))
        }
        return contents
    }

    /// Writes a checkpoint, not yet durable.
    mutating func write(_ checkpoint: SignedCheckpoint) throws(FileError) {
        var bytes = checkpoint.bytes
        precondition(bytes.count <= Self.slotBytes, "a checkpoint fits into its slot")
        bytes += [UInt8](repeating: 0, count: Self.slotBytes - bytes.count)
        try self.file.write(bytes, at: self.nextSlot * Self.slotBytes)
        self.nextSlot = (self.nextSlot + 1) % Self.slotCount
    }

    /// Makes the checkpoint durable.
    func synchronize() throws(FileError) { try self.file.synchronize() }

    private static func bytes(of file: any File, _ slot: Int) throws(FileError) -> [UInt8] {
        try file.read(count: self.slotBytes, at: slot * self.slotBytes)
    }

    private static func checkpoint(inSlot bytes: [UInt8], of log: LogIdentity) -> Content {
        guard bytes.contains(where: { $0 != 0 }) else { return .nothing }
        let note = Array(bytes.prefix { $0 != 0 })
        guard bytes.dropFirst(note.count).allSatisfy({ $0 == 0 }) else {
            return .damaged(
                VerificationError(
                    code: .ambiguousForm, message: "something stands behind the checkpoint"))
        }
        do throws(VerificationError) {
            return .checkpoint(try log.verify(checkpoint: note))
        } catch {
            return .damaged(error)
        }
    }
}
