public import DossierCrypto

/// RFC 6962, section 2.1, word for word: recursion over halves. Slow, and obviously right.
///
/// It hashes concatenated bytes itself, so that it shares nothing with the tree that it judges.
public enum TreeOracle {
    /// MTH({d}).
    public static func leafHash(_ leaf: [UInt8]) -> Digest { SHA256.digest(of: [0x00] + leaf) }

    /// MTH(D[n]), from leaf hashes.
    public static func root(_ leaves: ArraySlice<Digest>) -> Digest {
        guard let first = leaves.first else { return SHA256.digest(of: []) }
        guard leaves.count > 1 else { return first }
        let middle = leaves.startIndex + self.split(leaves.count)
        let left = self.root(leaves[..<middle]).bytes
        let right = self.root(leaves[middle...]).bytes
        return SHA256.digest(of: [0x01] + left + right)
    }

    /// PATH(m, D[n]), from leaf hashes.
    public static func path(_ index: Int, _ leaves: ArraySlice<Digest>) -> [Digest] {
        guard leaves.count > 1 else { return [] }
        let half = self.split(leaves.count)
        let middle = leaves.startIndex + half
        guard index < half else {
            return self.path(index - half, leaves[middle...]) + [self.root(leaves[..<middle])]
        }
        return self.path(index, leaves[..<middle]) + [self.root(leaves[middle...])]
    }

    /// The largest power of two smaller than a count.
    private static func split(_ count: Int) -> Int {
        var half = 1
        while half * 2 < count { half *= 2 }
        return half
    }
}
