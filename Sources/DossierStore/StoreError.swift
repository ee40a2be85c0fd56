public import DossierCrypto

/// Why the store refused or failed. Two errors are equal when their codes are.
public struct StoreError: Error, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    /// What kind of failure it is.
    public var code: Code
    /// What happened, for the log; not for a peer.
    public var message: String
    /// The lower error, if there is one.
    public var cause: (any Error)?
    /// With `conflict`: what stands in the way.
    public var conflict: Conflict?
    /// With `outOfOrder`: what is missing.
    public var disorder: Disorder?

    init(
        _ code: Code, _ message: String, cause: (any Error)? = nil, conflict: Conflict? = nil,
        disorder: Disorder? = nil
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.conflict = conflict
        self.disorder = disorder
    }

    /// The code alone, safe to show to a peer.
    public var description: String { "StoreError.\(self.code)" }

    /// The code, the message and the cause, for the log.
    public var debugDescription: String {
        let cause = self.cause.map { " (\(String(reflecting: $0)))" } ?? ""
        return "\(self.description): \(self.message)\(cause)"
    }

    /// Whether two errors have the same code.
    public static func == (lhs: Self, rhs: Self) -> Bool { lhs.code == rhs.code }

    /// Hashes the code.
    public func hash(into hasher: inout Hasher) { hasher.combine(self.code) }
}

extension StoreError {
    /// A record of a submission that cannot stand beside one that the log holds.
    public struct Conflict: Hashable, Sendable {
        /// Position in the batch of the record that was refused.
        public var position: Int
        /// Record id of the record that stands under the same originator, reference and version.
        public var standing: Digest
    }

    /// A version that does not follow the one before it.
    public struct Disorder: Hashable, Sendable {
        /// Why it does not.
        public enum Reason: Hashable, Sendable {
            /// The log does not hold the version before it.
            case missing
            /// The record of the version before it, which is not its target.
            case otherTarget(Digest)
            /// The version before it withdrew the finding.
            case withdrawn
        }

        /// Position in the batch of the record that was refused.
        public var position: Int
        /// Its version.
        public var version: UInt32
        /// Its reference.
        public var reference: String
        /// Why.
        public var reason: Reason
    }

    /// The kinds of failure.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String {
            case conflict
            case storageFull
            case readOnly
            case storageFailed
            case corrupted
            case locked
            case wrongOrigin
            case rolledBack
            case outOfRange
            case scattered
            case notEmpty
            case closed
            case catalogBehind
            case overloaded
            case cancelled
            case outOfOrder
            case unpublished
        }

        private var name: Name

        /// The code's name.
        public var description: String { self.name.rawValue }

        /// Another record stands under the same originator, reference and version.
        public static let conflict = Self(name: .conflict)
        /// There is no space; reads go on, and submissions when there is space again.
        public static let storageFull = Self(name: .storageFull)
        /// The file system takes no writes; reads go on.
        public static let readOnly = Self(name: .readOnly)
        /// The storage failed; after a failed synchronisation nothing is taken any more until the
        /// store is opened again.
        public static let storageFailed = Self(name: .storageFailed)
        /// What is stored does not check; the message says where. What checks is served.
        public static let corrupted = Self(name: .corrupted)
        /// Another process has the store open.
        public static let locked = Self(name: .locked)
        /// The directory belongs to another log.
        public static let wrongOrigin = Self(name: .wrongOrigin)
        /// The log does not go on from a checkpoint that was signed: nothing is signed any more.
        public static let rolledBack = Self(name: .rolledBack)
        /// An index or a size that the tree has not reached, or a range without leaves.
        public static let outOfRange = Self(name: .outOfRange)
        /// The records of a batch stand at more places of the log than a receipt can prove.
        public static let scattered = Self(name: .scattered)
        /// A directory that should be empty is not.
        public static let notEmpty = Self(name: .notEmpty)
        /// The store is closed.
        public static let closed = Self(name: .closed)
        /// The catalog did not reach the log's size in time; to be tried again.
        public static let catalogBehind = Self(name: .catalogBehind)
        /// Too much waits to be written; to be tried again later.
        public static let overloaded = Self(name: .overloaded)
        /// A version whose predecessor is not there, is not the record that it names, or withdraws
        /// the finding.
        public static let outOfOrder = Self(name: .outOfOrder)
        /// No tree is published yet: a mirror that has not reached a checkpoint.
        public static let unpublished = Self(name: .unpublished)
        /// The caller's task was cancelled.
        public static let cancelled = Self(name: .cancelled)
    }
}

extension StoreError {
    /// The store's error for a failed call on a file.
    init(_ error: FileError) {
        if SystemError.isNoSpace(error.number) {
            self.init(.storageFull, "no space left for the log", cause: error)
        } else if SystemError.isReadOnly(error.number) {
            self.init(.readOnly, "the log's file system is read-only", cause: error)
        } else {
            self.init(.storageFailed, "the log's storage failed", cause: error)
        }
    }
}
