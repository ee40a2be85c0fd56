public import DossierCrypto

/// The proofs of RFC 6962, section 2.1, word for word, and range proofs by plain recursion over the
/// nodes of the tree. It hashes by itself and remembers each node's hash, so that all proofs of all
/// small trees can be asked for.
public final class ProofOracle {
    private let leaves: [Digest]
    private var hashes: [Range<Int>: Digest] = [:]

    /// Creates an oracle for the trees over the first leaves of these, by their hashes.
    public init(_ leaves: [Digest]) { self.leaves = leaves }

    /// MTH(D[n]).
    public func root(_ size: Int) -> Digest { self.hash(0..<size) }

    /// PATH(m, D[n]).
    public func path(_ index: Int, _ size: Int) -> [Digest] { self.path(index, 0..<size) }

    /// PROOF(m, D[n]).
    public func consistency(_ first: Int, _ second: Int) -> [Digest] {
        first == 0 ? [] : self.subproof(first, 0..<second, true)
    }

    /// The hashes of the largest nodes of the tree of a size that have no leaf of a range, left to
    /// right.
    public func range(_ range: Range<Int>, _ size: Int) -> [Digest] {
        self.outside(range, 0..<size)
    }

    private func hash(_ node: Range<Int>) -> Digest {
        if node.isEmpty { return SHA256.digest(of: []) }
        if node.count == 1 { return self.leaves[node.lowerBound] }
        if let known = self.hashes[node] { return known }
        let (left, right) = self.halves(node)
        let hash = SHA256.digest(of: [0x01] + self.hash(left).bytes + self.hash(right).bytes)
        self.hashes[node] = hash
        return hash
    }

    private func path(_ index: Int, _ node: Range<Int>) -> [Digest] {
        guard node.count > 1 else { return [] }
        let (left, right) = self.halves(node)
        return left.contains(index)
            ? self.path(index, left) + [self.hash(right)]
            : self.path(index, right) + [self.hash(left)]
    }

    private func subproof(_ end: Int, _ node: Range<Int>, _ isWhole: Bool) -> [Digest] {
        if end == node.upperBound { return isWhole ? [] : [self.hash(node)] }
        let (left, right) = self.halves(node)
        return end <= left.upperBound
            ? self.subproof(end, left, isWhole) + [self.hash(right)]
            : self.subproof(end, right, false) + [self.hash(left)]
    }

    private func outside(_ range: Range<Int>, _ node: Range<Int>) -> [Digest] {
        guard node.overlaps(range) else { return [self.hash(node)] }
        guard node.clamped(to: range) != node else { return [] }
        let (left, right) = self.halves(node)
        return self.outside(range, left) + self.outside(range, right)
    }

    private func halves(_ node: Range<Int>) -> (left: Range<Int>, right: Range<Int>) {
        var half = 1
        while half * 2 < node.count { half *= 2 }
        let middle = node.lowerBound + half
        return (node.lowerBound..<middle, middle..<node.upperBound)
    }
}
