public import NIOCore

/// What a peer may make this end of a connection do. Each bound is tested at its value and one past.
public struct HTTP2Limits: Sendable {
    /// Streams a peer may have open at once.
    public var maximumConcurrentStreams = 256
    /// Size of a decoded header list: names, values and 32 bytes a field (RFC 9113, section 6.5.2).
    /// A longer one is cut there and marked as truncated.
    public var maximumHeaderListBytes = 16 * 1024
    /// Size of a header block on the wire, all of its frames together.
    public var maximumHeaderBlockBytes = 16 * 1024
    /// CONTINUATION frames in a header block.
    public var maximumContinuations = 8
    /// Time from a header block's first frame to its last.
    public var headerBlockTimeout = TimeAmount.seconds(10)

    /// The span over which frames and resets are counted.
    public var countingWindow = TimeAmount.seconds(30)
    /// Frames within the window that carry neither data nor headers: SETTINGS, PRIORITY, empty DATA,
    /// unknown types; PING and WINDOW_UPDATE above what `allowance` grants.
    public var maximumControlFrames = 200
    /// Streams that the peer reset, or made this end reset, within the window.
    public var maximumResets = 200
    /// WINDOW_UPDATE frames that a sent DATA frame answers for.
    public var windowUpdatesPerDataFrame = 2
    /// PING frames that a sent DATA frame answers for: clients measure bandwidth so.
    public var pingsPerDataFrame = 1

    /// Bytes a peer may send on a new stream before it is granted more.
    public var initialStreamWindow = 65_535
    /// Bytes a peer may have under way on the connection.
    public var connectionWindow = 8 * 1024 * 1024
    /// Unsent bytes on a stream above which its writer has to wait.
    public var streamSendBuffer = 256 * 1024
    /// Unsent bytes on all streams together above which a connection is said to be backed up.
    public var connectionSendBuffer = 8 * 1024 * 1024
    /// Time for which a stream with unsent bytes may make no progress.
    public var stallTimeout = TimeAmount.seconds(60)
    /// Bytes that count as progress: fewer only if they are all there were.
    public var stallProgress = 16 * 1024

    /// Time for the peer's first SETTINGS to arrive.
    public var settingsTimeout = TimeAmount.seconds(10)
    /// Time without any stream after which a connection is ended gracefully; nil for never.
    public var idleTimeout: TimeAmount? = .minutes(15)
    /// Age at which a connection is ended gracefully; nil for never.
    public var maximumAge: TimeAmount?
    /// Silence on a connection with open streams after which the peer is asked for a sign of life.
    public var keepaliveInterval: TimeAmount? = .minutes(5)
    /// Time for that sign of life to arrive.
    public var keepaliveTimeout = TimeAmount.seconds(20)

    /// Time between the announcement of a graceful end and the refusal of new streams, if the peer
    /// does not acknowledge the announcement before.
    public var drainAnnouncement = TimeAmount.seconds(1)
    /// Time for which a failed connection stays open so that the peer can read why it failed.
    public var linger = TimeAmount.milliseconds(500)

    /// The limits that threats H2-1 to H2-8 ask for.
    public init() {}
}
