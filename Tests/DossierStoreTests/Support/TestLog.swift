import DossierCrypto
import MerkleLog
import Testing

@testable import DossierStore

/// A log on a file system in memory, and what it has acknowledged.
final class TestLog {
    static let directory = "/store"

    private(set) var fileSystem: MemoryFileSystem
    private(set) var log: SegmentLog?
    /// The bodies of all frames that were acknowledged, in order.
    private(set) var acknowledged: [[UInt8]] = []
    private let segmentBytes: Int

    init(_ fileSystem: MemoryFileSystem = MemoryFileSystem(), segmentBytes: Int = 1 << 20) {
        self.fileSystem = fileSystem
        self.segmentBytes = segmentBytes
    }

    /// Opens the log, or opens it again.
    func open() throws(StoreError) {
        self.log = nil
        self.log = try SegmentLog.open(
            .init(
                directory: Self.directory, segmentBytes: self.segmentBytes,
                fileSystem: self.fileSystem),
            executor: SerialThreadExecutor(), readers: ThreadExecutor(threadCount: 1))
    }

    /// Crashes and opens the log again.
    func restart(after crash: MemoryFileSystem.Crash) throws(StoreError) {
        self.crash(crash)
        try self.open()
    }

    /// Crashes.
    func crash(_ crash: MemoryFileSystem.Crash) {
        self.log = nil
        self.fileSystem = self.fileSystem.restarted(after: crash)
    }

    /// Appends a group of frames, and notes them if they are acknowledged.
    func append(_ frames: [Frame]) async throws {
        let log = try #require(self.log)
        let locations = try await log.append(frames)
        #expect(locations.count == frames.count)
        self.acknowledged += frames.map(\.body)
    }

    /// The bodies of the frames in the log.
    func bodies() async throws -> [[UInt8]] {
        let log = try #require(self.log)
        var bodies: [[UInt8]] = []
        var last: FrameLocation?
        while true {
            let frames = try await log.frames(after: last, maximumBytes: 1000)
            guard let end = frames.last else { break }
            bodies += frames.map(\.body)
            last = end.location
        }
        #expect(last?.endIndex ?? 0 == log.size)
        return bodies
    }

    /// Why the log takes nothing; nil if it does.
    func refusal() async -> StoreError? { await self.log?.standingRefusal }

    /// The only segment's path, if there is one segment.
    var segmentPath: String { "\(Self.directory)/segments/\(SegmentFile.name(firstIndex: 0))" }
}

extension Frame {
    /// A frame of a few small records.
    static func numbered(_ numbers: Range<Int>, text: String = "") -> Frame {
        PreparedSubmission(.numbered(numbers, text: text)).wholeFrame
    }
}
