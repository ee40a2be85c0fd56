/// The end of the log: where the next frames go, and the marker that follows them.
///
/// The caller makes sure that one call follows the other. What the mutating functions throw leaves
/// a tail that says itself whether it may be used again.
struct LogTail {
    /// What may be done with the tail.
    enum Condition: Equatable {
        /// Frames may be appended.
        case clean
        /// A failed write left bytes behind the end: they go before anything else comes.
        case dirty
        /// It is not known any more what is durable.
        case broken
    }

    /// The segment that is appended to.
    private(set) var segment: SegmentFile
    /// Where its last frame ends.
    private(set) var end: Int
    /// What may be done with the tail.
    private(set) var condition = Condition.clean

    private var marker: DurableMarker

    /// Creates the tail of a log in order.
    init(segment: SegmentFile, end: Int, marker: DurableMarker) {
        self.segment = segment
        self.end = end
        self.marker = marker
    }

    /// Writes bytes at the end and makes them durable; on return the log has `size` leaves.
    mutating func append(_ bytes: [UInt8], size: UInt64) throws(FileError) {
        try self.clean()
        self.condition = .dirty
        do throws(FileError) {
            try self.segment.file.write(bytes, at: self.end)
        } catch {
            // Gone at once if that is possible, before the next append if not.
            try? self.clean()
            throw error
        }
        let segment = self.segment
        try self.synchronize { () throws(FileError) in try segment.file.synchronize() }
        self.end += bytes.count
        // The data is durable whether or not the marker says so: a marker that lags only makes the
        // next start check more.
        try? self.marker.write(
            .init(size: size, segment: self.segment.firstIndex, offset: self.end))
    }

    /// Ends the segment and begins another at this log size.
    mutating func rotate(
        to size: UInt64, in directories: LogDirectories, _ fileSystem: any FileSystem
    ) throws(FileError) {
        try self.clean()
        try self.synchronizeMarker(size: size)
        // The marker names the old segment until something is in the new one.
        let unfinished = try directories.createUnfinished(firstIndex: size, in: fileSystem)
        try self.synchronize { () throws(FileError) in try unfinished.file.synchronize() }
        let segment = try directories.name(unfinished, in: fileSystem)
        try self.synchronize { () throws(FileError) in
            try fileSystem.synchronizeDirectory(directories.segments)
        }
        self.segment = segment
        self.end = SegmentFile.headerByteCount
    }

    /// Makes something durable. If that fails the tail is broken.
    private mutating func synchronize(
        _ body: () throws(FileError) -> Void
    ) throws(FileError) {
        self.condition = .broken
        try body()
        self.condition = .clean
    }

    /// Writes the marker durably.
    mutating func synchronizeMarker(size: UInt64) throws(FileError) {
        try self.marker.write(
            .init(size: size, segment: self.segment.firstIndex, offset: self.end))
        try self.marker.synchronize()
    }

    /// Removes what a failed write left behind the end.
    private mutating func clean() throws(FileError) {
        guard self.condition == .dirty else { return }
        try self.segment.file.truncate(to: self.end)
        self.condition = .clean
    }
}
