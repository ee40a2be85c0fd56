import NIOCore

/// Reads the frame headers of what a peer sends, without buffering, and tells when a limit on
/// headers or on frames without data is passed. It answers before END_HEADERS of a header block
/// that is too long, and counts frames of unknown type, neither of which nghttp2 tells its user.
struct FrameMeter {
    /// The limit that was passed.
    enum Violation: Equatable {
        case headerBlockTooLong, tooManyContinuations, tooManyControlFrames
    }

    private enum FrameType {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let resetStream: UInt8 = 3
        static let ping: UInt8 = 6
        static let windowUpdate: UInt8 = 8
        static let continuation: UInt8 = 9
    }
    private enum Flag {
        static let endStream: UInt8 = 0x1
        static let endHeaders: UInt8 = 0x4
    }
    private static let headerLength = 9
    private static let clientPrefaceLength = 24

    private let limits: HTTP2Limits
    private var controlFrames: WindowedCounter
    private var windowUpdateAllowance = 0
    private var pingAllowance = 0
    /// Bytes to pass over before the next frame header: the preface, then payloads.
    private var skip: Int
    /// The frame header's bytes so far.
    private var header: UInt64 = 0
    private var headerBytes = 0
    private var blockBytes = 0
    private var continuations = 0
    /// When the header block that is still open began.
    private(set) var openBlockStart: NIODeadline?

    init(role: HTTP2Role, limits: HTTP2Limits) {
        self.limits = limits
        self.controlFrames = WindowedCounter(
            limit: limits.maximumControlFrames, window: limits.countingWindow)
        self.skip = role == .server ? Self.clientPrefaceLength : 0
    }

    /// Notes a DATA frame that this end sent: the peer may answer it.
    mutating func sentData() {
        self.windowUpdateAllowance += self.limits.windowUpdatesPerDataFrame
        self.pingAllowance += self.limits.pingsPerDataFrame
    }

    /// Goes over the next bytes from the peer; the first limit they pass, if any.
    mutating func meter(_ bytes: UnsafeRawBufferPointer, at now: NIODeadline) -> Violation? {
        var position = 0
        while position < bytes.count {
            if self.skip > 0 {
                let passed = min(self.skip, bytes.count - position)
                self.skip -= passed
                position += passed
                continue
            }
            if let violation = self.take(bytes[position], at: now) { return violation }
            position += 1
        }
        return nil
    }

    /// Takes one byte of a frame header: length (3), type, flags, stream (4).
    private mutating func take(_ byte: UInt8, at now: NIODeadline) -> Violation? {
        self.headerBytes += 1
        if self.headerBytes <= 5 {
            self.header = self.header << 8 | UInt64(byte)
        }
        guard self.headerBytes == Self.headerLength else { return nil }
        let length = Int(self.header >> 16)
        let type = UInt8(truncatingIfNeeded: self.header >> 8)
        let flags = UInt8(truncatingIfNeeded: self.header)
        self.header = 0
        self.headerBytes = 0
        self.skip = length
        return self.frame(type: type, flags: flags, length: length, at: now)
    }

    private mutating func frame(
        type: UInt8, flags: UInt8, length: Int, at now: NIODeadline
    ) -> Violation? {
        switch type {
        case FrameType.data:
            let isEmpty = length == 0 && flags & Flag.endStream == 0
            return isEmpty ? self.controlFrame(at: now) : nil
        case FrameType.headers:
            self.blockBytes = 0
            self.continuations = 0
            return self.headerFrame(flags: flags, length: length, at: now)
        case FrameType.continuation:
            self.continuations += 1
            guard self.continuations <= self.limits.maximumContinuations else {
                return .tooManyContinuations
            }
            return self.headerFrame(flags: flags, length: length, at: now)
        case FrameType.resetStream:
            return nil  // counted with knowledge of the stream, see `HTTP2Session`
        case FrameType.windowUpdate where self.windowUpdateAllowance > 0:
            self.windowUpdateAllowance -= 1
            return nil
        case FrameType.ping where self.pingAllowance > 0:
            self.pingAllowance -= 1
            return nil
        default:
            return self.controlFrame(at: now)
        }
    }

    private mutating func headerFrame(
        flags: UInt8, length: Int, at now: NIODeadline
    ) -> Violation? {
        self.blockBytes += length
        guard self.blockBytes <= self.limits.maximumHeaderBlockBytes else {
            return .headerBlockTooLong
        }
        if flags & Flag.endHeaders != 0 {
            self.openBlockStart = nil
        } else if self.openBlockStart == nil {
            self.openBlockStart = now
        }
        return nil
    }

    private mutating func controlFrame(at now: NIODeadline) -> Violation? {
        self.controlFrames.count(at: now) ? nil : .tooManyControlFrames
    }
}
