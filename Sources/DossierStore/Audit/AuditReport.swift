/// What an audit found, and how much it has read.
public struct AuditReport: Hashable, Sendable {
    /// How many findings are kept; of damage to everything the rest is only counted.
    public static let maximumFindings = 1_000

    /// Number of leaves that the audited log has, by its newest checkpoint.
    public var size: UInt64 = 0
    /// What does not check, in no order that means anything.
    public var findings: [AuditFinding] = []
    /// How many more findings there were than are kept.
    public var omittedFindings = 0
    /// What is no damage, and should be known all the same.
    public var notes: [String] = []
    /// How much was read.
    public var counts = AuditCounts()

    /// Adds findings, each once.
    mutating func add(_ findings: some Sequence<AuditFinding>) {
        for finding in findings where !self.findings.contains(where: finding.repeats) {
            if self.findings.count < Self.maximumFindings {
                self.findings.append(finding)
            } else {
                self.omittedFindings += 1
            }
        }
    }
}

/// One place that does not check, and why.
public struct AuditFinding: Hashable, Sendable {
    /// The file.
    public var file: String
    /// Where in the file, in bytes: the beginning of the frame, record, hash or slot.
    public var offset: Int?
    /// In a catalog: the table.
    public var table: String?
    /// Index of the leaf, or of the first of some.
    public var leaf: UInt64?
    /// What is wrong.
    public var what: String

    init(
        _ file: String, offset: Int? = nil, table: String? = nil, leaf: UInt64? = nil,
        _ what: String
    ) {
        self.file = file
        self.offset = offset
        self.table = table
        self.leaf = leaf
        self.what = what
    }

    /// Whether it says what another says already: a releasability set is that of many records.
    fileprivate func repeats(_ other: AuditFinding) -> Bool {
        if self == other { return true }
        guard self.table == "releasability_sets" else { return false }
        return self.file == other.file && self.table == other.table && self.what == other.what
    }
}

/// How much an audit has read.
public struct AuditCounts: Hashable, Sendable {
    /// Segments.
    public var segments = 0
    /// Attestations, one a frame.
    public var attestations = 0
    /// Records, hashed and compared.
    public var records = 0
    /// Stored hashes of the log's tree, made again and compared.
    public var hashes = 0
    /// Checkpoints verified.
    public var checkpoints = 0
    /// Records whose rows and look-up tokens in the catalog were compared.
    public var catalogRecords = 0
}

extension AuditCounts {
    static func += (lhs: inout Self, rhs: Self) {
        lhs.segments += rhs.segments
        lhs.attestations += rhs.attestations
        lhs.records += rhs.records
        lhs.hashes += rhs.hashes
        lhs.checkpoints += rhs.checkpoints
        lhs.catalogRecords += rhs.catalogRecords
    }
}
