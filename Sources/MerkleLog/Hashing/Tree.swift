public import DossierCrypto

/// The Merkle tree hash of RFC 6962, section 2.1, over SHA-256.
public enum Tree {
    /// The size of the largest tree: 2^62 leaves.
    ///
    /// With it, every leaf index, every size and the number of every stored hash is below 2^63, so
    /// that no sum of two of them overflows and databases with signed numbers can hold them.
    public static let maximumSize: UInt64 = 1 << 62

    /// The hash of a leaf: SHA-256 over 0x00 and the leaf's bytes.
    public static func leafHash(of leaf: UnsafeRawBufferPointer) -> Digest {
        SHA256.digest(prefix: 0x00, leaf)
    }

    /// The hash of a leaf: SHA-256 over 0x00 and the leaf's bytes.
    public static func leafHash(of leaf: [UInt8]) -> Digest {
        leaf.withUnsafeBytes { self.leafHash(of: $0) }
    }

    /// The hash of an inner node: SHA-256 over 0x01, the left hash and the right hash.
    public static func nodeHash(_ left: Digest, _ right: Digest) -> Digest {
        SHA256.digest(prefix: 0x01, left, right)
    }

    /// The root hash of the tree without leaves: SHA-256 of nothing.
    public static let emptyRoot = SHA256.digest(of: [])

    /// The root hash of the tree over these leaf hashes.
    public static func root(of leaves: [Digest]) -> Digest {
        var edge = TreeEdge()
        for leaf in leaves { edge.append(leaf) }
        return edge.root
    }

    /// The hash of a node from the perfect subtrees that it consists of, left to right.
    static func fold(_ subtrees: some BidirectionalCollection<Digest>) -> Digest {
        guard var hash = subtrees.last else { return self.emptyRoot }
        for left in subtrees.dropLast().reversed() { hash = self.nodeHash(left, hash) }
        return hash
    }

    /// Throws `sizeMismatch` for a tree larger than any.
    static func checkSize(_ size: UInt64) throws(VerificationError) {
        guard size <= self.maximumSize else {
            throw VerificationError(
                code: .sizeMismatch, message: "tree of \(size) leaves, at most 2^62")
        }
    }
}
