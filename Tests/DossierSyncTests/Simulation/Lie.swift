import DossierAPI
import DossierCore
import DossierCrypto
import DossierTestSupport
import MerkleLog

/// A way in which a peer may lie.
enum Lie: CaseIterable {
    case alteredRecord, wrongProof, foreignAttestation, olderCheckpoint, fork, swappedLeaves
    case otherBatch, wrongPosition, notReleased, malformed, flood, strangersKey, othersLog,
        wrongHash
    case fetchedOther, fetchedUnasked, fetchedBeyond, fetchedAltered, fetchedForeign, fetchedPath
    case fetchedAttestation, fetchedTwice, fetchedNotReleased
    case fetchedMalformed, fetchedFlood

    var isOfFetch: Bool { "\(self)".hasPrefix("fetched") }

    /// Whether there is seldom something to tell it about.
    var isRare: Bool {
        switch self {
        case .swappedLeaves, .notReleased, .otherBatch, .fetchedNotReleased, .fetchedOther,
            .fetchedAltered, .fetchedForeign,
            .fetchedPath, .fetchedAttestation, .fetchedTwice:
            true
        case _: false
        }
    }

    /// What is not released is forgotten without a word: it may be a mistake.
    var mustBeAccused: Bool { self != .notReleased && self != .fetchedNotReleased }

    var isFlood: Bool { self == .flood || self == .fetchedFlood }

    /// Whether only whoever has the key of the log can tell it; of a relay an older checkpoint is no
    /// lie.
    var needsLogKey: Bool { self == .fork || self == .olderCheckpoint }

    /// Messages without leaves that come at once.
    static let floodCount = 100

    // MARK: - Follow

    /// Makes a lie of an honest message; false where it has nothing to lie about.
    func change(
        _ message: inout FollowResponse, on stream: SimulatedStream, of node: SimulatedNode
    ) throws -> Bool {
        let end = message.endIndex
        switch self {
        case .alteredRecord:
            guard let run = message.runs.indices.first(where: { !message.runs[$0].isBare })
            else { return false }
            let record = message.runs[run].records.firstIndex { !$0.isEmpty } ?? 0
            let bytes = message.runs[run].records[record]
            message.runs[run].records[record] = bytes.flipping(bit: 8 * (bytes.count - 1))
        case .wrongProof:
            guard end > 0 else { return false }
            message.checkpoint.consistencyProof =
                message.checkpoint.consistencyProof.isEmpty
                ? [.stranger] : [.stranger] + message.checkpoint.consistencyProof.dropFirst()
        case .foreignAttestation: return try Self.signByAnother(&message, stream, node)
        case .otherBatch: return Self.swapBatch(&message, node)
        case .olderCheckpoint:
            guard let head = stream.lastHead, head.size > 1 else { return false }
            let older = try World.shared.checkpoint(
                node.log.head(head.size - 1), of: node.organisation)
            message.checkpoint = ProvenCheckpoint(checkpoint: older.bytes, consistencyProof: [])
        case .fork:
            guard let head = stream.lastHead, head.size > 0 else { return false }
            let fork = try World.shared.checkpoint(
                TreeHead(size: head.size, root: .stranger), of: node.organisation)
            message.checkpoint = ProvenCheckpoint(checkpoint: fork.bytes, consistencyProof: [])
        case .swappedLeaves:
            guard message.runs.count > 1 else { return false }
            message.runs.swapAt(0, 1)
        case .wrongPosition: message.firstIndex += 1
        case .notReleased: return Self.release(&message, stream, node)
        case .strangersKey:
            message.checkpoint.checkpoint =
                try World.shared.forged(node.log.edge.head, of: node.organisation).bytes
        case .othersLog:
            let other = World.organisations.first { $0 != node.organisation } ?? ""
            message.checkpoint.checkpoint =
                try World.shared.checkpoint(node.log.edge.head, of: other).bytes
        case .wrongHash:
            guard
                let run = message.runs.indices.first(where: {
                    !message.runs[$0].withheldHashes.isEmpty
                })
            else { return false }
            message.runs[run].withheldHashes[0] = .stranger
        case _: return false
        }
        return true
    }

    /// Another organisation's signature over the same records.
    private static func signByAnother(
        _ message: inout FollowResponse, _ stream: SimulatedStream, _ node: SimulatedNode
    ) throws -> Bool {
        guard let run = message.runs.indices.first(where: { !message.runs[$0].isBare }),
            let other = World.organisations.first(where: { $0 != node.organisation })
        else { return false }
        let index = Int(message.firstIndex) + message.runs[..<run].reduce(0) { $0 + $1.count }
        let batch = node.log.batches[node.log.leaves[index].batch]
        let foreign = try World.shared.attest(batch.hashes, by: other)
        message.certificates += foreign.certificates
        var followed = batch.followed([UInt32(stream.certificates.count)])
        // Numbers count what was sent; the honest message's own come before.
        followed.attestedBatch = foreign.attestedBatch
        followed.signature = foreign.signature
        message.runs[run].batch = followed
        return true
    }

    /// The originator's own signature over as many other records.
    private static func swapBatch(_ message: inout FollowResponse, _ node: SimulatedNode) -> Bool {
        for run in message.runs.indices {
            guard let batch = message.runs[run].batch,
                let other = node.log.batches.first(where: { other in
                    other.attestation.attestedBatch != batch.attestedBatch
                        && other.hashes.count
                            == message.runs[run].records.count + batch.knownHashes.count
                })
            else { continue }
            message.runs[run].batch?.attestedBatch = other.attestation.attestedBatch
            message.runs[run].batch?.signature = other.attestation.signature
            return true
        }
        return false
    }

    /// Sends a record where the reader should have its hash alone.
    private static func release(
        _ message: inout FollowResponse, _ stream: SimulatedStream, _ node: SimulatedNode
    ) -> Bool {
        let reader = stream.connection.client
        var index = Int(message.firstIndex)
        for run in message.runs.indices {
            defer { index += message.runs[run].count }
            for offset in message.runs[run].records.indices
            where message.runs[run].records[offset].isEmpty {
                let leaf = node.log.leaves[index + offset]
                guard Self.isNever(leaf, for: reader) else { continue }
                let before = message.runs[run].records[..<offset].count { $0.isEmpty }
                message.runs[run].records[offset] = leaf.record
                message.runs[run].withheldHashes.remove(at: before)
                return true
            }
        }
        return false
    }
}

extension Lie {
    /// Whether a reader may never have a record; what a restriction hides it may have had before.
    static func isNever(_ leaf: MemoryLog.Leaf, for reader: String) -> Bool {
        !leaf.facts.operation.isNotice
            && (leaf.facts.marking.orcon || !leaf.facts.marking.releasability.contains(reader))
    }
}

extension LeafRun {
    /// Whether it has no record.
    var isBare: Bool { self.records.allSatisfy(\.isEmpty) }
}
