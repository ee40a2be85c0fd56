public import DossierCore
public import DossierCrypto
import MerkleLog

/// What one batch added to a log, as it is read for those who mirror it.
public struct FedBatch: Sendable {
    /// Leaf index of the first leaf.
    public var firstIndex: UInt64
    /// The encoded attestation; empty for leaves that nobody attests.
    public var attestation: [UInt8]
    /// The leaf hash of each record of the batch.
    public var leafHashes: [Digest]
    /// Which of them were added, ascending.
    public var added: [Int]
    /// The added records; an empty one where there is the hash alone.
    public var records: [[UInt8]]
    /// The terms of the added records; of a log of one's own, whose batches have one releasability,
    /// those of the first for all, but for records that do not speak for themselves
    /// (``HeldLog/rowsOfMore(in:)``). Nil where there is the hash alone.
    public var terms: [ReleaseTerms?]

    /// Leaf index after the last leaf.
    public var endIndex: UInt64 { self.firstIndex + UInt64(self.added.count) }
}

/// Reads a log's leaves in order, for those who mirror it.
public struct LogFeed: Sendable {
    private let held: HeldLog
    // The frame that was read last; nil before the first.
    private var location: FrameLocation?
    private var isPlaced = false
    /// The leaf that is read next.
    public private(set) var position: UInt64

    /// Begins at a leaf.
    public init(of held: HeldLog, from position: UInt64) {
        self.held = held
        self.position = position
    }

    /// The leaves that follow, below a size that is published: as many as fit into `maximumBytes`,
    /// but at least those of one batch; none at that size.
    ///
    /// Throws `catalogBehind`, or what reading failed with.
    public mutating func next(
        below size: UInt64, maximumBytes: Int
    ) async throws(StoreError) -> [FedBatch] {
        guard self.position < size else { return [] }
        if !self.isPlaced { try await self.place() }
        let frames = try await self.held.log.frames(
            after: self.location, maximumBytes: maximumBytes
        ).filter { $0.location.firstIndex < size }
        guard let last = frames.last else {
            throw StoreError(.corrupted, "the log ends at leaf \(self.position), expected \(size)")
        }
        let position = self.position
        let facts = self.held.facts
        let isOwn = !self.held.isMirror
        let batches = try await self.held.onReader { () throws(StoreError) in
            var batches: [FedBatch] = []
            for frame in frames { batches.append(try FedBatch(frame, facts, isOwn: isOwn)) }
            // A follower may stand within a batch.
            if let first = batches.first, first.firstIndex < position {
                batches[0].drop(Int(position - first.firstIndex))
            }
            return batches
        }
        self.location = last.location
        self.position = last.location.endIndex
        return batches
    }

    /// Finds the frame before the first that is read.
    private mutating func place() async throws(StoreError) {
        self.isPlaced = true
        guard self.position > 0 else { return }
        try await self.held.follower.wait(
            for: self.position, until: .now + Store.defaultWait)
        self.location = try await self.held.catalog.location(endingAtOrBefore: self.position)
    }
}

extension FedBatch {
    fileprivate init(
        _ frame: LoggedFrame, _ read: CatalogFollower.FactsReader, isOwn: Bool
    ) throws(StoreError) {
        let batch = frame.body.withUnsafeBytes { body -> FedBatch? in
            guard let head = FrameHead(decoding: body, recordCount: frame.location.recordCount),
                head.recordRanges.last?.upperBound == body.count
            else { return nil }
            return FedBatch(
                firstIndex: frame.location.firstIndex, attestation: head.attestation,
                leafHashes: head.leafHashes, added: head.appended,
                records: head.recordRanges.map { [UInt8](body[$0]) },
                terms: Self.terms(of: head.recordRanges, in: body, read, isOwn: isOwn))
        }
        guard let batch else {
            throw StoreError(
                .corrupted, "the frame of leaf \(frame.location.firstIndex) contradicts itself")
        }
        self = batch
    }

    /// What a node takes into its own log has one releasability a batch. What another let into its
    /// log may have more than one, whatever the rule: each record's own words count.
    private static func terms(
        of ranges: [Range<Int>], in body: UnsafeRawBufferPointer,
        _ read: CatalogFollower.FactsReader, isOwn: Bool
    ) -> [ReleaseTerms?] {
        func terms(_ range: Range<Int>) -> ReleaseTerms? {
            range.isEmpty
                ? nil : ReleaseTerms(read(UnsafeRawBufferPointer(rebasing: body[range])))
        }
        guard isOwn else { return ranges.map { terms($0) } }
        let first = ranges.first { !$0.isEmpty }.flatMap { terms($0) }
        return ranges.map { $0.isEmpty ? nil : first }
    }

    /// Leaves out the first leaves, as if the log had had them before.
    fileprivate mutating func drop(_ count: Int) {
        self.firstIndex += UInt64(count)
        self.added.removeFirst(count)
        self.records.removeFirst(count)
        self.terms.removeFirst(count)
    }
}
