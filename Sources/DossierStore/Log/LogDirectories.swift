/// Where the log's files are, and how a segment comes into being.
struct LogDirectories: Sendable {
    /// The store's directory.
    let root: String

    /// The directory of the segments.
    var segments: String { "\(self.root)/segments" }

    /// The durable marker.
    var marker: String { "\(self.root)/\(DurableMarker.name)" }

    /// Makes the directories, durably.
    func create(in fileSystem: any FileSystem) throws(FileError) {
        try fileSystem.createDirectory(self.segments)
        try fileSystem.synchronizeDirectory(self.root)
        try fileSystem.synchronizeDirectory(self.segments)
    }

    /// The path of a segment.
    func path(of segment: UInt64) -> String {
        "\(self.segments)/\(SegmentFile.name(firstIndex: segment))"
    }

    /// Makes a segment with what `fill` writes into it, durably; it has its name only when it is
    /// whole. One that had the name is replaced.
    func createSegment(
        firstIndex: UInt64, in fileSystem: any FileSystem,
        fill: (SegmentFile) throws(FileError) -> Void
    ) throws(FileError) -> SegmentFile {
        let segment = try self.createUnfinished(firstIndex: firstIndex, in: fileSystem)
        try fill(segment)
        try segment.file.synchronize()
        let named = try self.name(segment, in: fileSystem)
        try fileSystem.synchronizeDirectory(self.segments)
        return named
    }

    /// Makes an empty segment without its name, not durable yet.
    func createUnfinished(
        firstIndex: UInt64, in fileSystem: any FileSystem
    ) throws(FileError) -> SegmentFile {
        try SegmentFile.create(
            self.unfinishedPath(of: firstIndex), firstIndex: firstIndex, in: fileSystem)
    }

    /// Gives a whole segment its name, not durable yet.
    func name(
        _ segment: SegmentFile, in fileSystem: any FileSystem
    ) throws(FileError) -> SegmentFile {
        let path = self.path(of: segment.firstIndex)
        try fileSystem.rename(self.unfinishedPath(of: segment.firstIndex), to: path)
        // Opened again, so that later errors name the file that there is.
        return SegmentFile(
            file: try fileSystem.open(path, .update), firstIndex: segment.firstIndex,
            salt: segment.salt)
    }

    private func unfinishedPath(of segment: UInt64) -> String {
        self.path(of: segment) + SegmentFile.unfinishedSuffix
    }

    /// Says where a scanner stands.
    func place(of scanner: FrameScanner, in segment: SegmentFile, _ reason: String) -> String {
        let path = self.path(of: segment.firstIndex)
        return "\(path), offset \(scanner.offset), leaf \(scanner.nextIndex): \(reason)"
    }
}
