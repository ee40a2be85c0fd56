import DossierCore
public import Logging

/// How a store is opened.
public struct StoreConfiguration: Sendable {
    /// How large a segment of the log grows before the next is begun, in bytes.
    public static let defaultSegmentBytes = 64 << 20

    /// The store's directory; made if it does not exist, but not the one it is in.
    public var directory: String
    /// Origin of the log. A directory keeps to the one it was first opened with.
    public var logOrigin: String
    /// How large a segment of the log grows before the next is begun, in bytes.
    public var segmentBytes: Int
    /// Where recovery and damage are reported.
    public var logger: Logger

    /// The files; the tests put failing ones here.
    var fileSystem: any FileSystem = POSIXFileSystem()
    /// Reads a record's facts when the catalog is rebuilt.
    var facts: CatalogFollower.FactsReader = { RecordCheck.check($0).facts }

    /// Creates a configuration.
    public init(
        directory: String, logOrigin: String,
        segmentBytes: Int = StoreConfiguration.defaultSegmentBytes,
        logger: Logger = Logger(label: "dossier.store")
    ) {
        self.directory = directory
        self.logOrigin = logOrigin
        self.segmentBytes = segmentBytes
        self.logger = logger
    }
}
