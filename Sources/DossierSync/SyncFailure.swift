import DossierClient
import MerkleLog

/// Why syncing with a peer does not go on. Two failures are equal when their codes are.
public struct SyncFailure: Error, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What kind of failure it is.
    public var code: Code
    /// What happened, for the operator.
    public var message: String
    /// The failure below this one.
    public var cause: (any Error)?

    /// Creates a failure.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// An answer that does not check.
    init(_ error: VerificationError) {
        self.init(.unverifiable, "\(error.code): \(error.message)", cause: error)
    }

    /// The code's name.
    public var description: String { "SyncFailure.\(self.code)" }

    /// Everything there is to tell, for the log.
    public var debugDescription: String {
        let reason = self.cause.map { " (\(String(reflecting: $0)))" } ?? ""
        return "\(self.description): \(self.message)\(reason)"
    }

    /// Equal when the codes are.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.code == rhs.code }

    /// Hashes the code.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.code) }
}

extension SyncFailure {
    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String {
            case unreachable, notPermitted, unavailable, olderLog, unverifiable, broken, silent
            case storage, cancelled, stalled
        }

        private var name: Name

        /// The code's name.
        public var description: String { self.name.rawValue }

        /// No connection, or it broke.
        public static let unreachable = Self(name: .unreachable)
        /// The peer does not let this node mirror its log.
        public static let notPermitted = Self(name: .notPermitted)
        /// The peer cannot answer for now.
        public static let unavailable = Self(name: .unavailable)
        /// The peer's log has fewer leaves than were seen of it.
        public static let olderLog = Self(name: .olderLog)
        /// An answer that does not check; the cause is a ``MerkleLog/VerificationError``.
        public static let unverifiable = Self(name: .unverifiable)
        /// An answer that is malformed, too large, or that no node gives.
        public static let broken = Self(name: .broken)
        /// Nothing came for too long.
        public static let silent = Self(name: .silent)
        /// This node could not keep what came.
        public static let storage = Self(name: .storage)
        /// A node offers leaves that it does not give.
        public static let stalled = Self(name: .stalled)
        /// What ran was stopped.
        public static let cancelled = Self(name: .cancelled)
    }

    /// Whether the peer gave an answer that an honest node does not give.
    public var isLie: Bool {
        [.unverifiable, .broken, .olderLog].contains(self.code)
    }

    /// The two signed checkpoints that contradict each other, if that is what it is.
    var conflict: CheckpointConflict? {
        (self.cause as? VerificationError)?.cause as? CheckpointConflict
    }

    /// What an operator can do about it.
    public var advice: String {
        switch self.code {
        case .unreachable:
            "check the peer's address in the members file, the network, and that its node runs; "
                + "it is tried again by itself"
        case .notPermitted:
            "ask the peer's operator to give this organisation's nodes the role node in its members "
                + "file"
        case .unavailable:
            "the peer's operator should look at its node; it is tried again by itself"
        case .olderLog:
            "ask the peer's operator whether its data were put back from a copy; what this node has "
                + "is kept"
        case .unverifiable: Self.adviceOnLie(self.cause as? VerificationError)
        case .broken:
            "ask the peer's operator which program answers at its address; nothing of it was kept"
        case .silent: "check the network; it is tried again by itself"
        case .stalled: "the peer's operator should look at its node; others are asked meanwhile"
        case .storage:
            "look at this node's disk: nothing can be kept; if this goes on when the disk is well, "
                + "start the node again"
        default: ""
        }
    }

    private static func adviceOnLie(_ error: VerificationError?) -> String {
        switch error?.code {
        case .unknownKey?, .revokedKey?, .wrongOrigin?:
            "compare the peer's entry in the members file with what its operator says (dossier peer "
                + "export there, dossier peer add here): a key or origin may be out of date"
        case .olderCheckpoint?:
            "ask the peer's operator whether its data were put back from a copy; what this node has "
                + "is kept, and what it saw is in the evidence"
        case .splitView? where error?.cause is CheckpointConflict:
            "show the evidence to the other members: the peer's log key signed two histories"
        default:
            "show the evidence to the peer's operator and the other members; nothing of it was kept"
        }
    }
}
