import DossierAPI
import DossierCore
import DossierCrypto
import DossierStore
import GRPCWire
import MerkleLog

/// Answers the calls of `dossier.v1.LogService`: by leaf index and tree size only.
struct LogService: Sendable {
    /// Roles of which a peer needs one: whoever submits, reads, mirrors or audits checks proofs.
    private static let roles: Set<Members.Role> = [.submitter, .reader, .node, .auditor]

    let holdings: Holdings
    let calls: CallAnswering

    /// Registers the methods.
    func register(in router: inout Router) {
        self.unary(LogMethods.getCheckpoint, in: &router) { bytes in
            let request = try GetCheckpointRequest(decoding: bytes)
            let checkpoint = try await self.tree(request.logOrigin).proven(from: request.knownSize)
            return try GetCheckpointResponse(checkpoint: checkpoint).encoded()
        }
        self.unary(LogMethods.getInclusionProof, in: &router) { bytes in
            let request = try GetInclusionProofRequest(decoding: bytes)
            return try HashList.encoded(
                inclusionProof: await self.tree(request.logOrigin).inclusionProof(
                    of: request.leafIndex, in: request.treeSize))
        }
        self.unary(LogMethods.getConsistencyProof, in: &router) { bytes in
            let request = try GetConsistencyProofRequest(decoding: bytes)
            guard request.firstSize <= request.secondSize else {
                throw ExchangeError(
                    code: .badRequest,
                    message: "first_size \(request.firstSize) must not be larger than second_size "
                        + "\(request.secondSize)")
            }
            return try HashList.encoded(
                consistencyProof: await self.tree(request.logOrigin).consistencyProof(
                    from: request.firstSize, to: request.secondSize))
        }
        self.unary(LogMethods.getLeafHashes, in: &router) { bytes in
            let request = try GetLeafHashesRequest(decoding: bytes)
            return try HashList.encoded(leafHashes: await self.leafHashes(request))
        }
    }

    /// The newest published tree of a log that the node holds.
    private func tree(_ origin: String) throws -> PublishedTree {
        guard let holding = self.holdings.holding(origin) else {
            throw ExchangeError(
                code: .notFound,
                message: "this node holds no log \(origin.escapedForTerminal)")
        }
        return try holding.held.publishedTree()
    }

    private func leafHashes(_ request: GetLeafHashesRequest) async throws -> [Digest] {
        let tree = try self.tree(request.logOrigin)
        guard request.firstIndex < tree.size else {
            throw ExchangeError(
                code: .outOfRange,
                message: "the log has \(tree.size) leaves, asked from leaf \(request.firstIndex) on"
            )
        }
        let count = min(UInt64(request.count), tree.size - request.firstIndex)
        return try await tree.leafHashes(request.firstIndex..<request.firstIndex + count)
    }

    private func unary(
        _ method: MethodPath, in router: inout Router,
        _ answer: @escaping @Sendable ([UInt8]) async throws -> [UInt8]
    ) {
        router.unary(method) { request, call in
            try await self.calls.answer(call) { peer in
                guard !peer.roles.isDisjoint(with: Self.roles) else {
                    throw ExchangeError(
                        code: .notPermitted,
                        message: "\(peer.identity.spiffeID) may not ask for proofs: it needs role "
                            + "submitter, reader, node or auditor")
                }
                return try await answer(request)
            }
        }
    }
}

extension PublishedTree {
    /// The checkpoint, and that it goes on from a size that the client knows.
    ///
    /// Throws ``DossierStore/StoreError`` with code `outOfRange` for a size beyond the log.
    func proven(from knownSize: UInt64) async throws -> ProvenCheckpoint {
        ProvenCheckpoint(
            checkpoint: self.checkpoint.bytes,
            consistencyProof: try await self.consistencyProof(from: knownSize))
    }
}
