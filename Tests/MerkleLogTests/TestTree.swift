import DossierCrypto
import MerkleLog
import Testing

/// A log in memory: the leaf with index i is the eight bytes of i, and every hash is stored in the
/// order of `Subtree`.
struct TestTree {
    let leaves: [Digest]
    let stored: [Digest]

    init(size: Int) {
        self.leaves = (0..<UInt64(size)).map { index in
            withUnsafeBytes(of: index.bigEndian) { Tree.leafHash(of: $0) }
        }
        var edge = TreeEdge()
        var stored: [Digest] = []
        for leaf in self.leaves { edge.append(leaf, storing: &stored) }
        self.stored = stored
    }

    func proof(_ plan: ProofPlan) -> [Digest] {
        plan.proof(from: plan.subtrees.map { self.stored[Int($0.storedIndex)] })
    }

    func head(_ size: Int) throws -> TreeHead {
        let root = try self.proof(.root(ofSize: UInt64(size)))
        return TreeHead(size: UInt64(size), root: root[0])
    }

    func inclusion(_ index: Int, _ size: Int) throws -> [Digest] {
        try self.proof(.inclusion(of: UInt64(index), in: UInt64(size)))
    }

    func consistency(_ first: Int, _ second: Int) throws -> [Digest] {
        try self.proof(.consistency(from: UInt64(first), to: UInt64(second)))
    }

    func range(_ range: Range<Int>, _ size: Int) throws -> [Digest] {
        try self.proof(
            .range(UInt64(range.lowerBound)..<UInt64(range.upperBound), in: UInt64(size)))
    }
}

/// Expects a verification to fail, with one of these codes if there are any.
func expectRefusal(
    _ codes: VerificationError.Code..., sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("accepted", sourceLocation: sourceLocation)
    } catch let error as VerificationError {
        // Asked first: an expectation costs more than a verification.
        guard !codes.isEmpty, !codes.contains(error.code) else { return }
        Issue.record("\(error.debugDescription)", sourceLocation: sourceLocation)
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
}

extension Digest {
    func flipping(_ bit: Int) -> Digest {
        var bytes = self.bytes
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return Digest(bytes) ?? self
    }
}

extension [Digest] {
    /// All proofs that differ from this one by one bit, of those that `bits` names.
    func flipped(_ bits: some Sequence<Int>) -> [[Digest]] {
        bits.flatMap { bit in
            self.indices.map { position in
                var changed = self
                changed[position] = changed[position].flipping(bit)
                return changed
            }
        }
    }

    /// Proofs with one hash more or less, at either end.
    var resized: [[Digest]] {
        let hash = SHA256.digest(of: [0xD0])
        let longer = [self + [hash], [hash] + self]
        return self.isEmpty ? longer : longer + [self.dropLast(), Array(self.dropFirst())]
    }
}
