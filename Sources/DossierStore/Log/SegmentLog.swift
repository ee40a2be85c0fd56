import Synchronization

/// The log in segment files, appended to by one thread and read by others.
///
/// A group of frames takes one write and one fdatasync. Segments end at a named size and are never
/// touched again. A failed write is taken back and reported, and the next append tries again; after
/// a failed fdatasync nothing is appended any more, since nobody knows what the disk holds.
actor SegmentLog: LogStorage {
    /// How the log is kept.
    struct Configuration: Sendable {
        /// The store's directory; it exists.
        var directory: String
        /// How large a segment grows before the next is begun, in bytes.
        var segmentBytes: Int
        /// The files.
        var fileSystem: any FileSystem
    }

    nonisolated let unownedExecutor: UnownedSerialExecutor
    /// Frames at or above this size may have been moved since the log was open before.
    nonisolated let movedFrom: UInt64?
    /// Which segments there are.
    nonisolated let table: SegmentTable

    private nonisolated let configuration: Configuration
    nonisolated let directories: LogDirectories
    private nonisolated let readers: ThreadExecutor
    // Keeps the thread that this actor lives on.
    private let executor: SerialThreadExecutor
    private var tail: LogTail?
    // Why nothing is appended any more.
    private var refusal: StoreError?
    // The bytes of a group, kept for the next.
    private var buffer: [UInt8] = []

    /// Opens the log and brings it into order. A damaged log is opened too, and refuses appends.
    static func open(
        _ configuration: Configuration, executor: SerialThreadExecutor, readers: ThreadExecutor
    ) throws(StoreError) -> SegmentLog {
        let directories = LogDirectories(root: configuration.directory)
        do throws(FileError) {
            let outcome = try LogRecovery(directories, fileSystem: configuration.fileSystem).run()
            return SegmentLog(
                configuration, directories, outcome, executor: executor, readers: readers)
        } catch {
            throw StoreError(error)
        }
    }

    private init(
        _ configuration: Configuration, _ directories: LogDirectories,
        _ outcome: LogRecovery.Outcome, executor: SerialThreadExecutor, readers: ThreadExecutor
    ) {
        self.configuration = configuration
        self.directories = directories
        self.table = SegmentTable(
            directory: directories.segments, fileSystem: configuration.fileSystem,
            segments: outcome.segments, size: outcome.size)
        self.movedFrom = outcome.movedFrom
        self.tail = outcome.tail
        self.refusal = outcome.damage
        self.executor = executor
        self.unownedExecutor = executor.asUnownedSerialExecutor()
        self.readers = readers
    }

    nonisolated var size: UInt64 { self.table.size }

    /// Why nothing is appended; nil while appending is possible.
    var standingRefusal: StoreError? { self.refusal }

    func append(_ frames: [Frame]) throws(StoreError) -> [FrameLocation] {
        if let refusal { throw refusal }
        guard var tail else { throw StoreError(.closed, "the log is closed") }
        // Moved out while it changes, so that what it says of itself is kept on every way out.
        defer { self.tail = tail }
        do throws(FileError) {
            if tail.end >= self.configuration.segmentBytes { try self.rotate(&tail) }
            let locations = self.assemble(frames, in: tail)
            let size = locations.last?.endIndex ?? self.size
            try tail.append(self.buffer, size: size)
            self.table.grow(to: size)
            return locations
        } catch {
            throw self.refusal(for: error, tail)
        }
    }

    func close() throws(StoreError) {
        defer { self.refusal = self.refusal ?? StoreError(.closed, "the log is closed") }
        guard self.refusal == nil, var tail = self.tail.take(), tail.condition != .broken else {
            return
        }
        do throws(FileError) { try tail.synchronizeMarker(size: self.size) } catch {
            throw StoreError(error)
        }
    }

    private func rotate(_ tail: inout LogTail) throws(FileError) {
        try tail.rotate(to: self.size, in: self.directories, self.configuration.fileSystem)
        self.table.append(segment: tail.segment.firstIndex)
    }

    /// Puts the frames' bytes into the buffer, and says where each will be.
    private func assemble(_ frames: [Frame], in tail: LogTail) -> [FrameLocation] {
        self.buffer.removeAll(keepingCapacity: true)
        var firstIndex = self.size
        return frames.map { frame in
            let header = FrameHeader(
                firstIndex: firstIndex, recordCount: frame.recordCount, durableSize: self.size,
                bodyLength: frame.body.count, bodyChecksum: frame.bodyChecksum)
            let offset = tail.end + self.buffer.count
            self.buffer.append(contentsOf: header.encoded(salt: tail.segment.salt))
            self.buffer.append(contentsOf: frame.body)
            firstIndex = header.endIndex
            return FrameLocation(
                firstIndex: header.firstIndex, recordCount: frame.recordCount,
                segment: tail.segment.firstIndex, offset: offset, bodyLength: frame.body.count)
        }
    }

    /// The error for a failed append; from a broken tail on it stands for good.
    private func refusal(for error: FileError, _ tail: LogTail) -> StoreError {
        switch tail.condition {
        case .clean, .dirty: return StoreError(error)
        case .broken:
            let refusal = StoreError(
                .storageFailed, "synchronising the log failed, nothing is taken until a restart",
                cause: error)
            self.refusal = refusal
            return refusal
        }
    }

    /// Ends all appending because something below the log's end does not check.
    private func refuse(_ damage: StoreError) { self.refusal = self.refusal ?? damage }
}

// MARK: - Reading

extension SegmentLog {
    nonisolated func frames(
        after location: FrameLocation?, maximumBytes: Int
    ) async throws(StoreError) -> [LoggedFrame] {
        try await self.onReader { () throws(StoreError) in
            try self.scan(after: location, maximumBytes: maximumBytes)
        }
    }

    nonisolated func bodies(_ parts: [FramePart]) async throws(StoreError) -> [[UInt8]] {
        try await self.onReader { () throws(StoreError) in try self.read(parts) }
    }

    nonisolated func audit() async throws(StoreError) {
        do throws(StoreError) {
            try await self.onReader { () throws(StoreError) in try self.checkEverything() }
        } catch {
            if error.code == .corrupted { await self.refuse(error) }
            throw error
        }
    }

    /// Runs what reads files on a thread that may wait for them.
    private nonisolated func onReader<Result: Sendable>(
        _ body: @Sendable () throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        // The function below rethrows untyped; the error comes out as a value.
        let result = await withTaskExecutorPreference(self.readers) {
            Swift.Result { () throws(StoreError) in try body() }
        }
        return try result.get()
    }
}
