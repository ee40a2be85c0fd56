// DossierSync keeps verified mirrors of other nodes' logs.
//
// `SyncMachine` is what syncing one log is, as a value: it takes what happened, verifies it, and says
// what to do next; its `SyncRoutes` know on which paths the log can come, and which is the best. It
// knows no socket, file or clock; `PeerLink`, `MirrorKeeping` and `SyncClock` are what it is driven
// over. `FollowVerifier` and `FetchVerifier` are its judges: what they have not passed is kept
// nowhere. `LogSync` drives one machine. `PeerContact` keeps in touch with one organisation's node,
// whoever of the two can reach the other, learns what it offers, and offers it this node's logs.
// `SyncAgent` has one of each for every other member, side by side, so that none waits for another.
// `EvidenceFolder` keeps what shows that a peer lied.
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
    /// Asks the peer about the logs that it offers.
    func ask(_ question: LogQuestion) async throws(SyncFailure) -> any PeerMessages

    /// Offers this node's logs to the peer: one call, which waits for its one question and returns
    /// when that is answered.
    ///
    /// - Parameter onQuestion: called when the question has come.
    func offer(
        _ offering: any LogOffering, onQuestion: @Sendable () async -> Void
    ) async throws(SyncFailure)

    /// Ends the connection.
    func close() async
}

/// The messages of one call, as bytes: nothing of them is verified, nor even well-formed.
public protocol PeerMessages: Sendable {
    /// The next message; nil when the peer has ended the call.
    func next() async throws(SyncFailure) -> [UInt8]?
}

extension PeerMessages {
    /// The next message, unless nothing comes for so many milliseconds.
    ///
    /// Throws `silent` then.
    func next(
        within silence: Int64, by clock: any SyncClock
    ) async throws(SyncFailure) -> [UInt8]? {
        let result = await withTaskGroup(of: Result<[UInt8]?, SyncFailure>.self) { group in
            group.addTask {
                do throws(SyncFailure) { return .success(try await self.next()) } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                try? await clock.sleep(milliseconds: silence)
                return .failure(
                    SyncFailure(.silent, "nothing came for \(silence / 1_000) seconds"))
            }
            defer { group.cancelAll() }
            return await group.next() ?? .success(nil)
        }
        return try result.get()
    }
}

/// Where a mirror is kept.
public protocol MirrorKeeping: Sendable {
    /// Where the mirror stands.
    var standing: Mirror.Standing { get }

    /// Keeps verified leaves that follow in the log.
    func keep(_ leaves: MirroredLeaves) async throws(SyncFailure)

    /// Keeps verified records of leaves whose hashes alone were there.
    func keep(_ records: [LateRecord]) async throws(SyncFailure)

    /// Keeps up to where an organisation's node was asked for leaves of which there are the hashes
    /// alone.
    func keep(_ asked: AskedLeaves, of organisation: String) async throws(SyncFailure)

    /// Keeps when the log's own node was heard, in seconds since 1970.
    func keep(heardAt: Int64) async throws(SyncFailure)

    /// How many leaves there are whose hash alone is there.
    func hashOnlyCount() async throws(SyncFailure) -> UInt64

    /// Those of some leaves whose hashes alone are there, as ranges, ascending, at most so many.
    func hashOnlyRanges(
        in leaves: Range<UInt64>, limit: Int
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
    /// How long it is waited for a call that a peer opens to be asked over, in milliseconds.
    public var offerPatience: Int64 = 10_000
    /// How often, at most, a node is asked for leaves again of which there are the hashes alone, in
    /// milliseconds.
    public var backfillInterval: Int64 = 5_000
    /// How often a node is asked for all such leaves, whatever it says of itself, in milliseconds:
    /// it may have withheld what it should not.
    public var reaskInterval: Int64 = 24 * 3_600_000
    /// How long another relay must have been ahead of the one that a log comes from, before it is
    /// taken instead, in milliseconds.
    public var patience: Int64 = 500
    /// How long a node may offer leaves that it does not give, in milliseconds, before others are
    /// asked.
    public var stall: Int64 = 10_000
    /// After how long without word from a log's own node answers from its mirror are marked stale, in
    /// seconds.
    public var staleAfter = Mirroring.staleAfter.components.seconds
    /// How many messages without leaves a peer may send beyond one a second.
    public var idleMessages = 64

    /// The usual patience.
    public init() {}
}
