public import DossierAPI
public import DossierCore
public import DossierCrypto

/// Records sorted into batches of one releasability, each within the limits of a request.
public struct SubmissionPlan: Sendable {
    /// One batch, with the place of each record in the input.
    public struct PlannedBatch: Sendable {
        /// The records.
        public let batch: Batch
        /// Where in the input each record stood.
        public let inputPositions: [Int]
        /// Organisations that will see the records, beside the originator.
        public let releasability: [String]
    }

    /// The batches, in the order in which their first records stood in the input.
    public let batches: [PlannedBatch]

    /// Sorts checked records.
    ///
    /// A record that stands in the input twice, byte for byte, is planned once.
    ///
    /// - Parameter records: encoded records with their facts, in the order of the input.
    public init(_ records: [(bytes: [UInt8], facts: RecordFacts)]) {
        var open: [[String]: Collector] = [:]
        var done: [PlannedBatch] = []
        var order: [[String]] = []
        var ids: Set<Digest> = []
        for (position, record) in records.enumerated() {
            let id = RecordID(ofEncoded: record.bytes).digest
            guard ids.insert(id).inserted else { continue }
            let releasability = record.facts.marking.releasability
            // Taken out while it grows: in both places, each record would copy its arrays.
            let known = open.removeValue(forKey: releasability)
            if known == nil { order.append(releasability) }
            var collector = known ?? Collector()
            if !collector.fits(record.bytes) {
                done.append(collector.planned(releasability))
                collector = Collector()
            }
            collector.add(record.bytes, id, position)
            open[releasability] = collector
        }
        for releasability in order {
            if let collector = open[releasability] { done.append(collector.planned(releasability)) }
        }
        self.batches = done.sorted {
            ($0.inputPositions.first ?? 0) < ($1.inputPositions.first ?? 0)
        }
    }

    private struct Collector {
        var records: [[UInt8]] = []
        var ids: [Digest] = []
        var positions: [Int] = []
        var bytes = 0

        func fits(_ record: [UInt8]) -> Bool {
            self.records.count < Batch.maximumRecords
                && self.bytes + record.count + Self.overheadBytes <= Batch.maximumBytes
        }

        mutating func add(_ record: [UInt8], _ id: Digest, _ position: Int) {
            self.records.append(record)
            self.ids.append(id)
            self.positions.append(position)
            self.bytes += record.count + Self.overheadBytes
        }

        func planned(_ releasability: [String]) -> PlannedBatch {
            PlannedBatch(
                batch: Batch(records: self.records, leafHashes: self.ids),
                inputPositions: self.positions, releasability: releasability)
        }

        /// Tag and length of a record in a request, at most.
        private static let overheadBytes = 5
    }
}

extension SubmissionPlan.PlannedBatch {
    /// Signs the batch for a log.
    ///
    /// - Throws: ``DossierCrypto/CryptoError`` when the key cannot sign.
    public func signed(
        by credentials: Credentials, logOrigin: String, at moment: Moment
    ) throws -> SubmitRequest {
        let attested = AttestedBatch(
            logOrigin: logOrigin, originator: credentials.identity.organisation,
            batchRoot: self.batch.root, size: self.batch.records.count, signedAt: moment,
            keyID: credentials.key.publicKey.keyID)
        return SubmitRequest(
            attestation: try Attestation(
                signing: attested, with: credentials.key, certificates: credentials.chain),
            records: self.batch.records)
    }
}
