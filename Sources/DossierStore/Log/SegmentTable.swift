import Synchronization

/// Which segments the log has, and how large it is: what readers share with the writer.
final class SegmentTable: Sendable {
    private struct State {
        // By the log size before each, ascending.
        var segments: [UInt64]
        var size: UInt64
        // Open for reading, the last used at the end.
        var open: [SegmentFile] = []
    }

    // A descriptor each: far below any system's limit, and enough for the readers there are.
    private static let maximumOpen = 64

    private let directory: String
    private let fileSystem: any FileSystem
    private let state: Mutex<State>

    /// Creates the table of the segments in a directory.
    init(
        directory: String, fileSystem: any FileSystem, segments: [UInt64], size: UInt64
    ) {
        self.directory = directory
        self.fileSystem = fileSystem
        self.state = Mutex(State(segments: segments, size: size))
    }

    /// How many leaves the log has, all of them durable.
    var size: UInt64 { self.state.withLock { $0.size } }

    /// The segments, by the log size before each, ascending.
    var segments: [UInt64] { self.state.withLock { $0.segments } }

    /// Notes that the log has grown.
    func grow(to size: UInt64) { self.state.withLock { $0.size = size } }

    /// Notes a new segment at the log's end.
    func append(segment: UInt64) { self.state.withLock { $0.segments.append(segment) } }

    /// The segment that holds a leaf: the last that does not begin after it.
    func segment(holding leafIndex: UInt64) -> UInt64? {
        self.segments.last { $0 <= leafIndex }
    }

    /// The path of a segment.
    func path(of segment: UInt64) -> String {
        "\(self.directory)/\(SegmentFile.name(firstIndex: segment))"
    }

    /// A segment, open for reading. Throws `corrupted` if its header does not check.
    func open(_ segment: UInt64) throws(StoreError) -> SegmentFile {
        if let file = self.openAlready(segment) { return file }
        let path = self.path(of: segment)
        let opened: SegmentFile?
        do throws(FileError) {
            opened = try SegmentFile.open(
                path, firstIndex: segment, mode: .read, in: self.fileSystem)
        } catch {
            throw StoreError(error)
        }
        guard let opened else {
            throw StoreError(.corrupted, "\(path), offset 0: segment header does not check")
        }
        self.state.withLock { state in
            if state.open.count == Self.maximumOpen { state.open.removeFirst() }
            state.open.append(opened)
        }
        return opened
    }

    private func openAlready(_ segment: UInt64) -> SegmentFile? {
        self.state.withLock { state in
            guard let index = state.open.lastIndex(where: { $0.firstIndex == segment }) else {
                return nil
            }
            let file = state.open[index]
            if index != state.open.count - 1 { state.open.append(state.open.remove(at: index)) }
            return file
        }
    }
}
