import DossierAPI
import DossierCrypto
import DossierTestSupport
import MerkleLog

extension Lie {
    /// Makes a lie of an honest message; false where it has nothing to lie about.
    func change(
        _ message: inout FetchResponse, asked: [Range<UInt64>], by reader: String,
        of node: SimulatedNode
    ) throws -> Bool {
        guard node.log.size > 0 else { return false }
        switch self {
        case .fetchedBeyond:
            message = try Self.message(of: 0, in: node)
            message.records[0].leafIndex = node.log.size + 10
            return true
        case .fetchedUnasked:
            guard
                let index = (0..<node.log.size).first(where: { index in
                    !asked.contains { $0.contains(index) }
                })
            else { return false }
            message = try Self.message(of: Int(index), in: node)
            return true
        case .fetchedNotReleased:
            let asked = asked.joined().map { Int($0) }.filter { $0 < node.log.leaves.count }
            guard let index = asked.first(where: { Self.isNever(node.log.leaves[$0], for: reader) })
            else { return false }
            var never = try Self.message(of: index, in: node)
            let before = message.records.prefix { $0.leafIndex < UInt64(index) }.count
            never.records[0].attestationIndex = message.attestations.count
            message.attestations += never.attestations
            message.records.insert(never.records[0], at: before)
            return true
        case _: break
        }
        guard let last = message.records.indices.last else { return false }
        let index = Int(message.records[last].leafIndex)
        switch self {
        case .fetchedOther:
            // With all that proves it, but as another leaf.
            guard node.log.size > 1 else { return false }
            var other = try Self.message(of: index == 0 ? 1 : 0, in: node)
            other.records[0].leafIndex = UInt64(index)
            message = other
        case .fetchedAltered:
            let record = message.records[last].record
            message.records[last].record = record.flipping(bit: 8 * record.count - 8)
        case .fetchedForeign:
            let other = World.organisations.first { $0 != node.organisation } ?? ""
            let batch = node.log.batches[node.log.leaves[index].batch]
            message.attestations[message.records[last].attestationIndex] =
                try World.shared.attest(batch.hashes, by: other)
        case .fetchedPath:
            let path = message.records[last].batchPath
            message.records[last].batchPath =
                path.isEmpty ? Digest.stranger.bytes : path.flipping(bit: 0)
        case .fetchedAttestation:
            message.records[last].attestationIndex = message.attestations.count
        case .fetchedTwice: message.records.append(message.records[last])
        case _: return false
        }
        return true
    }

    private static func message(of index: Int, in node: SimulatedNode) throws -> FetchResponse {
        FetchResponse(
            attestations: [node.log.batches[node.log.leaves[index].batch].attestation],
            records: [try node.log.logged(index, attestation: 0)], answeredBelow: 0)
    }
}
