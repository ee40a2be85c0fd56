import DossierCore
import DossierCrypto
import MerkleLog

/// What there is to audit: the size up to which the log was signed, its segments, its small files.
///
/// The order of reading makes it right beside a running node. What is written last when the log
/// grows is read first: markers, the guard's checkpoints, those beside the log. So all that they
/// speak of is in the segments and hashes that are read later.
struct AuditScope {
    /// Number of leaves: what lies above is still being written.
    let size: UInt64
    /// The segments, by the log size before each, ascending.
    let segments: [UInt64]
    /// The checkpoint files.
    let checkpoints: [CheckpointSlots]
    /// What does not check.
    private(set) var findings: [AuditFinding] = []
    /// What should be known.
    private(set) var notes: [String] = []

    /// Reads the small files of a store.
    init(_ configuration: AuditConfiguration) async throws(StoreError) {
        let store = configuration.store
        let markers = try MarkerAudit(store)
        var checkpoints: [CheckpointSlots] = []
        for directory in [configuration.guardDirectory, store.directory].compactMap({ $0 }) {
            checkpoints.append(
                try await CheckpointSlots(in: directory, of: store.log, store.fileSystem))
        }
        self.checkpoints = checkpoints
        let names: [String]
        do throws(FileError) {
            names = try store.fileSystem.entries(
                of: LogDirectories(root: store.directory).segments)
        } catch {
            throw StoreError(error)
        }
        self.segments = names.compactMap(SegmentFile.firstIndex(ofName:)).sorted()
        // Without a checkpoint that verifies, which is a finding, the marker tells.
        self.size =
            checkpoints.flatMap(\.checkpoints).map(\.head.size).max() ?? markers.size
            ?? self.segments.last ?? 0
        self.findings = markers.findings(self.segments)
        self.judge(names, store)
        self.judgeCheckpoints(configuration)
    }

    /// The roots that must be known, by size.
    var sizes: [UInt64] { self.checkpoints.flatMap(\.checkpoints).map(\.head.size) }

    /// Adds something that does not check.
    mutating func report(_ finding: AuditFinding) { self.findings.append(finding) }

    private mutating func judge(_ names: [String], _ store: StoreConfiguration) {
        let directory = LogDirectories(root: store.directory).segments
        for name in names.sorted() where SegmentFile.firstIndex(ofName: name) == nil {
            // One in the making, or left over by a crash: the next start removes it.
            guard !name.hasSuffix(SegmentFile.unfinishedSuffix) else { continue }
            self.findings.append(
                AuditFinding("\(directory)/\(name)", "a file that belongs to no log"))
        }
        let first = self.segments.first ?? self.size
        guard first > 0 else { return }
        self.findings.append(
            AuditFinding(directory, leaf: 0, "the segments of leaves below \(first) are missing"))
    }

    private mutating func judgeCheckpoints(_ configuration: AuditConfiguration) {
        // A mirror that has not reached a checkpoint has none.
        for file in self.checkpoints
        where file.checkpoints.isEmpty && !configuration.store.isMirror {
            let isDamaged = file.slots.contains { slot in
                if case .nothing = slot.content { return false }
                return true
            }
            // Damage is reported for each slot.
            guard !isDamaged, self.size > 0 || !self.segments.isEmpty else { continue }
            self.findings.append(AuditFinding(file.path, "there is no checkpoint"))
        }
        if configuration.guardDirectory == nil, !configuration.store.isMirror {
            self.notes.append("the guard's checkpoints were not audited")
        }
    }
}
