import DossierCrypto
import MerkleLog

/// Makes the log's tree again from its leaf hashes, and compares each hash with the stored one.
///
/// Where the log does not show a leaf, its stored hash takes its place: all that is above it and
/// behind it can be compared all the same, and a damaged frame is one finding.
struct TreeAudit {
    private static let chunkLeaves: UInt64 = 8_192

    private let file: any File
    private let path: String
    private let wanted: [UInt64]
    // What is stored for a chunk, and what should be.
    private var stored: [UInt8] = []
    private var expected: [Digest] = []
    // Whether the file has ended too early, which is said once.
    private var hasEnded = false
    // Whether a leaf's hash is known from nowhere, so that the tree cannot grow any more.
    private var isStuck = false

    /// The tree so far.
    private(set) var edge: TreeEdge
    /// The roots at the sizes that were asked for, as far as the tree has come.
    private(set) var roots: [UInt64: Digest] = [:]
    /// What does not check.
    private(set) var findings: [AuditFinding] = []

    /// Begins with a tree that was audited before; asks for the roots at some sizes.
    init(
        _ store: StoreConfiguration, edge: TreeEdge, sizes: some Sequence<UInt64>
    ) throws(FileError) {
        self.path = "\(store.directory)/\(HashFile.name)"
        self.file = try store.fileSystem.open(self.path, .read)
        self.edge = edge
        self.wanted = Set(sizes).sorted()
        for size in self.wanted where size <= edge.size {
            self.roots[size] = try self.storedRoot(size)
        }
    }

    /// Appends leaves that follow.
    mutating func append(_ leaves: SegmentOutcome.Leaves) throws(FileError) {
        guard !self.isStuck else { return }
        switch leaves {
        case .known(let hashes):
            var start = 0
            while start < hashes.count {
                let count = self.chunk(UInt64(hashes.count - start))
                try self.compare(hashes[start..<start + count])
                start += count
            }
        case .unknown(let count):
            var rest = count
            while rest > 0 {
                let count = self.chunk(rest)
                try self.read(hashesOfLeaves: UInt64(count))
                self.isStuck = self.hasEnded
                guard !self.isStuck else { return }
                try self.compare(self.storedLeaves(count)[...])
                rest -= UInt64(count)
            }
        }
    }

    /// Takes what was found so far.
    mutating func takeFindings() -> [AuditFinding] {
        defer { self.findings = [] }
        return self.findings
    }

    /// So many leaves are appended at once: no more than to the next size that is asked for.
    private func chunk(_ count: UInt64) -> Int {
        let next = self.wanted.first { $0 > self.edge.size }
        return Int(min(count, Self.chunkLeaves, next.map { $0 - self.edge.size } ?? .max))
    }

    private mutating func compare(_ leaves: ArraySlice<Digest>) throws(FileError) {
        let before = self.edge.size
        try self.read(hashesOfLeaves: UInt64(leaves.count))
        self.expected.removeAll(keepingCapacity: true)
        for leaf in leaves { self.edge.append(leaf, storing: &self.expected) }
        self.expected.withUnsafeBytes { expected in
            self.stored.withUnsafeBytes { stored in
                let same = UnsafeRawBufferPointer(rebasing: expected.prefix(stored.count))
                if !stored.hasSameBytes(as: same) { self.report(stored, same, from: before) }
            }
        }
        if self.wanted.contains(self.edge.size) { self.roots[self.edge.size] = self.edge.root }
    }

    /// Reads what is stored for the next leaves.
    private mutating func read(hashesOfLeaves count: UInt64) throws(FileError) {
        guard !self.hasEnded else {
            self.stored = []
            return
        }
        let first = Subtree.storedCount(treeSize: self.edge.size)
        let hashes = Int(Subtree.storedCount(treeSize: self.edge.size + count) - first)
        let offset = Int(first) * Digest.byteCount
        self.stored = try self.file.read(count: hashes * Digest.byteCount, at: offset)
        guard self.stored.count < hashes * Digest.byteCount else { return }
        self.hasEnded = true
        self.findings.append(
            AuditFinding(
                self.path, offset: offset + self.stored.count, leaf: self.edge.size,
                "the file ends before all hashes of the tree"))
    }

    /// The leaf hashes in what was read.
    private func storedLeaves(_ count: Int) -> [Digest] {
        let first = Subtree.storedCount(treeSize: self.edge.size)
        return (0..<UInt64(count)).compactMap { number in
            let index = Subtree(level: 0, index: self.edge.size + number).storedIndex - first
            let start = Int(index) * Digest.byteCount
            return Digest(self.stored[start..<start + Digest.byteCount])
        }
    }

    private mutating func report(
        _ stored: UnsafeRawBufferPointer, _ expected: UnsafeRawBufferPointer, from leaf: UInt64
    ) {
        let first = Subtree.storedCount(treeSize: leaf)
        var leaf = leaf
        var level = 0
        for start in stride(from: 0, to: stored.count, by: Digest.byteCount) {
            let range = start..<min(start + Digest.byteCount, stored.count)
            if !stored[range].elementsEqual(expected[range]) {
                let subtree = Subtree(level: level, index: leaf >> UInt64(level))
                self.findings.append(
                    AuditFinding(
                        self.path, offset: Int(first) * Digest.byteCount + start,
                        leaf: subtree.leaves.lowerBound,
                        "other hash of the subtree of level \(level), index \(subtree.index)"))
            }
            // After the leaf's own hash come those of the subtrees that it completes.
            if level < (~leaf).trailingZeroBitCount {
                level += 1
            } else {
                (leaf, level) = (leaf + 1, 0)
            }
        }
    }

    /// The root of a tree that was audited before, from the hashes that were compared then.
    private func storedRoot(_ size: UInt64) throws(FileError) -> Digest? {
        var hashes: [Digest] = []
        for subtree in Subtree.edge(ofSize: size) {
            let offset = Int(subtree.storedIndex) * Digest.byteCount
            guard let hash = Digest(try self.file.read(count: Digest.byteCount, at: offset)) else {
                return nil
            }
            hashes.append(hash)
        }
        return TreeEdge(size: size, hashes: hashes)?.root
    }
}
