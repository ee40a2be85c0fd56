/// Records that are neighbours both in their batch and in the log.
public struct BatchRun: Hashable, Sendable {
    /// Position of the first of them in the batch.
    public var offset: Int
    /// Leaf index of the first of them.
    public var firstIndex: UInt64
    /// How many.
    public var count: Int

    /// A run of records.
    public init(offset: Int, firstIndex: UInt64, count: Int) {
        self.offset = offset
        self.firstIndex = firstIndex
        self.count = count
    }

    /// The leaves.
    public var leaves: Range<UInt64> { self.firstIndex..<self.firstIndex + UInt64(self.count) }
}

extension [BatchRun] {
    /// The runs of a batch whose records have these leaf indexes, in order: as few as possible.
    public init(leafIndexes: [UInt64]) {
        self.init()
        for (offset, leafIndex) in leafIndexes.enumerated() {
            if let last = self.last, last.leaves.upperBound == leafIndex {
                self[self.count - 1].count += 1
            } else {
                self.append(BatchRun(offset: offset, firstIndex: leafIndex, count: 1))
            }
        }
    }

    /// The leaves of all runs as ranges of the log: ascending, and none touches the next.
    public var ranges: [Range<UInt64>] {
        var ranges: [Range<UInt64>] = []
        for leaves in self.map(\.leaves).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = ranges.last, last.upperBound >= leaves.lowerBound {
                let end = Swift.max(last.upperBound, leaves.upperBound)
                ranges[ranges.count - 1] = last.lowerBound..<end
            } else {
                ranges.append(leaves)
            }
        }
        return ranges
    }

    /// Leaf index of the record at a position of the batch; nil when no run covers it.
    public func leafIndex(at position: Int) -> UInt64? {
        let run = self.first { position >= $0.offset && position - $0.offset < $0.count }
        guard let run else { return nil }
        // Runs that nobody has verified may end past every number.
        let (index, overflows) = run.firstIndex.addingReportingOverflow(
            UInt64(position - run.offset))
        return overflows ? nil : index
    }
}
