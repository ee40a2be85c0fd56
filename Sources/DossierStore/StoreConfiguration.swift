public import DossierCore
public import Logging
public import MerkleLog

/// How a store is opened.
public struct StoreConfiguration: Sendable {
    /// How large a segment of the log grows before the next is begun, in bytes.
    public static let defaultSegmentBytes = 64 << 20

    /// The store's directory; made if it does not exist, but not the one it is in.
    public var directory: String
    /// The log. A directory keeps to the origin it was first opened with.
    public var log: LogIdentity
    /// How large a segment of the log grows before the next is begun, in bytes.
    public var segmentBytes: Int
    /// Where recovery and damage are reported.
    public var logger: Logger

    /// The files; the tests put failing ones here.
    var fileSystem: any FileSystem = POSIXFileSystem()
    /// Reads a record's facts when the catalog is rebuilt.
    var facts: CatalogFollower.FactsReader = { RecordCheck.check($0).facts }
    /// Whether it is a mirror, which has records for some of its leaves only.
    var isMirror = false

    /// Creates a configuration.
    public init(
        directory: String, log: LogIdentity,
        segmentBytes: Int = StoreConfiguration.defaultSegmentBytes,
        logger: Logger = Logger(label: "dossier.store")
    ) {
        self.directory = directory
        self.log = log
        self.segmentBytes = segmentBytes
        self.logger = logger
    }

    /// Creates the configuration of a mirror: of another node's log, in a directory of its own below
    /// a node's data.
    public init(
        mirrorOf log: LogIdentity, below dataDirectory: String,
        logger: Logger = Logger(label: "dossier.store")
    ) {
        self.init(
            directory: Mirror.directory(of: log, below: dataDirectory), log: log, logger: logger)
        self.facts = { RecordCheck.check($0).factsOfMirrored }
        self.isMirror = true
    }
}

/// How the log's checkpoints are signed and guarded.
public struct CheckpointPolicy: Sendable {
    /// What signs them; its name is the log's origin, its key the log's.
    public var signer: NoteSigner
    /// Where the newest is kept outside of the store's directory, so that an old copy of the store
    /// is noticed; made if it does not exist, but not the one it is in. Best on another disk.
    public var guardDirectory: String

    /// Creates a policy.
    public init(signer: NoteSigner, guardDirectory: String) {
        self.signer = signer
        self.guardDirectory = guardDirectory
    }
}
