import DossierAPI
import DossierCrypto
import DossierStore

/// What a machine wants done. Everything it wants ends in one event.
enum SyncAction: Sendable {
    /// Use the connection to an organisation's node: `connected` or `failed`.
    case connect(to: String)
    /// Call Follow on that connection; a call under way is given up: `opened` or `failed`.
    case follow(FollowRequest)
    /// Take the next message of Follow: `received`, `ended` or `failed`.
    case receive
    /// Keep verified leaves: `kept` or `failed`.
    case keep(MirroredLeaves)
    /// Find leaves among some whose hashes alone are there: `gaps` or `failed`.
    case findGaps(in: Range<UInt64>)
    /// Call Fetch of an organisation's node, beside Follow: `opened` or `failed`.
    case fetch(FetchRequest, from: String)
    /// Take the next message of Fetch: `received`, `ended` or `failed`.
    case receiveFetched
    /// Look up the hashes of leaves: `hashes` or `failed`.
    case lookUp([UInt64])
    /// Keep verified records that came late: `kept` or `failed`.
    case keepLate([LateRecord])
    /// Keep up to where an organisation's node was asked for leaves again: `kept` or `failed`.
    case keepAsked(AskedLeaves, of: String)
    /// Keep evidence, and end the calls of the organisation that it came from: `disconnected`.
    case accuse(Evidence, from: String)
    /// End all calls: `disconnected`.
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
    /// The calls are ended.
    case disconnected
    /// The wait is over.
    case waited
    /// The paths are to be looked at again.
    case looked
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
