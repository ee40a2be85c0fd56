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
        let path = self.path(of: firstIndex)
        let unfinished = path + SegmentFile.unfinishedSuffix
        let segment = try SegmentFile.create(unfinished, firstIndex: firstIndex, in: fileSystem)
        try fill(segment)
        try segment.file.synchronize()
        try fileSystem.rename(unfinished, to: path)
        try fileSystem.synchronizeDirectory(self.segments)
        return segment
    }

    /// Says where a scanner stands.
    func place(of scanner: FrameScanner, in segment: SegmentFile, _ reason: String) -> String {
        let path = self.path(of: segment.firstIndex)
        return "\(path), offset \(scanner.offset), leaf \(scanner.nextIndex): \(reason)"
    }
}
