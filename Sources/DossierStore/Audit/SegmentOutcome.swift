import DossierCrypto

/// A part of a segment to be audited.
struct SegmentJob: Sendable {
    /// The segment, by the log size before it.
    var segment: UInt64
    /// Where in its file the part begins.
    var offset: Int
    /// The leaves of the part; what follows in the file belongs to nobody yet.
    var leaves: Range<UInt64>
    /// Whether another segment follows, so that the file must end where the part does.
    var isFollowed: Bool
}

/// What auditing a part of a segment gave.
struct SegmentOutcome: Sendable {
    /// The hashes of leaves that follow each other, or how many are not known because their frames
    /// do not check.
    enum Leaves: Sendable {
        case known([Digest])
        case unknown(count: UInt64)
    }

    /// The leaves of the job, in order.
    var leaves: [Leaves] = []
    /// Where in the file it ended.
    var endOffset: Int
    /// What does not check.
    var findings: [AuditFinding] = []
    /// What was read.
    var counts = AuditCounts()
    /// The look-up tokens that the catalog must have.
    var tokens: TokenSums
    /// Leaves whose rows were not compared, since the catalog was behind or missing.
    var withoutRows: UInt64 = 0

    /// Notes that leaves are not known.
    mutating func addUnknown(_ range: Range<UInt64>) {
        guard !range.isEmpty else { return }
        self.leaves.append(.unknown(count: UInt64(range.count)))
        self.tokens.addUnknown(range)
    }
}
