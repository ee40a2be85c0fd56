public import DossierAPI
public import DossierCore
import DossierCrypto
import GRPCWire
import MerkleLog

// MARK: - Retrieving

extension ExchangeClient {
    /// Gets one record and verifies it.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``, ``MerkleLog/VerificationError``.
    public func get(_ selector: GetRequest.Selector) async throws -> VerifiedRecord {
        let (response, known) = try await self.response(to: selector)
        return try self.record(selector, in: response, knowing: known)
    }

    /// Gets one record with everything that proves it, verified.
    ///
    /// - Throws: ``DossierAPI/ExchangeError``, ``MerkleLog/VerificationError``.
    public func prove(_ selector: GetRequest.Selector) async throws -> RecordProof {
        let (response, known) = try await self.response(to: selector)
        _ = try self.record(selector, in: response, knowing: known)
        var attestation = response.attestation
        attestation.certificates = try self.configuration.judge.verify(attestation).path
        let proof = RecordProof(
            record: response.record.record, attestation: attestation,
            positionInBatch: response.record.positionInBatch,
            batchPath: try response.record.pathToBatchRoot,
            inclusion: TlogProof(
                leafIndex: response.record.leafIndex, path: response.inclusionProof,
                checkpoint: response.checkpoint.checkpoint))
        _ = try proof.verify(with: self.configuration.judge)
        return proof
    }

    private func response(
        to selector: GetRequest.Selector
    ) async throws -> (GetResponse, knowing: KnownLogs) {
        let known = try await self.known()
        let request = GetRequest(
            selector, knownSize: known.ownSize, knownTrees: known.otherTrees)
        let answer = try await self.call(knowing: known.own) {
            try await self.grpc.unary(
                Exchange.get, request.encoded(), timeout: self.configuration.timeout)
        }
        return (try GetResponse(decoding: answer), known)
    }

    private func record(
        _ selector: GetRequest.Selector, in response: GetResponse, knowing known: KnownLogs
    ) throws -> VerifiedRecord {
        let logged = response.record
        guard self.configuration.verification == .full else {
            return try VerifiedRecord(
                unverified: logged, response.attestation,
                from: (response.logOrigin, response.contact))
        }
        let tracker = try self.logs.tracker(of: response.logOrigin)
        let checkpoint = try tracker.accept(
            response.checkpoint, knowing: known[response.logOrigin])
        let attested = try self.attested(response.attestation, in: tracker)
        let record = try self.verify(
            logged, attested, response.attestation, from: (tracker, response.contact))
        try Tree.verifyInclusion(
            leaf: record.id.digest, index: logged.leafIndex, treeSize: checkpoint.head.size,
            path: response.inclusionProof, root: checkpoint.head.root)
        guard selector.names(record) else {
            throw VerificationError(
                code: .wrongLeaf,
                message: "the node gave record \(record.id), not the one asked for")
        }
        return record
    }

    /// Lists records and verifies each. With `follow` in the request the list has no end: it goes
    /// on until the task that reads it is cancelled, or the connection is lost.
    ///
    /// - Parameters:
    ///   - onRefused: called for a record that is in the log as the node says, and whose
    ///     attestation does not check: it is nobody's word. Unless it throws, the list goes on.
    ///   - onPage: called after the records of each page, of which there may be none, with the
    ///     cursor to go on with behind it; empty at the end of the list.
    ///   - onRecord: called for each record.
    /// - Returns: the cursor to go on with; empty at the end of the list.
    /// - Throws: ``DossierAPI/ExchangeError``, ``MerkleLog/VerificationError``.
    public func list(
        _ request: ListRequest, onRefused: (RefusedRecord) throws -> Void = { throw $0.reason },
        onPage: (_ cursor: [UInt8]) throws -> Void = { _ in },
        onRecord: (VerifiedRecord) throws -> Void
    ) async throws -> [UInt8] {
        let known = try await self.known()
        var request = request
        request.knownSize = known.ownSize
        request.knownTrees = known.otherTrees
        let message = try request.encoded()
        return try await self.call(knowing: known.own) {
            var cursor = request.cursor
            var judged = PageJudgements()
            for try await answer in try await self.grpc.serverStreaming(Exchange.list, message) {
                let page = try ListResponse(decoding: answer)
                for record in try self.records(of: page, knowing: known, &judged) {
                    switch record {
                    case .success(let record): try onRecord(record)
                    case .failure(let refused): try onRefused(refused)
                    }
                }
                cursor = page.cursor
                try onPage(cursor)
                // All pages go on from what was known at first; who follows for long sees many.
                try await self.settleWhatIsFull()
            }
            return cursor
        }
    }
}

extension GetRequest.Selector {
    /// Whether it names a record. That there is no newer version, nothing shows.
    fileprivate func names(_ record: VerifiedRecord) -> Bool {
        switch self {
        case .recordID(let prefix): return record.id.hexadecimal.hasPrefix(prefix)
        case .finding(let originator, let reference, let version):
            let facts = RecordCheck.check(record.bytes).facts
            return facts.originator == originator && facts.reference == reference
                && (version == 0 || facts.version == version)
        }
    }
}
