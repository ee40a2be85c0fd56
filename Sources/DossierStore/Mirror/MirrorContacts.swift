/// Whom a mirror was in contact with.
public struct MirrorContacts: Hashable, Sendable {
    /// When the mirror was begun, in seconds since 1970.
    public var begunAt: Int64
    /// When the log's own node was last heard, in seconds since 1970; 0 for never.
    public var heardAt: Int64
    /// Up to where the nodes of organisations, by their ids, were asked for leaves of which there are
    /// the hashes alone.
    public var asked: [String: AskedLeaves]
}

/// Up to where a node was asked for leaves of which there are the hashes alone.
public struct AskedLeaves: Hashable, Sendable {
    /// The release epoch that it said then; empty for none.
    public var releaseEpoch: [UInt8]
    /// All such leaves below this index were asked for since it said so.
    public var below: UInt64

    /// Leaves that were asked for; none at first.
    public init(releaseEpoch: [UInt8] = [], below: UInt64 = 0) {
        self.releaseEpoch = releaseEpoch
        self.below = below
    }
}
