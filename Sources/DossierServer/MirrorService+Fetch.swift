import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore

// MARK: - Fetch

extension MirrorService {
    /// How many catalog rows are looked at in one go, and records held in memory.
    private static let rowsAtOnce = 64
    /// How many bytes the records of a page have at most.
    private static let maximumPageBytes = Exchange.maximumMessageBytes / 2
    /// How long an answer may say nothing, while nothing of what is asked for is released.
    private static let progressInterval = Duration.seconds(5)

    /// Gives those records of ranges that are released to the peer.
    func fetch(
        _ request: FetchRequest, for peer: String, send: (FetchResponse) async throws -> Void
    ) async throws {
        let holding = try self.offered(request.logOrigin)
        let size = try holding.held.publishedTree().size
        var page = FetchPage()
        var sentAt = ContinuousClock.now
        for range in request.ranges where range.lowerBound < size {
            let end = min(range.upperBound, size)
            var next = range.lowerBound
            while next < end {
                let rows = try await holding.held.list(
                    CatalogQuery(), after: next == 0 ? nil : next - 1, below: end,
                    limit: Self.rowsAtOnce)
                let isLast = rows.count < Self.rowsAtOnce
                next = isLast ? end : (rows.last?.leafIndex ?? end) + 1
                for stored in try await self.released(rows, of: holding, for: peer) {
                    if page.bytes > 0, page.bytes + stored.fetchedBytes > Self.maximumPageBytes {
                        try await send(page.take(answeredBelow: stored.leafIndex))
                        sentAt = .now
                    }
                    try page.append(stored)
                }
                if page.message.records.count >= Self.rowsAtOnce
                    || .now - sentAt >= Self.progressInterval
                {
                    try await send(page.take(answeredBelow: next))
                    sentAt = .now
                }
            }
        }
        let end = request.ranges.last.map { min($0.upperBound, size) } ?? size
        if !page.message.records.isEmpty { try await send(page.take(answeredBelow: end)) }
    }

    private func released(
        _ rows: [CatalogRow], of holding: Holdings.Holding, for peer: String
    ) async throws -> [StoredRecord] {
        var releases = ReleaseReader(
            self.holdings, self.members, at: self.organisation, for: peer)
        var released: [CatalogRow] = []
        for row in rows where row.isForMirrors {
            if try await releases.judge(row, in: holding).isReleased { released.append(row) }
        }
        return try await holding.held.read(released)
    }
}

extension CatalogRow {
    /// Whether mirrors are given the record at all: what only the originator's own node hands out is
    /// not for them, though their people may read it there.
    var isForMirrors: Bool { !self.facts.marking.orcon || self.facts.operation.isNotice }
}

extension StoredRecord {
    /// About how many bytes the record takes in an answer.
    fileprivate var fetchedBytes: Int {
        self.bytes.count + self.batch.attestation.count
            + self.batchPath.count * Digest.byteCount
    }
}

/// A message of an answer that is being put together.
private struct FetchPage {
    var message = FetchResponse(attestations: [], records: [], answeredBelow: 0)
    /// About how large it is.
    private(set) var bytes = 0
    // Which attestation is which batch's.
    private var indexes: [[UInt8]: Int] = [:]

    /// Adds a record.
    mutating func append(_ stored: StoredRecord) throws {
        self.bytes += stored.fetchedBytes
        let attestation = stored.batch.attestation
        let index = self.indexes[attestation] ?? self.message.attestations.count
        if index == self.message.attestations.count {
            self.indexes[attestation] = index
            self.message.attestations.append(try Attestation(decoding: attestation))
        }
        self.message.records.append(
            LoggedRecord(
                record: stored.bytes, leafIndex: stored.leafIndex,
                positionInBatch: stored.positionInBatch,
                batchPath: stored.batchPath.flatMap(\.bytes), attestationIndex: index))
    }

    /// What is there, to be sent, and begins anew.
    mutating func take(answeredBelow: UInt64) -> FetchResponse {
        var message = self.message
        message.answeredBelow = answeredBelow
        self = FetchPage()
        return message
    }
}
