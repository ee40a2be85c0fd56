import DossierCrypto
import MerkleLog

/// Compares the look-up tokens that the catalog has with those that the log asks for, and finds the
/// leaves where they differ.
struct TokenComparison {
    // Each is read again from the log; with more the whole index is bad.
    private static let maximumBlocks = 32

    private let store: StoreConfiguration
    private let late: LateLeaves
    private let catalog: CatalogAudit
    private let logSize: UInt64
    private let expected: TokenSums
    private let actual: TokenSums

    /// Prepares the comparison for the leaves that the catalog has.
    init(
        _ configuration: AuditConfiguration, _ catalog: CatalogAudit, logSize: UInt64,
        expected: TokenSums, actual: TokenSums
    ) {
        self.store = configuration.store
        self.late = configuration.late
        self.catalog = catalog
        self.logSize = logSize
        self.expected = expected
        self.actual = actual
    }

    /// What does not check.
    func findings() throws(StoreError) -> [AuditFinding] {
        let blocks = self.doubtful
        guard !blocks.isEmpty else { return [] }
        let looked = blocks.prefix(Self.maximumBlocks)
        var findings: [AuditFinding] = []
        do throws(CatalogFault) {
            let database = try self.catalog.database()
            try database.execute("PRAGMA temp_store = MEMORY; BEGIN")
            let actual = try self.actualSums(of: Array(looked), in: database)
            for block in looked {
                let leaves = self.leaves(of: block)
                let expected = try self.expectedSums(of: leaves, in: database)
                findings += self.findings(leaves, expected, actual)
            }
        } catch {
            guard !error.isUnreadable else { throw StoreError(error) }
            // The whole could be read before, so this is no damage that nobody has reported.
            findings += blocks.map { self.finding($0 * self.expected.blockLeaves) }
        }
        if blocks.count > Self.maximumBlocks {
            findings += blocks.dropFirst(Self.maximumBlocks)
                .map { self.finding($0 * self.expected.blockLeaves) }
        }
        return findings
    }

    /// The blocks whose sums differ, and that of which only the beginning is in the catalog; none
    /// with leaves that the log does not show.
    private var doubtful: [UInt64] {
        let size = self.catalog.size
        let end = (size + self.expected.blockLeaves - 1) / self.expected.blockLeaves
        return (0..<end).filter { block in
            let leaves = self.expected.leaves(ofBlock: block)
            guard !self.expected.unknown.contains(where: { $0.overlaps(leaves) }) else {
                return false
            }
            let isPart = leaves.upperBound > size && self.logSize > size
            return isPart || self.expected[block] != self.actual[block]
        }
    }

    private func leaves(of block: UInt64) -> Range<UInt64> {
        self.expected.leaves(ofBlock: block).clamped(to: 0..<self.catalog.size)
    }

    private func findings(
        _ leaves: Range<UInt64>, _ expected: TokenSums?, _ actual: TokenSums
    ) -> [AuditFinding] {
        // Where the log's frames are not found by the catalog, nothing more can be told.
        guard let expected else { return [self.finding(leaves.lowerBound)] }
        return leaves.filter { expected[$0] != actual[$0] }.map(self.finding)
    }

    private func finding(_ leaf: UInt64) -> AuditFinding {
        AuditFinding(
            self.catalog.path, table: "lookup_tokens", leaf: leaf,
            "other look-up tokens, compared with the log")
    }

    // MARK: - Leaf by leaf

    private func actualSums(
        of blocks: [UInt64], in database: ReadOnlyDatabase
    ) throws(CatalogFault) -> TokenSums {
        let wanted = Set(blocks)
        var sums = TokenSums(first: self.leaves(of: blocks[0]).lowerBound, blockLeaves: 1)
        try TokenScan(database).forEach { token, leaf in
            guard leaf < self.catalog.size, wanted.contains(leaf / self.expected.blockLeaves)
            else { return }
            sums.add(token, of: leaf)
        }
        return sums
    }

    /// The sums of leaves as the log tells; nil if its frames are not where the catalog says.
    private func expectedSums(
        of leaves: Range<UInt64>, in database: ReadOnlyDatabase
    ) throws(CatalogFault) -> TokenSums? {
        var sums = TokenSums(first: leaves.lowerBound, blockLeaves: 1)
        let rows = try ReadOnlyStatement(
            "SELECT segment, offset, first_index, record_count, body_length FROM frames "
                + "WHERE first_index < ? AND first_index + record_count > ?",
            [Int64(leaves.upperBound), Int64(leaves.lowerBound)], in: database)
        while try rows.step() {
            let frame = FrameLocation(
                firstIndex: UInt64(clamping: rows.integer(2) ?? -1),
                recordCount: Int(rows.integer(3) ?? 0),
                segment: UInt64(clamping: rows.integer(0) ?? -1), offset: Int(rows.integer(1) ?? 0),
                bodyLength: Int(rows.integer(4) ?? 0))
            guard self.add(frame, leaves, to: &sums) else { return nil }
        }
        return sums
    }

    /// Adds the tokens of those records of a frame that are in a range; false if it is not there.
    private func add(
        _ frame: FrameLocation, _ leaves: Range<UInt64>, to sums: inout TokenSums
    ) -> Bool {
        let path = LogDirectories(root: self.store.directory).path(of: frame.segment)
        guard (0...FrameHeader.maximumBodyBytes).contains(frame.bodyLength), frame.offset >= 0,
            // What is read was read before; a file that is gone now is not what is looked for here.
            let body = try? self.store.fileSystem.open(path, .read).read(
                count: frame.bodyLength, at: frame.offset + FrameHeader.byteCount)
        else { return false }
        return body.withUnsafeBytes { body in
            guard let head = FrameHead(decoding: body, recordCount: frame.recordCount),
                head.recordRanges.last?.upperBound == body.count
            else { return false }
            let batch = CatalogFrame(
                location: frame, batchRoot: Tree.root(of: head.leafHashes),
                batchSize: head.leafHashes.count, entries: [], lastLeaf: head.lastLeaf)
            for (number, range) in head.recordRanges.enumerated() {
                let leaf = frame.firstIndex + UInt64(number)
                guard leaves.contains(leaf) else { continue }
                let late = range.isEmpty ? self.late[leaf] : nil
                // In a mirror: there is the hash alone.
                if range.isEmpty, late == nil { continue }
                let record = late ?? [UInt8](body[range])
                var tokens = CatalogTokens.text(
                    recordID: head.leafHashes[head.appended[number]],
                    facts: record.withUnsafeBytes(self.store.facts))
                if number == 0, late == nil { tokens += batch.tokenOfWhole }
                sums.add(tokens, of: leaf)
            }
            return true
        }
    }
}
