import DossierCore
import DossierCrypto
import Logging

/// A store's parts, opened and fitting each other.
struct Opening: Sendable {
    // One for the audit, which takes long, the others for whoever waits.
    static let readerThreads = 3

    let directory: StoreDirectory
    let log: SegmentLog
    let catalog: SQLiteCatalog
    let position: CatalogPosition
    let readers: ThreadExecutor

    /// Opens the parts. What reads and writes files runs on the store's own threads.
    init(
        _ configuration: StoreConfiguration, executor: SerialThreadExecutor,
        readers: ThreadExecutor = ThreadExecutor(threadCount: Opening.readerThreads)
    ) async throws(StoreError) {
        let opened = await withTaskExecutorPreference(readers) {
            Result { () throws(StoreError) in
                let directory = try StoreDirectory(
                    configuration.directory, logOrigin: configuration.log.origin,
                    in: configuration.fileSystem)
                let log = try SegmentLog.open(
                    .init(
                        directory: directory.path, segmentBytes: configuration.segmentBytes,
                        fileSystem: configuration.fileSystem),
                    executor: executor, readers: readers)
                return (directory, log)
            }
        }
        let (directory, log) = try opened.get()
        if let refusal = await log.standingRefusal {
            configuration.logger.critical(
                "the log is damaged", metadata: ["where": "\(refusal.debugDescription)"])
        }
        self.directory = directory
        self.log = log
        self.readers = readers
        (self.catalog, self.position) = try await Self.catalog(
            of: log, in: directory, configuration)
    }

    /// What brings the catalog up to the log.
    func follower(_ facts: @escaping CatalogFollower.FactsReader) -> CatalogFollower {
        CatalogFollower(log: self.log, catalog: self.catalog, position: self.position, facts: facts)
    }

    /// The catalog, empty if the one there is does not fit the log.
    private static func catalog(
        of log: SegmentLog, in directory: StoreDirectory, _ configuration: StoreConfiguration
    ) async throws(StoreError) -> (SQLiteCatalog, CatalogPosition) {
        do throws(StoreError) {
            let catalog = try self.openCatalog(directory)
            try await self.relocate(catalog, log)
            let position = try await catalog.position()
            if try await self.fits(position, log) { return (catalog, position) }
            try await catalog.close()
        } catch  where error.code == .corrupted {
            configuration.logger.warning(
                "the catalog is damaged", metadata: ["why": "\(error.debugDescription)"])
        }
        configuration.logger.warning("the catalog is rebuilt from the log")
        do throws(FileError) { try directory.removeCatalog() } catch {
            throw StoreError(error)
        }
        return (try self.openCatalog(directory), .start)
    }

    private static func openCatalog(_ directory: StoreDirectory) throws(StoreError) -> SQLiteCatalog
    {
        do {
            // Made here, so that it and what SQLite puts beside it are for the owner alone.
            _ = try POSIXFileSystem().open(directory.catalog, .create)
            return try SQLiteCatalog(path: directory.catalog)
        } catch let error as FileError {
            throw StoreError(error)
        } catch {
            throw StoreError(catalog: error)
        }
    }

    /// Tells the catalog of frames that recovery has moved.
    private static func relocate(
        _ catalog: SQLiteCatalog, _ log: SegmentLog
    ) async throws(StoreError) {
        guard let moved = log.movedFrom else { return }
        let frames = try await log.frames(after: .start(ofSegment: moved), maximumBytes: .max)
        try await catalog.relocate(frames.map(\.location))
    }

    /// Whether the last record in the catalog is the one that the log has at its place.
    private static func fits(
        _ position: CatalogPosition, _ log: SegmentLog
    ) async throws(StoreError) -> Bool {
        // With a damaged log the catalog is all that tells what was in it.
        if await log.standingRefusal != nil || position == .start { return true }
        guard position.size <= log.size, let frame = position.lastFrame,
            log.table.segments.contains(frame.segment)
        else { return false }
        let bodies = try await log.bodies([FramePart(frame: frame, range: 0..<frame.bodyLength)])
        let head = bodies[0].withUnsafeBytes {
            FrameHead(decoding: $0, recordCount: frame.recordCount)
        }
        guard let head, let last = head.appended.last else { return false }
        return head.leafHashes[last] == position.lastLeaf
    }
}
