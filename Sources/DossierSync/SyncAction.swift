import DossierAPI
import DossierCrypto
import DossierStore

/// What a machine wants done. Everything it wants ends in one event.
enum SyncAction: Sendable {
    /// Connect to the peer: `connected` or `failed`.
    case connect
    /// Call Follow on the connection; a call under way is given up: `opened` or `failed`.
    case follow(FollowRequest)
    /// Take the next message of Follow: `received`, `ended` or `failed`.
    case receive
    /// Keep verified leaves: `kept` or `failed`.
    case keep(MirroredLeaves)
    /// Find leaves whose hashes alone are there: `gaps` or `failed`.
    case findGaps(from: UInt64)
    /// Call Fetch beside Follow: `opened` or `failed`.
    case fetch(FetchRequest)
    /// Take the next message of Fetch: `received`, `ended` or `failed`.
    case receiveFetched
    /// Look up the hashes of leaves: `hashes` or `failed`.
    case lookUp([UInt64])
    /// Keep verified records that came late: `kept` or `failed`.
    case keepLate([LateRecord])
    /// Keep that hash-only leaves were asked for up to a release epoch: `kept` or `failed`.
    case keepEpoch([UInt8])
    /// Keep evidence, and end the connection: `disconnected`.
    case accuse(Evidence)
    /// End the connection: `disconnected`.
    case disconnect
    /// Wait so many milliseconds: `waited`.
    case wait(Int64)
    /// Do nothing until the next command.
    case rest
}

/// What happened.
enum SyncEvent: Sendable {
    /// The machine is driven from now on.
    case started
    /// There is a connection.
    case connected
    /// A call is under way.
    case opened
    /// A message came; nothing of it is verified.
    case received([UInt8])
    /// The peer has ended the call.
    case ended
    /// What was to be kept is.
    case kept
    /// Leaves whose hashes alone are there.
    case gaps([Range<UInt64>])
    /// The hashes of leaves.
    case hashes([Digest])
    /// It failed.
    case failed(SyncFailure)
    /// The connection is ended.
    case disconnected
    /// The wait is over.
    case waited
    /// The operator wants something.
    case command(SyncCommand)
}

/// What an operator wants of a machine.
enum SyncCommand: Hashable, Sendable {
    /// Do nothing until resumed.
    case pause
    /// Go on, at once.
    case resume
    /// Run one round, at once, also while paused.
    case round
}
