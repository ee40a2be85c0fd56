/// Where the log's frames are kept: durable, append-only, with one writer.
protocol LogStorage: Sendable {
    /// How many leaves the log has, all of them durable.
    var size: UInt64 { get }

    /// Appends frames, all or none, and returns where they are once they are durable.
    func append(_ frames: [Frame]) async throws(StoreError) -> [FrameLocation]

    /// Reads whole frames, verified, that follow a frame, or the log's first: as many as fit into
    /// `maximumBytes`, but at least one; none at the log's end.
    func frames(
        after location: FrameLocation?, maximumBytes: Int
    ) async throws(StoreError) -> [LoggedFrame]

    /// Reads parts of frames' bodies, unverified; fewer bytes only if the log is damaged. Parts that
    /// lie close together, in order, cost one read.
    func bodies(_ parts: [FramePart]) async throws(StoreError) -> [[UInt8]]

    /// Reads and verifies every frame, from the first to the last that is durable now.
    ///
    /// Throws `corrupted`, which also ends all appending, or what reading failed with.
    func audit() async throws(StoreError)

    /// Ends all appending.
    func close() async throws(StoreError)
}

/// Where a frame is.
struct FrameLocation: Hashable, Sendable {
    /// Leaf index of the first record that the frame appends.
    var firstIndex: UInt64
    /// Number of records that the frame appends.
    var recordCount: Int
    /// The segment, by the log size before it.
    var segment: UInt64
    /// Where the frame begins in the segment.
    var offset: Int
    /// How many bytes the frame's body has.
    var bodyLength: Int

    /// Leaf index after the last record that the frame appends.
    var endIndex: UInt64 { self.firstIndex + UInt64(self.recordCount) }

    /// The place before the first frame of a segment.
    static func start(ofSegment segment: UInt64) -> FrameLocation {
        FrameLocation(
            firstIndex: segment, recordCount: 0, segment: segment,
            offset: SegmentFile.headerByteCount - FrameHeader.byteCount, bodyLength: 0)
    }
}

/// A part of a frame's body.
struct FramePart: Sendable {
    /// The frame.
    var frame: FrameLocation
    /// Which bytes of its body.
    var range: Range<Int>

    /// Where the bytes lie in the segment.
    var rangeInSegment: Range<Int> {
        let start = self.frame.offset + FrameHeader.byteCount
        return start + self.range.lowerBound..<start + self.range.upperBound
    }
}

/// A frame as it was read.
struct LoggedFrame: Sendable {
    /// Where it is.
    var location: FrameLocation
    /// Its body, verified.
    var body: [UInt8]
}
