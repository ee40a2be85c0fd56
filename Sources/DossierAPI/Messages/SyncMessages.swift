internal import CDossierProtos
internal import CProtobufC

/// Which peers a request of `dossier.v1.SyncService` is about, by organisation id; none are all.
public struct SyncSelection: Hashable, Sendable {
    /// Organisation ids; empty for all.
    public var organisations: [String]

    /// Some peers, or all.
    public init(organisations: [String] = []) { self.organisations = organisations }

    /// The wire form of a `PauseSyncRequest`, `ResumeSyncRequest` or `SyncOnceRequest`, which are
    /// alike.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__SyncOnceRequest()
            dossier__v1__sync_once_request__init(&message)
            message.n_organisations = self.organisations.count
            message.organisations = try arena.array(self.organisations) { try arena.string($0) }
            return message
        }
    }

    /// Reads the wire form. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.SyncOnceRequest", by: dossier__v1__sync_once_request__unpack
        ) { message in
            Self(
                organisations: array(message.n_organisations, message.organisations) {
                    String(field: $0)
                })
        }
    }
}

/// How sync with some peers stands: the answer to every request of `dossier.v1.SyncService`.
public struct SyncReport: Hashable, Sendable {
    /// The most warnings that are told; those after them are less urgent.
    public static let maximumWarnings = 256

    /// One for each peer.
    public var peers: [PeerSyncStatus]
    /// What the node's operators must do something about, in sentences, the most urgent first; told
    /// with a status only.
    public var warnings: [String]

    /// A report.
    public init(peers: [PeerSyncStatus], warnings: [String] = []) {
        self.peers = peers
        self.warnings = warnings
    }

    /// The wire form.
    public func encoded() throws -> [UInt8] {
        try packed { arena in
            var message = Dossier__V1__GetSyncStatusResponse()
            dossier__v1__get_sync_status_response__init(&message)
            message.n_peers = self.peers.count
            message.peers = try arena.messages(self.peers) { try $0.message(in: arena) }
            let warnings = Array(self.warnings.prefix(Self.maximumWarnings))
            message.n_warnings = warnings.count
            message.warnings = try arena.array(warnings) { try arena.string($0) }
            return message
        }
    }

    /// Reads the wire form. Throws ``ExchangeError`` with code `badRequest`.
    public init(decoding bytes: [UInt8]) throws {
        self = try unpacked(
            bytes, as: "dossier.v1.GetSyncStatusResponse",
            by: dossier__v1__get_sync_status_response__unpack
        ) { message in
            Self(
                peers: messages(message.n_peers, message.peers) { PeerSyncStatus($0) },
                warnings: array(message.n_warnings, message.warnings) { String(field: $0) })
        }
    }
}

/// What is being done about a peer's log.
public enum SyncState: UInt32, Hashable, Sendable, CaseIterable {
    /// Not said.
    case unspecified = 0
    /// A connection is being made.
    case connecting = 1
    /// The mirror takes what it is behind.
    case catchingUp = 2
    /// The mirror has everything and waits for more.
    case following = 3
    /// The last attempt failed, the next is waited for.
    case waiting = 4
    /// An operator paused it.
    case paused = 5
    /// What came of the log did not check: it is tried again after a longer wait each time.
    case refused = 6

    /// Its name, as the command line prints it.
    public var name: String {
        switch self {
        case .unspecified: ""
        case .connecting: "connecting"
        case .catchingUp: "catching up"
        case .following: "following"
        case .waiting: "waiting"
        case .paused: "paused"
        case .refused: "refused"
        }
    }
}

/// How sync with one peer stands.
public struct PeerSyncStatus: Hashable, Sendable {
    /// Organisation id of the peer.
    public var organisation = ""
    /// Origin of its log.
    public var logOrigin = ""
    /// Address of its node.
    public var address = ""
    /// What is being done.
    public var state = SyncState.unspecified
    /// Leaves that the mirror has.
    public var mirrored: UInt64 = 0
    /// Of them, those whose hash alone it has.
    public var hashOnly: UInt64 = 0
    /// Leaves of the log, by the newest checkpoint seen.
    public var known: UInt64 = 0
    /// Seconds for which the mirror has not been complete, or in touch with anybody who has the log.
    public var lagSeconds: UInt64 = 0
    /// When the peer's own node was last heard: a moment to the second; empty if never.
    public var heardAt = ""
    /// What failed last; empty if nothing did since the last success.
    public var error = ""
    /// What to do about it.
    public var advice = ""
    /// When it failed: a moment to the second.
    public var failedAt = ""
    /// File with what proves that the peer lied; empty if it did not.
    public var evidence = ""
    /// Bytes of messages received since the node started.
    public var receivedBytes: UInt64 = 0
    /// Leaves taken a second, over the last seconds.
    public var rate: UInt64 = 0
    /// Seconds until the mirror is complete at that rate; 0 if it is, or without a rate.
    public var remainingSeconds: UInt64 = 0
    /// Milliseconds until the next attempt, while waiting for one.
    public var nextAttemptMilliseconds: UInt64 = 0
    /// Records that the peer sent though they are not released to this organisation.
    public var notReleased: UInt64 = 0
    /// Organisation id of the node that the log comes from now; empty if there is none.
    public var path = ""
    /// Seconds since the peer's own node was last heard; 0 if it never was.
    public var directAgeSeconds: UInt64 = 0
    /// Whether that is longer ago than the node's limit.
    public var isStale = false

    /// A status that says nothing.
    public init() {}

    /// Leaves that the mirror is behind.
    public var backlog: UInt64 { self.known > self.mirrored ? self.known - self.mirrored : 0 }

    func message(in arena: MessageArena) throws -> Dossier__V1__PeerSyncStatus {
        var message = Dossier__V1__PeerSyncStatus()
        dossier__v1__peer_sync_status__init(&message)
        message.organisation = try arena.string(self.organisation)
        message.log_origin = try arena.string(self.logOrigin)
        message.address = try arena.string(self.address)
        message.state = Dossier__V1__SyncState(rawValue: .init(self.state.rawValue))
        message.mirrored = self.mirrored
        message.hash_only = self.hashOnly
        message.known = self.known
        message.lag_seconds = self.lagSeconds
        message.heard_at = try arena.string(self.heardAt)
        message.error = try arena.string(self.error)
        message.advice = try arena.string(self.advice)
        message.failed_at = try arena.string(self.failedAt)
        message.evidence = try arena.string(self.evidence)
        message.received_bytes = self.receivedBytes
        message.rate = self.rate
        message.remaining_seconds = self.remainingSeconds
        message.next_attempt_ms = self.nextAttemptMilliseconds
        message.not_released = self.notReleased
        message.path = try arena.string(self.path)
        message.direct_age_seconds = self.directAgeSeconds
        message.stale = self.isStale ? 1 : 0
        return message
    }

    init(_ message: Dossier__V1__PeerSyncStatus) {
        self.organisation = String(field: message.organisation)
        self.logOrigin = String(field: message.log_origin)
        self.address = String(field: message.address)
        self.state = SyncState(rawValue: UInt32(message.state.rawValue)) ?? .unspecified
        self.mirrored = message.mirrored
        self.hashOnly = message.hash_only
        self.known = message.known
        self.lagSeconds = message.lag_seconds
        self.heardAt = String(field: message.heard_at)
        self.error = String(field: message.error)
        self.advice = String(field: message.advice)
        self.failedAt = String(field: message.failed_at)
        self.evidence = String(field: message.evidence)
        self.receivedBytes = message.received_bytes
        self.rate = message.rate
        self.remainingSeconds = message.remaining_seconds
        self.nextAttemptMilliseconds = message.next_attempt_ms
        self.notReleased = message.not_released
        self.path = String(field: message.path)
        self.directAgeSeconds = message.direct_age_seconds
        self.isStale = message.stale != 0
    }
}
