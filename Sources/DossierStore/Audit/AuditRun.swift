import DossierCrypto
import MerkleLog

/// One audit under way: hands segments out, takes what they give in order, and draws the sum.
struct AuditRun {
    let configuration: AuditConfiguration
    let scope: AuditScope
    let catalog: CatalogAudit.Opening
    private let file: AuditProgressFile?
    private let meter: AuditMeter
    private(set) var progress: AuditProgress
    private var tree: TreeAudit

    /// Reads what there is to audit, and where an audit before this one stood.
    init(
        _ configuration: AuditConfiguration, _ tell: @escaping Audit.Progress
    ) async throws(StoreError) {
        let store = configuration.store
        var configuration = configuration
        var scope = try await AuditScope(configuration)
        if configuration.store.isMirror {
            if let late = try LateLeaves(ofMirror: store.directory) {
                configuration.late = late
            } else {
                scope.report(
                    AuditFinding(
                        "\(store.directory)/\(MirrorNotes.name)",
                        "the file does not let itself be read"))
            }
        }
        self.configuration = configuration
        self.scope = scope
        self.catalog = try CatalogAudit.open(
            store.directory, size: self.scope.size, isMirror: configuration.store.isMirror)
        self.file = configuration.progressFile.map { AuditProgressFile($0, store) }
        self.progress = try self.file?.read() ?? AuditProgress()
        guard self.progress.leaf <= self.scope.size else {
            throw StoreError(
                .corrupted,
                "the audit to go on from has read \(self.progress.leaf) leaves, the log "
                    + "has \(self.scope.size)")
        }
        self.meter = AuditMeter(from: self.progress.leaf, of: self.scope.size, tell)
        do throws(FileError) {
            self.tree = try TreeAudit(store, edge: self.progress.edge, sizes: self.scope.sizes)
        } catch {
            throw StoreError(error)
        }
    }

    /// Audits, and reports.
    mutating func report() async throws(StoreError) -> AuditReport {
        let catalog = self.openCatalog
        async let whole = Self.whole(catalog)
        let audited = await self.auditSegments(catalog)
        // Also awaited when that failed, so that nothing goes on behind the caller.
        let catalogWhole = await whole
        try audited.get()
        if Task.isCancelled { throw StoreError(.cancelled, "the audit was cancelled") }
        var report = AuditReport()
        report.size = self.scope.size
        report.notes = self.scope.notes
        report.counts = self.progress.counts
        report.add(self.scope.findings)
        report.add(self.progress.findings)
        for file in self.scope.checkpoints {
            report.add(file.findings(self.tree.roots, size: self.tree.edge.size))
            report.counts.checkpoints += file.checkpoints.count
        }
        try self.judgeCatalog(try catalogWhole.get(), into: &report)
        try self.file?.remove()
        return report
    }

    // MARK: - Segments

    private typealias Audited = (number: Int, outcome: Result<SegmentOutcome, StoreError>)

    private mutating func auditSegments(_ catalog: CatalogAudit?) async -> Result<Void, StoreError>
    {
        let jobs = self.jobs
        // One more than are read, so that no thread waits for the pass over the tree.
        let width = self.configuration.threadCount + 1
        var run = self
        let result = await withTaskGroup(of: Audited.self) { group in
            var waiting: [Int: SegmentOutcome] = [:]
            var taken = 0
            var started = 0
            while taken < jobs.count {
                while started < min(jobs.count, taken + width) {
                    run.start(jobs[started], number: started, catalog, in: &group)
                    started += 1
                }
                guard let (number, outcome) = await group.next() else { break }
                do throws(StoreError) {
                    waiting[number] = try outcome.get()
                    while let outcome = waiting.removeValue(forKey: taken) {
                        try run.take(outcome, of: jobs[taken])
                        taken += 1
                    }
                } catch {
                    group.cancelAll()
                    return Result<Void, StoreError>.failure(error)
                }
            }
            return .success(())
        }
        self = run
        return result
    }

    private func start(
        _ job: SegmentJob, number: Int, _ catalog: CatalogAudit?,
        in group: inout TaskGroup<Audited>
    ) {
        let configuration = self.configuration
        let meter = self.meter
        group.addTask {
            let outcome = Result { () throws(StoreError) in
                let rows = try catalog?.rows(job.leaves)
                var audit = SegmentAudit(configuration, job, rows, meter)
                return try audit.run()
            }
            return (number, outcome)
        }
    }

    /// What of which segments is to be audited.
    private var jobs: [SegmentJob] {
        let segments = self.scope.segments
        return segments.indices.compactMap { number in
            let segment = segments[number]
            let following = number + 1 < segments.count ? segments[number + 1] : nil
            let end = min(following ?? self.scope.size, self.scope.size)
            let isBegun = segment == self.progress.segment && self.progress.leaf > 0
            let start = isBegun ? self.progress.leaf : segment
            guard segment <= self.scope.size, start <= end, self.isAhead(start, end) else {
                return nil
            }
            return SegmentJob(
                segment: segment,
                offset: isBegun ? self.progress.offset : SegmentFile.headerByteCount,
                leaves: start..<end, isFollowed: following.map { $0 <= self.scope.size } ?? false)
        }
    }

    /// Whether leaves were not read yet; also of a segment that has none, but a header.
    private func isAhead(_ start: UInt64, _ end: UInt64) -> Bool {
        end > self.progress.leaf || (start == end && start >= self.progress.leaf)
    }

    /// Takes what a segment gave: makes the tree go on, and notes how far it has come.
    private mutating func take(
        _ outcome: SegmentOutcome, of job: SegmentJob
    ) throws(StoreError) {
        if Task.isCancelled { throw StoreError(.cancelled, "the audit was cancelled") }
        let hashes = Subtree.storedCount(treeSize: self.tree.edge.size)
        do throws(FileError) {
            let missing = job.leaves.lowerBound - min(self.tree.edge.size, job.leaves.lowerBound)
            if missing > 0 { try self.tree.append(.unknown(count: missing)) }
            for leaves in outcome.leaves { try self.tree.append(leaves) }
        } catch {
            throw StoreError(error)
        }
        self.progress.segment = job.segment
        self.progress.offset = outcome.endOffset
        self.progress.edge = self.tree.edge
        self.progress.counts += outcome.counts
        self.progress.counts.hashes += Int(
            Subtree.storedCount(treeSize: self.tree.edge.size) - hashes)
        self.progress.tokens.add(outcome.tokens)
        self.progress.withoutRows += outcome.withoutRows
        let room = AuditReport.maximumFindings - self.progress.findings.count
        self.progress.findings += (outcome.findings + self.tree.takeFindings()).prefix(max(room, 0))
        try self.file?.write(self.progress)
    }
}
