import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import MerkleLog

/// What one stream to a mirror still has to send, message by message.
struct MirrorFeed {
    // Also a long stretch of withheld leaves goes in runs of so many.
    private static let maximumHashes = 32_768

    private var feed: LogFeed
    private let holding: Holdings.Holding
    private let peer: String
    private let service: MirrorService
    // The certificates that were sent, by number.
    private var numbers: [[UInt8]: UInt32] = [:]
    /// The release epoch that the stream was told last.
    private(set) var shownEpoch: [UInt8] = []

    /// What a peer still has to get of a log that the service's node holds.
    init(
        _ feed: LogFeed, of holding: Holdings.Holding, for peer: String, by service: MirrorService
    ) {
        self.feed = feed
        self.holding = holding
        self.peer = peer
        self.service = service
    }

    /// The leaf that is sent next.
    var position: UInt64 { self.feed.position }

    /// A message without leaves.
    mutating func heartbeat(in tree: PublishedTree) async throws -> FollowResponse {
        try await self.message(from: self.position, [], [], in: tree)
    }

    /// The leaves that follow.
    mutating func next(in tree: PublishedTree) async throws -> FollowResponse {
        let batches = try await self.feed.next(
            below: tree.size, maximumBytes: MirrorService.readBytes)
        guard let first = batches.first, let last = batches.last else {
            return try await self.heartbeat(in: tree)
        }
        let rows = try await self.holding.held.rowsOfMore(
            in: first.firstIndex..<last.endIndex)
        let rowsByLeaf = Dictionary(uniqueKeysWithValues: rows.map { ($0.leafIndex, $0) })
        var releases = ReleaseReader(
            self.service.holdings, self.service.members, at: self.service.organisation,
            for: self.peer)
        var runs: [LeafRun] = []
        var certificates: [[UInt8]] = []
        for batch in batches {
            let released = try await self.released(batch, rowsByLeaf, &releases)
            self.append(
                try self.run(of: batch, released, &certificates), to: &runs)
        }
        return try await self.message(from: first.firstIndex, runs, certificates, in: tree)
    }

    private mutating func message(
        from firstIndex: UInt64, _ runs: [LeafRun], _ certificates: [[UInt8]],
        in tree: PublishedTree
    ) async throws -> FollowResponse {
        let proof =
            self.position == 0
            ? [] : try await tree.consistencyProof(from: self.position, to: tree.size)
        self.shownEpoch = try await self.service.epochs.current(of: self.holding)
        return FollowResponse(
            firstIndex: firstIndex, runs: runs,
            checkpoint: ProvenCheckpoint(
                checkpoint: tree.checkpoint.bytes, consistencyProof: proof),
            certificates: certificates, releaseEpoch: self.shownEpoch)
    }

    /// Which of a batch's added records are released to the peer, for a mirror.
    private func released(
        _ batch: FedBatch, _ rows: [UInt64: CatalogRow], _ releases: inout ReleaseReader
    ) async throws -> [Bool] {
        // Nobody attests what begins a log that succeeds another.
        guard var terms = batch.terms, !batch.attestation.isEmpty else {
            return batch.added.map { _ in false }
        }
        // Those of its records that are under originator control, or not understood, have rows.
        terms.isOriginatorControlled = false
        terms.isUnderstood = true
        let usual = releases.decide(on: terms) == .released
        var released: [Bool] = []
        released.reserveCapacity(batch.added.count)
        for (leafIndex, record) in zip(batch.firstIndex..., batch.records) {
            // Of a mirror's leaves there may be the hash alone.
            if record.isEmpty {
                released.append(false)
            } else if let row = rows[leafIndex] {
                let judgement = try await releases.judge(row, in: self.holding)
                released.append(judgement.isReleased && row.isForMirrors)
            } else {
                released.append(usual)
            }
        }
        return released
    }

    private mutating func run(
        of batch: FedBatch, _ released: [Bool], _ certificates: inout [[UInt8]]
    ) throws -> LeafRun {
        let withheld = zip(batch.added, released).filter { !$0.1 }.map { batch.leafHashes[$0.0] }
        guard released.contains(true) else {
            return LeafRun(batch: nil, records: [], withheldHashes: withheld)
        }
        let attestation = try Attestation(decoding: batch.attestation)
        var followed = FollowedBatch(
            attestedBatch: attestation.attestedBatch, signature: attestation.signature,
            certificateNumbers: attestation.certificates.map { self.number(of: $0, &certificates) })
        if batch.added.count < batch.leafHashes.count {
            var added = [UInt8](repeating: 0, count: (batch.leafHashes.count + 7) / 8)
            for position in batch.added { added[position / 8] |= 1 << (position % 8) }
            followed.added = added
            followed.knownHashes = batch.leafHashes.indices.filter {
                added[$0 / 8] >> ($0 % 8) & 1 == 0
            }.map { batch.leafHashes[$0] }
        }
        return LeafRun(
            batch: followed,
            records: zip(batch.records, released).map { $1 ? $0 : [] }, withheldHashes: withheld)
    }

    private mutating func number(
        of certificate: [UInt8], _ certificates: inout [[UInt8]]
    ) -> UInt32 {
        if let number = self.numbers[certificate] { return number }
        let number = UInt32(self.numbers.count)
        self.numbers[certificate] = number
        certificates.append(certificate)
        return number
    }

    /// Adds a run, to the one before if nothing of either is released.
    private func append(_ run: LeafRun, to runs: inout [LeafRun]) {
        guard run.batch == nil, let last = runs.last, last.batch == nil,
            last.withheldHashes.count + run.withheldHashes.count <= Self.maximumHashes
        else {
            runs.append(run)
            return
        }
        runs[runs.count - 1].withheldHashes += run.withheldHashes
    }
}
