// DossierSync keeps verified mirrors of other nodes' logs.
//
// `SyncMachine` is what syncing with one peer is, as a value: it takes what happened, verifies it,
// and says what to do next. It knows no socket, file or clock; `PeerLink`, `MirrorKeeping` and
// `SyncClock` are what it is driven over. `FollowVerifier` and `FetchVerifier` are its judges: what
// they have not passed is kept nowhere. `PeerSync` drives one machine, `SyncAgent` one for each peer
// of a node, side by side, so that none waits for another. `EvidenceFolder` keeps what shows that a
// peer lied.
//
// Left out on purpose: how a log is handed out (DossierServer), how a mirror is kept (DossierStore),
// how bytes travel (DossierClient).

public import DossierAPI
public import DossierCrypto
public import DossierStore

/// A way to reach one peer.
public protocol PeerConnecting: Sendable {
    /// Connects to the peer's node.
    func connect() async throws(SyncFailure) -> any PeerLink
}

/// A connection to one peer.
public protocol PeerLink: Sendable {
    /// Follows the peer's log.
    func follow(_ request: FollowRequest) async throws(SyncFailure) -> any PeerMessages

    /// Asks for leaves again.
    func fetch(_ request: FetchRequest) async throws(SyncFailure) -> any PeerMessages

    /// Ends the connection.
    func close() async
}

/// The messages of one call, as bytes: nothing of them is verified, nor even well-formed.
public protocol PeerMessages: Sendable {
    /// The next message; nil when the peer has ended the call.
    func next() async throws(SyncFailure) -> [UInt8]?
}

/// Where a mirror is kept.
public protocol MirrorKeeping: Sendable {
    /// Where the mirror stands.
    var standing: Mirror.Standing { get }

    /// The release epoch up to which hash-only leaves were asked for again.
    func releaseEpoch() async throws(SyncFailure) -> [UInt8]

    /// Keeps verified leaves that follow in the log.
    func keep(_ leaves: MirroredLeaves) async throws(SyncFailure)

    /// Keeps verified records of leaves whose hashes alone were there.
    func keep(_ records: [LateRecord]) async throws(SyncFailure)

    /// Keeps the release epoch.
    func keep(releaseEpoch: [UInt8]) async throws(SyncFailure)

    /// Keeps when the peer was heard, in seconds since 1970.
    func keep(heardAt: Int64) async throws(SyncFailure)

    /// How many leaves there are whose hash alone is there.
    func hashOnlyCount() async throws(SyncFailure) -> UInt64

    /// The leaves whose hashes alone are there, as ranges, ascending, at most so many.
    func hashOnlyRanges(
        from leafIndex: UInt64, limit: Int
    ) async throws(SyncFailure) -> [Range<UInt64>]

    /// The hashes of leaves, in the order asked for.
    func leafHashes(_ indexes: [UInt64]) async throws(SyncFailure) -> [Digest]
}

/// The time, as sync needs it.
public protocol SyncClock: Sendable {
    /// Milliseconds since some moment in the past; never goes back.
    var milliseconds: Int64 { get }

    /// Waits, or ends early with `CancellationError` when the task is cancelled.
    func sleep(milliseconds: Int64) async throws
}

/// How patient sync is.
public struct SyncSettings: Hashable, Sendable {
    /// After a failed attempt, the shortest wait before the next, in milliseconds.
    public var firstRetry: Int64 = 500
    /// The longest; the waits double up to it.
    public var lastRetry: Int64 = 30_000
    /// After an answer that did not check, the shortest wait, in milliseconds.
    public var firstRetryAfterLie: Int64 = 30_000
    /// The longest.
    public var lastRetryAfterLie: Int64 = 15 * 60_000
    /// How long a peer may be silent before it counts as lost, in milliseconds: three heartbeats.
    public var silence: Int64 = 45_000
    /// How often, at most, hash-only leaves are asked for again, in milliseconds.
    public var backfillInterval: Int64 = 5_000
    /// How many messages without leaves a peer may send beyond one a second.
    public var idleMessages = 64

    /// The usual patience.
    public init() {}
}
