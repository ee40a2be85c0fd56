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
        self.hashMarker = try Self.marker(in: directory, fileSystem)
        self.own = try CheckpointFile(in: directory, of: configuration.log, fileSystem)
        try fileSystem.synchronizeDirectory(directory)
        try fileSystem.createDirectory(policy.guardDirectory)
        self.guardian = try CheckpointFile(
            in: policy.guardDirectory, of: configuration.log, fileSystem)
        try fileSystem.synchronizeDirectory(policy.guardDirectory)
    }

    /// The marker of the hashes; one that does not check is begun again, which only costs time.
    private static func marker(
        in directory: String, _ fileSystem: any FileSystem
    ) throws(FileError) -> DurableMarker {
        let path = "\(directory)/\(HashFile.markerName)"
        if try fileSystem.entries(of: directory).contains(HashFile.markerName),
            let marker = try DurableMarker.open(path, in: fileSystem)
        {
            return marker
        }
        return try DurableMarker.create(path, in: fileSystem)
    }

    /// The tree that a checkpoint publishes, with nothing remembered.
    func published(by checkpoint: SignedCheckpoint, _ stored: HashReader) -> PublishedTree {
        PublishedTree(
            checkpoint: checkpoint, recent: RecentHashes(), stored: stored, readers: self.readers)
    }

    /// The edge of the tree of a size, as the hashes tell.
    func edge(ofSize size: UInt64) throws(StoreError) -> TreeEdge {
        let hashes = try self.hashFile.read(Subtree.edge(ofSize: size))
        guard let edge = TreeEdge(size: size, hashes: hashes) else {
            throw StoreError(.corrupted, "the edge of \(size) leaves has \(hashes.count) hashes")
        }
        return edge
    }
}
