internal import DossierCrypto
public import MerkleLog

/// How far a follower has come in a log, and what it was promised of the rest.
public struct SyncPosition: Hashable, Sendable {
    /// The most checkpoints ahead that are remembered.
    static let maximumPromises = 16

    /// The tree of all leaves that were verified.
    public var edge: TreeEdge
    /// The newest checkpoint that was seen; nil before the first.
    public private(set) var newest: SignedCheckpoint?
    /// Checkpoints of trees that are not reached yet, ascending: when they are, they must be those
    /// trees.
    public private(set) var promises: [SignedCheckpoint]

    /// A position with a checkpoint that was seen.
    public init(edge: TreeEdge, seen: SignedCheckpoint?) {
        self.edge = edge
        self.newest = seen
        self.promises = seen.map { $0.head.size > edge.size ? [$0] : [] } ?? []
    }

    /// How many leaves there are.
    public var size: UInt64 { self.edge.size }

    /// Leaves of the log, by the newest checkpoint.
    public var knownSize: UInt64 { max(self.newest?.head.size ?? 0, self.size) }

    /// Whether nothing is missing that is known of.
    public var isComplete: Bool { self.size == self.knownSize }

    /// Appends leaves and holds each promise that is reached against them.
    ///
    /// Throws `splitView` for a promise that is broken.
    mutating func append(_ leaves: some Sequence<Digest>) throws(VerificationError) {
        for leaf in leaves {
            self.edge.append(leaf)
            guard let promise = self.promises.first, promise.head.size == self.edge.size else {
                continue
            }
            guard promise.head == self.edge.head else {
                throw VerificationError(
                    code: .splitView,
                    message: "the first \(promise.head.size) leaves are not those that the log "
                        + "showed a checkpoint of before")
            }
            self.promises.removeFirst()
        }
    }

    /// Notes a verified checkpoint. The oldest promises count most: what was shown first must hold.
    mutating func note(_ checkpoint: SignedCheckpoint) {
        if checkpoint.head.size > self.newest?.head.size ?? 0 || self.newest == nil {
            self.newest = checkpoint
        }
        guard checkpoint.head.size > self.edge.size,
            checkpoint.head.size > self.promises.last?.head.size ?? 0
        else { return }
        if self.promises.count == Self.maximumPromises { self.promises.removeLast() }
        self.promises.append(checkpoint)
    }
}
