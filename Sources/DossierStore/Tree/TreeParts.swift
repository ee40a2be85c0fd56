import DossierCore
import DossierCrypto
import MerkleLog

/// The files of a log's tree, opened, and what signs it.
struct TreeParts {
    let log: LogIdentity
    let signer: NoteSigner
    let hashFile: HashFile
    var hashMarker: DurableMarker
    var own: CheckpointFile
    var guardian: CheckpointFile
    let readers: ThreadExecutor

    /// Opens the files, or makes them, durably but for the hashes.
    init(
        _ configuration: StoreConfiguration, _ policy: CheckpointPolicy, readers: ThreadExecutor
    ) throws(FileError) {
        let fileSystem = configuration.fileSystem
        let directory = configuration.directory
        self.log = configuration.log
        self.signer = policy.signer
        self.readers = readers
        self.hashFile = try HashFile(in: directory, fileSystem)
        self.hashMarker = try HashFile.marker(in: directory, fileSystem)
        self.own = try CheckpointFile(in: directory, of: configuration.log, fileSystem)
        try fileSystem.synchronizeDirectory(directory)
        try fileSystem.createDirectory(policy.guardDirectory)
        self.guardian = try CheckpointFile(
            in: policy.guardDirectory, of: configuration.log, fileSystem)
        try fileSystem.synchronizeDirectory(policy.guardDirectory)
    }

    /// The tree that a checkpoint publishes, with nothing remembered.
    func published(by checkpoint: SignedCheckpoint, _ stored: HashReader) -> PublishedTree {
        PublishedTree(
            checkpoint: checkpoint, recent: RecentHashes(), stored: stored, readers: self.readers)
    }
}
