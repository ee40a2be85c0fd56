/// Audits a part of a segment: every byte of its frames, and what the catalog has of them.
///
/// It goes on behind damage: with the next frame if the damaged one's header still gives its length,
/// else with the next header that checks. So one damaged byte is one finding.
struct SegmentAudit {
    let configuration: AuditConfiguration
    let rows: CatalogRows?
    var outcome: SegmentOutcome
    let job: SegmentJob
    private let path: String
    private let meter: AuditMeter
    // The leaf that comes next.
    private var next: UInt64
    // Whether the segment's header is damaged: then perhaps nothing in the segment checks.
    private var hasDamagedHeader = false

    /// Prepares the audit of a part of a segment.
    init(
        _ configuration: AuditConfiguration, _ job: SegmentJob, _ rows: CatalogRows?,
        _ meter: AuditMeter
    ) {
        self.configuration = configuration
        self.job = job
        self.rows = rows
        self.meter = meter
        self.path = LogDirectories(root: configuration.store.directory).path(of: job.segment)
        self.next = job.leaves.lowerBound
        self.outcome = SegmentOutcome(
            endOffset: job.offset, tokens: TokenSums(first: job.leaves.lowerBound))
    }

    /// Audits it.
    mutating func run() throws(StoreError) -> SegmentOutcome {
        do throws(FileError) {
            let segment = try self.open()
            let end = max(try segment.file.size(), self.job.offset)
            try self.walk(segment, end: end)
            if self.job.isFollowed, self.outcome.endOffset < end {
                self.report(
                    "\(end - self.outcome.endOffset) bytes stand behind the last frame: an "
                        + "interrupted recovery leaves such, and the next start cuts them")
            }
        } catch {
            throw StoreError(error)
        }
        if Task.isCancelled { throw StoreError(.cancelled, "the audit was cancelled") }
        self.rows?.finish(into: &self.outcome)
        self.outcome.counts.segments = self.job.leaves.lowerBound == self.job.segment ? 1 : 0
        return self.outcome
    }

    /// Notes what does not check at a place of the segment; at the next frame unless told.
    mutating func report(offset: Int? = nil, leaf: UInt64? = nil, _ what: String) {
        self.outcome.findings.append(
            AuditFinding(
                self.path, offset: offset ?? self.outcome.endOffset, leaf: leaf ?? self.next, what))
    }

    // MARK: - Walking

    /// The segment, also one whose header does not check: its salt may.
    private mutating func open() throws(FileError) -> SegmentFile {
        let fileSystem = self.configuration.store.fileSystem
        let segment = try SegmentFile.open(
            self.path, firstIndex: self.job.segment, mode: .read, in: fileSystem)
        if let segment { return segment }
        self.hasDamagedHeader = true
        self.report(offset: 0, "segment header does not check")
        return try SegmentFile.openDamaged(
            self.path, firstIndex: self.job.segment, in: fileSystem)
    }

    private mutating func walk(_ segment: SegmentFile, end: Int) throws(FileError) {
        var scanner = self.scanner(segment, end)
        while self.next < self.job.leaves.upperBound, !Task.isCancelled {
            switch try scanner.next() {
            case .frame(let header, let offset):
                try self.audit(header, scanner.body(of: header, at: offset), at: offset)
                self.step(to: header.endIndex, offset: offset + header.frameLength)
            case .end:
                self.endEarly()
            case .damage(let reason):
                try self.pass(reason, in: segment, end)
                scanner = self.scanner(segment, end)
            }
        }
    }

    private func scanner(_ segment: SegmentFile, _ end: Int) -> FrameScanner {
        FrameScanner(
            segment, range: self.outcome.endOffset..<max(end, self.outcome.endOffset),
            nextIndex: self.next)
    }

    private mutating func step(to leaf: UInt64, offset: Int) {
        self.meter.add(leaf - self.next)
        self.next = leaf
        self.outcome.endOffset = offset
    }

    /// Notes that there are no frames for the rest of the leaves.
    private mutating func endEarly() {
        let end = self.job.leaves.upperBound
        self.report(
            "segment ends at leaf \(self.next), expected \(end): the leaves are missing")
        self.lose(to: end, offset: self.outcome.endOffset)
    }

    /// Steps over leaves that nothing is known of.
    private mutating func lose(to leaf: UInt64, offset: Int) {
        let end = min(max(leaf, self.next), self.job.leaves.upperBound)
        self.outcome.addUnknown(self.next..<end)
        self.rows?.skip(to: end)
        self.step(to: end, offset: offset)
    }

    /// Reports damage at the next frame, and steps over it.
    private mutating func pass(
        _ reason: String, in segment: SegmentFile, _ end: Int
    ) throws(FileError) {
        let start = self.outcome.endOffset
        let bytes = try segment.file.read(count: FrameHeader.byteCount, at: start)
        let header = bytes.withUnsafeBytes { FrameHeader(decoding: $0, salt: segment.salt) }
        let found = header == nil ? try self.header(behind: start, in: segment, end) : nil
        // With another salt than it was written with no frame of a segment checks: said already.
        if header != nil || found != nil || !self.hasDamagedHeader { self.report(reason) }
        if let header, header.firstIndex > self.next {
            // The frame is good, but not the one that belongs here.
            self.lose(to: header.firstIndex, offset: start)
        } else if let header, start + header.frameLength <= end {
            self.lose(to: header.endIndex, offset: start + header.frameLength)
        } else if let found {
            self.lose(to: found.header.firstIndex, offset: found.offset)
        } else {
            self.lose(to: self.job.leaves.upperBound, offset: end)
        }
    }

    /// The next header behind an offset that checks and goes on from here. The segment's salt keeps
    /// the bytes of a record from passing for one.
    private func header(
        behind start: Int, in segment: SegmentFile, _ end: Int
    ) throws(FileError) -> (header: FrameHeader, offset: Int)? {
        var window = FileWindow(segment.file)
        var start = start + 1
        while start + FrameHeader.byteCount <= end {
            let count = min(FileWindow.stride, end - start)
            let found = try window.withBytes(at: start, count: count) { bytes in
                self.firstHeader(in: bytes, salt: segment.salt)
            }
            if let (header, offset) = found { return (header, start + offset) }
            start += count - FrameHeader.byteCount + 1
        }
        return nil
    }

    private func firstHeader(
        in bytes: UnsafeRawBufferPointer, salt: UInt64
    ) -> (FrameHeader, Int)? {
        for offset in 0...max(0, bytes.count - FrameHeader.byteCount) {
            let candidate = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            if let header = FrameHeader(decoding: candidate, salt: salt),
                header.firstIndex >= self.next
            {
                return (header, offset)
            }
        }
        return nil
    }
}
