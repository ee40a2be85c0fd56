public import DossierCrypto

/// The Merkle tree hash of RFC 6962, section 2.1, over SHA-256.
public enum Tree {
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
}
