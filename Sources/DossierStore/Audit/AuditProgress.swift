import DossierCrypto
import MerkleLog

/// How far an audit has come through the segments: all that it needs to go on.
struct AuditProgress: Sendable {
    /// The segment that comes next, by the log size before it.
    var segment: UInt64 = 0
    /// Where in its file the next frame begins.
    var offset = SegmentFile.headerByteCount
    /// The tree so far.
    var edge = TreeEdge()
    /// What was read.
    var counts = AuditCounts()
    /// The look-up tokens that a catalog must have.
    var tokens = TokenSums()
    /// Leaves whose rows were not compared, since the catalog was behind or missing.
    var withoutRows: UInt64 = 0
    /// What does not check.
    var findings: [AuditFinding] = []

    /// The leaf that comes next.
    var leaf: UInt64 { self.edge.size }
}
